//! What each distance shows when nothing has drifted: both sides random samples of one law.
//!
//! The laws are those of many rows; with a handful of rows a side they are rough.

use std::f64::consts::{LN_2, PI, SQRT_2};

use crate::special::{Z_95_ONE_SIDED, chi_square_quantile, ln_gamma};

/// The probability of the upper noise quantile.
const UPPER: f64 = 0.95;

/// Mean and 95% quantile of the Kolmogorov law.
const KOLMOGOROV_MEAN: f64 = 0.868_731_160_636_159_1;
const KOLMOGOROV_Q95: f64 = 1.358_098_639_322_550_7;

/// The law of a distance with no drift.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Noise {
    pub(super) mean: f64,
    pub(super) q95: f64,
}

/// Sizes of the two samples.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    pub(super) reference: f64,
    pub(super) current: f64,
}

impl Sizes {
    /// `1/n + 1/m`: the variance of a difference of two means, in units of the variance of one row.
    fn inverse_sum(self) -> f64 {
        1.0 / self.reference + 1.0 / self.current
    }

    /// `n m / (n + m)`: the size that scales the Kolmogorov-Smirnov statistic.
    pub(super) fn effective(self) -> f64 {
        self.inverse_sum().recip()
    }
}

/// PSI is about `(1/n + 1/m)` times a chi-square variable with one degree of freedom less than
/// occupied bins (Yurdakul 2018).
pub(super) fn psi(sizes: Sizes, degrees_of_freedom: f64) -> Noise {
    let scale = sizes.inverse_sum();
    Noise { mean: scale * degrees_of_freedom, q95: scale * chi_square_quantile(UPPER, degrees_of_freedom) }
}

/// The divergence is, to second order, an eighth of PSI, here in bits; the distance is its root,
/// capped at 1. The mean of the root of a chi-square variable is `sqrt(2) gamma((k + 1) / 2) /
/// gamma(k / 2)`.
pub(super) fn jensen_shannon(sizes: Sizes, degrees_of_freedom: f64) -> Noise {
    if degrees_of_freedom <= 0.0 {
        return Noise { mean: 0.0, q95: 0.0 };
    }
    let scale = (sizes.inverse_sum() / (8.0 * LN_2)).sqrt();
    let half = 0.5 * degrees_of_freedom;
    let mean_root = SQRT_2 * (ln_gamma(half + 0.5) - ln_gamma(half)).exp();
    let q95_root = chi_square_quantile(UPPER, degrees_of_freedom).sqrt();
    Noise { mean: (scale * mean_root).min(1.0), q95: (scale * q95_root).min(1.0) }
}

/// The chi-square law itself.
pub(super) fn chi_square(degrees_of_freedom: f64) -> Noise {
    Noise { mean: degrees_of_freedom, q95: chi_square_quantile(UPPER, degrees_of_freedom) }
}

/// The Kolmogorov law over `sqrt(n m / (n + m))`, capped at 1. An upper bound when values repeat.
pub(super) fn kolmogorov_smirnov(sizes: Sizes) -> Noise {
    let scale = sizes.effective().sqrt().recip();
    Noise { mean: (KOLMOGOROV_MEAN * scale).min(1.0), q95: (KOLMOGOROV_Q95 * scale).min(1.0) }
}

/// The distance is about the integral of `|Z(x)|`, with `Z` a Gaussian process of variance `H (1 -
/// H) (1/n + 1/m)` at `x`, `H` the pooled distribution function. `root_variance_integral` is the
/// integral of `sqrt(H (1 - H))`, and `sqrt(2 / pi)` the mean of an absolute standard normal
/// variable: that gives the mean.
///
/// For the quantile, the distance is the largest difference of means over functions of slope at
/// most 1, none of which varies more than the value itself (`standard_deviation`, pooled). Gaussian
/// concentration then bounds the 95% quantile by the median, which is at most the mean, plus 1.645
/// times that deviation: `noise_q95` is an upper bound.
pub(super) fn wasserstein(sizes: Sizes, root_variance_integral: f64, standard_deviation: f64) -> Noise {
    let scale = sizes.inverse_sum().sqrt();
    let mean = (scale * (2.0 / PI).sqrt() * root_variance_integral).min(f64::MAX);
    Noise { mean, q95: (mean + scale * Z_95_ONE_SIDED * standard_deviation).min(f64::MAX) }
}
