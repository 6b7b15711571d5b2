//! Numbers outside the range of the reference.

use driftline_sketches::NumericProfile;

use super::{Check, Finding};
use crate::special::{Z_95_TWO_SIDED, ln_rising};

/// 95% quantile of a gamma variable of shape 2.
const GAMMA_2_Q95: f64 = 4.743_864_518_390_578;

/// So many times more rows are taken for all there can be.
const MANY: f64 = 1000.0;

/// What rounding may have taken from a count of rows.
const ROUNDING: f64 = 1e-6;

/// The share of finite numbers outside the reference's smallest and largest.
///
/// When nothing has changed, the law's own share outside the range of `n` rows is a beta variable of 2
/// and `n - 1`, whatever the law (Wilks 1941), and less where values repeat; its mean is `2 / (n + 1)`, its
/// 95% quantile about 4.744 over `n`. The rows of the current side add their own chance, which widens it by
/// a normal law's: an upper bound.
pub(super) fn find(reference: &NumericProfile, current: &NumericProfile) -> Option<Finding> {
    let (smallest, largest) = (reference.moments.min()?, reference.moments.max()?);
    let (n, m) = (reference.moments.count(), current.moments.count());
    let digest = current.digest();
    let below = digest.rank_interval(smallest.next_down())?;
    let up_to = digest.rank_interval(largest)?;
    let (low, high) = (below.0 + (1.0 - up_to.1), below.1 + (1.0 - up_to.0));
    let value = digest.rank(smallest.next_down())? + (1.0 - digest.rank(largest)?);
    let q95 = (GAMMA_2_Q95 / n as f64).min(1.0);
    Some(Finding {
        check: Check::OutOfRange,
        reference: 0.0,
        reference_low: 0.0,
        reference_high: 0.0,
        current: value.clamp(low, high),
        low,
        high,
        noise_floor: 2.0 / (n as f64 + 1.0),
        noise_q95: (q95 + Z_95_TWO_SIDED * (q95 / m as f64).sqrt()).min(1.0),
        p_value: Some(chance_outside(n as f64, m as f64, low)),
        n_reference: n,
        n_current: m,
    })
}

/// The chance that of `m` rows a share of `share` or more is outside the range of `n` rows of the same
/// continuous law.
///
/// Of all orders of the rows, `k` are outside in a part of `(k + 1) choose(n + m - k - 2, n - 2) /
/// choose(n + m, n)`. Where `m` is much more than `n` the share outside is the law's own, which reaches
/// `share` where at most one of `n` rows falls there.
fn chance_outside(n: f64, m: f64, share: f64) -> f64 {
    let first = (share * m - ROUNDING).ceil();
    if first <= 0.0 || n < 2.0 {
        return 1.0;
    }
    if m > MANY * n {
        return ((1.0 - share).powf(n) + n * share * (1.0 - share).powf(n - 1.0)).min(1.0);
    }
    // choose(a - k, b) / choose(a, b) with a = n + m - 2, b = n - 2, is that many factors below one.
    let fewer = ln_rising(m - first + 1.0, first) - ln_rising(n + m - 2.0 - first + 1.0, first);
    let none = (n / (n + m)) * ((n - 1.0) / (n + m - 1.0));
    let mut chance = none * (first + 1.0) * fewer.exp();
    let (mut count, mut sum) = (first, 0.0);
    while count <= m && chance > f64::EPSILON * sum {
        sum += chance;
        chance *= (count + 2.0) / (count + 1.0) * ((m - count) / (n + m - count - 2.0));
        count += 1.0;
    }
    sum.min(1.0)
}
