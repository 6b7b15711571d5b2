//! Drift of the covariance.

use super::matrix::Symmetric;
use super::whitened::Whitened;
use super::{Finding, Metric};
use crate::drift::largest_of_normals;
use crate::special::{chi_square_quantile, gamma_upper, normal_cdf};

/// An eigenvalue of a covariance that is 0 counts as this in a logarithm.
const LEAST: f64 = 1e-300;
/// Of a correlation of 1 or -1.
const LARGEST_CORRELATION: f64 = 1.0 - 1e-15;

/// A gamma law by its mean and variance (Satterthwaite 1946).
pub(super) struct Gamma {
    shape: f64,
    scale: f64,
}

impl Gamma {
    pub(super) fn new(mean: f64, variance: f64) -> Self {
        Self { shape: mean * mean / variance, scale: variance / mean }
    }

    pub(super) fn quantile(&self, p: f64) -> f64 {
        0.5 * self.scale * chi_square_quantile(p, 2.0 * self.shape)
    }

    pub(super) fn survival(&self, x: f64) -> f64 {
        gamma_upper(self.shape, x / self.scale)
    }
}

/// What the squared norm of the difference of two covariances of the identity is by chance, in units of `1/n + 1/m`.
///
/// Entries of a covariance matrix of normal columns have variances 2 on and 1 beside the diagonal (Wishart 1928); of an
/// elliptical law whose fourth powers exceed the normal ones by the share `excess`, `2 (1 + excess)` and `1 + excess`, and
/// all of the diagonal has `excess` in common (Muirhead 1982, section 1.6).
fn of_chance(columns: f64, excess: f64) -> Gamma {
    let entries = 0.5 * columns * (columns + 1.0);
    let (each, trace) = (2.0 * (1.0 + excess), excess * columns);
    let mean = each * entries + trace;
    Gamma::new(mean, 2.0 * (each * each * (entries - 1.0) + (each + trace) * (each + trace)))
}

/// The norm of the difference of the covariances where the pooled one is the identity.
///
/// The p-value is that of Box's M (1949), `(N - 2) ln |S| - (n - 1) ln |S_1| - (m - 1) ln |S_2|` with his correction for few
/// records; M is about half of `n m / (n + m)` times the squared norm, and so follows the same law.
pub(super) fn covariance_distance(sides: &Whitened<'_>) -> Option<Finding> {
    let [before, after] = sides.covariances();
    let size = before.size;
    let difference =
        Symmetric::from_upper(size, |row, column| after.get(row, column) - before.get(row, column));
    let value = difference.squares().sqrt();
    if size == 0 || !value.is_finite() {
        return None;
    }
    let columns = size as f64;
    let (law, scale) = (of_chance(columns, sides.excess), sides.inverse_sum());
    let mean_root = {
        // The mean of the root of a gamma variable.
        let shape = law.shape;
        (crate::special::ln_gamma(shape + 0.5) - crate::special::ln_gamma(shape)).exp() * law.scale.sqrt()
    };
    let (n, m) = (sides.reference.freedom(), sides.current.freedom());
    let p_value = (n.min(m) >= columns).then(|| {
        let ln = |matrix: Symmetric| -> f64 {
            matrix.eigen().iter().map(|(value, _)| value.max(LEAST).ln()).sum()
        };
        let statistic = -n * ln(before) - m * ln(after);
        let few = (1.0 / n + 1.0 / m - 1.0 / (n + m)) * (2.0 * columns * columns + 3.0 * columns - 1.0)
            / (6.0 * (columns + 1.0));
        law.survival(2.0 * (1.0 - few).max(0.0) * statistic)
    });
    Some(Finding {
        metric: Metric::CovarianceDistance,
        value,
        low: value,
        high: value,
        noise_floor: scale.sqrt() * mean_root,
        noise_q95: (scale * law.quantile(0.95)).sqrt(),
        p_value,
        reference: None,
        current: None,
        columns: Vec::new(),
        n_reference: sides.reference.count,
        n_current: sides.current.count,
    })
}

/// The largest change of a correlation.
///
/// The correlation of normal columns varies by `(1 - r^2)^2 / n`, and Fisher's z of it by `1 / (n - 3)` (Fisher 1921); both
/// times `1 + excess` for an elliptical law. The p-value is the least over the pairs times their number.
pub(super) fn correlation_change(sides: &Whitened<'_>) -> Option<Finding> {
    let (n, m) = (sides.reference.count as f64, sides.current.count as f64);
    if n.min(m) < 4.0 {
        return None;
    }
    let inflated = 1.0 + sides.excess;
    let pairs: Vec<Pair> = (0..sides.size())
        .flat_map(|row| (row + 1..sides.size()).map(move |column| (row, column)))
        .filter_map(|(row, column)| {
            let before = sides.reference.correlation(row, column)?;
            let after = sides.current.correlation(row, column)?;
            Some(Pair { row, column, before, after })
        })
        .collect();
    let largest = pairs.iter().max_by(|left, right| left.change().total_cmp(&right.change()))?;
    let deviation = |pair: &Pair| {
        let pooled = (n * pair.before + m * pair.after) / (n + m);
        (1.0 - pooled * pooled) * (inflated * sides.inverse_sum()).sqrt()
    };
    let (noise_floor, noise_q95) = largest_of_normals(pairs.iter().map(deviation));
    let error = (inflated * (1.0 / (n - 3.0) + 1.0 / (m - 3.0))).sqrt();
    let least = pairs.iter().map(|pair| 2.0 * normal_cdf(-pair.z_change() / error)).fold(1.0, f64::min);
    let value = largest.change();
    let name = |at: usize| sides.names[at].to_owned();
    Some(Finding {
        metric: Metric::CorrelationChange,
        value,
        low: value,
        high: value,
        noise_floor,
        noise_q95,
        p_value: Some((least * pairs.len() as f64).min(1.0)),
        reference: Some(largest.before),
        current: Some(largest.after),
        columns: vec![name(largest.row), name(largest.column)],
        n_reference: sides.reference.count,
        n_current: sides.current.count,
    })
}

struct Pair {
    row: usize,
    column: usize,
    before: f64,
    after: f64,
}

impl Pair {
    fn change(&self) -> f64 {
        (self.after - self.before).abs()
    }

    fn z_change(&self) -> f64 {
        let z = |r: f64| r.clamp(-LARGEST_CORRELATION, LARGEST_CORRELATION).atanh();
        (z(self.after) - z(self.before)).abs()
    }
}
