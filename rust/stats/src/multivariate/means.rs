//! Drift of the mean vector.

use super::whitened::Whitened;
use super::{Finding, Metric};
use crate::special::{f_quantile, f_survival, ln_gamma};

/// The Mahalanobis distance of the means. Its square times `n m / (n + m)` is Hotelling's T^2 (1931), and `(N - d - 1) / (d
/// (N - 2))` of that Fisher's F with `d` and `N - d - 1` degrees of freedom, `N = n + m`, for normal columns of one
/// covariance, or many records.
pub(super) fn mean_distance(sides: &Whitened<'_>) -> Option<Finding> {
    let squared = sides.squared_distance();
    let columns = sides.size() as f64;
    let freedom = sides.reference.freedom() + sides.current.freedom();
    let below = freedom + 1.0 - columns;
    if !squared.is_finite() || below < 2.0 {
        return None;
    }
    // What F is to be multiplied by to be the squared distance.
    let unit = sides.inverse_sum() * columns * freedom / below;
    let mean_root = 0.5 * (below / columns).ln() + ln_gamma(0.5 * columns + 0.5) - ln_gamma(0.5 * columns)
        + ln_gamma(0.5 * below - 0.5)
        - ln_gamma(0.5 * below);
    let farthest =
        sides.apart.iter().zip(&sides.names).max_by(|left, right| left.0.abs().total_cmp(&right.0.abs()));
    let value = squared.sqrt();
    Some(Finding {
        metric: Metric::MeanDistance,
        value,
        low: value,
        high: value,
        noise_floor: unit.sqrt() * mean_root.exp(),
        noise_q95: (unit * f_quantile(0.95, columns, below)).sqrt(),
        p_value: Some(f_survival(squared / unit, columns, below)),
        reference: None,
        current: None,
        columns: farthest.map(|(_, name)| (*name).to_owned()).into_iter().collect(),
        n_reference: sides.reference.count,
        n_current: sides.current.count,
    })
}
