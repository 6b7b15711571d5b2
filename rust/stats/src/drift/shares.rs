//! Drift of a single share: nulls, and values that the baseline does not know.

use driftline_sketches::ColumnProfile;

use super::bracket::Bracket;
use super::{Basis, Finding, Metric, Rows, noise};
use crate::special::fisher_exact;

/// The difference of the shares of nulls; none when a side has no row.
pub(super) fn null_rate(reference: &ColumnProfile, current: &ColumnProfile) -> Option<Finding> {
    let rows = Rows { reference: reference.rows(), current: current.rows() };
    difference(Metric::NullRate, (reference.nulls(), current.nulls()), rows, Basis::Moments)
}

/// The absolute difference of two shares, `hits` of `rows` on either side; none when a side has no row.
///
/// The noise is that of the normal law with the pooled share's variance, the p-value Fisher's.
pub(super) fn difference(metric: Metric, hits: (u64, u64), rows: Rows, basis: Basis) -> Option<Finding> {
    if rows.reference == 0 || rows.current == 0 {
        return None;
    }
    let sizes = rows.sizes();
    let (reference, current) = (hits.0 as f64 / sizes.reference, hits.1 as f64 / sizes.current);
    let apart = (current - reference).abs();
    let pooled = (hits.0 as f64 + hits.1 as f64) / (sizes.reference + sizes.current);
    let deviation = (pooled * (1.0 - pooled) * sizes.inverse_sum()).max(0.0).sqrt();
    let misses = (rows.reference - hits.0, rows.current - hits.1);
    Some(Finding {
        metric,
        bracket: Bracket::exact(apart),
        noise: noise::absolute_normal(deviation),
        p_value: Some(fisher_exact(hits, misses)),
        basis,
        rows,
    })
}
