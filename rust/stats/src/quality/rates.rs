//! The checks.

use driftline_sketches::{CategoricalProfile, ColumnProfile, NumericProfile};

use super::{Check, Finding};
use crate::drift::counts_of_one_baseline;
use crate::special::{Z_95_TWO_SIDED, ln_rising};
use crate::two_shares::TwoShares;

/// 95% quantile of a gamma variable of shape 2.
const GAMMA_2_Q95: f64 = 4.743_864_518_390_578;

/// So many times more rows are taken for all there can be.
const MANY: f64 = 1000.0;

/// What rounding may have taken from a count of rows.
const ROUNDING: f64 = 1e-6;

pub(super) fn find(check: Check, reference: &ColumnProfile, current: &ColumnProfile) -> Option<Finding> {
    match (reference, current) {
        (ColumnProfile::Numeric(reference), ColumnProfile::Numeric(current)) => {
            of_numbers(check, reference, current)
        }
        (ColumnProfile::Categorical(reference), ColumnProfile::Categorical(current)) => {
            of_categories(check, reference, current)
        }
        _ => None,
    }
}

fn of_numbers(check: Check, reference: &NumericProfile, current: &NumericProfile) -> Option<Finding> {
    let share = |hits: fn(&NumericProfile) -> u64, rows: fn(&NumericProfile) -> u64| {
        shares(check, (hits(reference), rows(reference)), (hits(current), rows(current)))
    };
    match check {
        Check::NullRate => share(|side| side.nulls, |side| side.nulls.saturating_add(side.count())),
        Check::NanRate => share(|side| side.nans, NumericProfile::count),
        Check::InfinityRate => {
            share(|side| side.pos_infs.saturating_add(side.neg_infs), NumericProfile::count)
        }
        Check::OutOfRange => out_of_range(reference, current),
        Check::UnseenRate => None,
        Check::Constant => {
            let one_value = |side: &NumericProfile| Some(side.moments.min()? == side.moments.max()?);
            let rows = (reference.moments.count(), current.moments.count());
            Some(constant(one_value(reference)?, one_value(current)?, rows))
        }
    }
}

fn of_categories(
    check: Check,
    reference: &CategoricalProfile,
    current: &CategoricalProfile,
) -> Option<Finding> {
    match check {
        Check::NullRate => {
            let rows = |side: &CategoricalProfile| side.nulls.saturating_add(side.count);
            shares(check, (reference.nulls, rows(reference)), (current.nulls, rows(current)))
        }
        Check::UnseenRate => {
            let (before, now) = counts_of_one_baseline(reference, current)?;
            shares(check, (before.unseen(), before.total()), (now.unseen(), now.total()))
        }
        Check::Constant => {
            let one_value =
                |side: &CategoricalProfile| side.frequent.error() == 0 && side.frequent.items().len() == 1;
            let rows = (reference.count, current.count);
            (rows.0 > 0 && rows.1 > 0).then(|| constant(one_value(reference), one_value(current), rows))
        }
        Check::NanRate | Check::InfinityRate | Check::OutOfRange => None,
    }
}

/// Hits and rows of both sides as shares; none when a side has no row.
fn shares(check: Check, reference: (u64, u64), current: (u64, u64)) -> Option<Finding> {
    let shares = TwoShares::new(reference, current)?;
    Some(Finding {
        check,
        reference: shares.reference,
        current: shares.current,
        low: shares.current,
        high: shares.current,
        noise_q95: Z_95_TWO_SIDED * shares.deviation,
        p_value: Some(shares.p_value),
        n_reference: reference.1,
        n_current: current.1,
    })
}

/// The share of finite numbers outside the reference's smallest and largest.
///
/// When nothing has changed, the law's own share outside the range of `n` rows is a beta variable of 2
/// and `n - 1`, whatever the law (Wilks 1941), and less where values repeat; its 95% quantile is about
/// 4.744 over `n`. The rows of the current side add their own chance, which widens it by a normal law's:
/// an upper bound.
fn out_of_range(reference: &NumericProfile, current: &NumericProfile) -> Option<Finding> {
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
        current: value.clamp(low, high),
        low,
        high,
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

/// One where all values are one.
fn constant(before: bool, now: bool, rows: (u64, u64)) -> Finding {
    let now = f64::from(u8::from(now));
    Finding {
        check: Check::Constant,
        reference: f64::from(u8::from(before)),
        current: now,
        low: now,
        high: now,
        noise_q95: 0.0,
        p_value: None,
        n_reference: rows.0,
        n_current: rows.1,
    }
}
