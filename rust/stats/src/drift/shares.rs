//! Drift of a single share: nulls, and values that the baseline does not know.

use driftline_sketches::ColumnProfile;

use super::bracket::Bracket;
use super::{Basis, Finding, Metric, Rows, noise};
use crate::two_shares::TwoShares;

/// The difference of the shares of nulls; none when a side has no row.
pub(super) fn null_rate(reference: &ColumnProfile, current: &ColumnProfile) -> Option<Finding> {
    let rows = Rows { reference: reference.rows(), current: current.rows() };
    difference(Metric::NullRate, (reference.nulls(), current.nulls()), rows, Basis::Moments)
}

/// The absolute difference of two shares, `hits` of `rows` on either side; none when a side has no row.
///
/// The noise is that of the normal law with the pooled share's variance, the p-value Fisher's.
pub(super) fn difference(metric: Metric, hits: (u64, u64), rows: Rows, basis: Basis) -> Option<Finding> {
    let shares = TwoShares::new((hits.0, rows.reference), (hits.1, rows.current))?;
    Some(Finding {
        metric,
        bracket: Bracket::exact((shares.current - shares.reference).abs()),
        noise: noise::absolute_normal(shares.deviation),
        p_value: Some(shares.p_value),
        basis,
        rows,
    })
}
