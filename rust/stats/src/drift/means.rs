//! Drift of the mean.

use driftline_sketches::Moments;

use super::bracket::Bracket;
use super::{Basis, Finding, Metric, Rows, noise};
use crate::special::normal_cdf;

/// The absolute difference of the means in standard deviations of the reference.
///
/// The p-value is Welch's, in the limit of many rows. `None` where the reference's deviation is 0 or
/// overflows: in units of it nothing can be said.
pub(super) fn mean_shift(reference: &Moments, current: &Moments, rows: Rows) -> Option<Finding> {
    let unit = deviation(reference).filter(|unit| *unit > 0.0)?;
    let sizes = rows.sizes();
    let apart = (current.mean()? / unit - reference.mean()? / unit).abs();
    let about_means = (reference.sum_sq_dev() + current.sum_sq_dev()) / (sizes.reference + sizes.current);
    let relative = about_means.sqrt() / unit;
    let error = (1.0 / sizes.reference + (deviation(current)? / unit).powi(2) / sizes.current).sqrt();
    if !(apart.is_finite() && relative.is_finite() && error.is_finite()) {
        return None;
    }
    Some(Finding {
        metric: Metric::MeanShift,
        bracket: Bracket::exact(apart),
        noise: noise::absolute_normal(relative * sizes.inverse_sum().sqrt()),
        p_value: Some(2.0 * normal_cdf(-apart / error)),
        basis: Basis::Moments,
        rows,
    })
}

/// The standard deviation of the rows, not of the law they were drawn from; none when it overflows.
pub(super) fn deviation(moments: &Moments) -> Option<f64> {
    let deviation = (moments.sum_sq_dev() / moments.count() as f64).sqrt();
    deviation.is_finite().then_some(deviation)
}
