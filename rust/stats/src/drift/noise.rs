//! What each distance shows when nothing has drifted: both sides random samples of one law.
//!
//! The laws are those of many rows; with a handful of rows a side they are rough.

use std::f64::consts::{LN_2, PI, SQRT_2};
use std::sync::OnceLock;

use crate::special::{Z_95_ONE_SIDED, Z_95_TWO_SIDED, chi_square_quantile, halve, ln_gamma, normal_cdf};

/// The probability of the upper noise quantile.
const UPPER: f64 = 0.95;

/// Places at which the law of the largest difference is looked at, and halvings until its quantile is
/// known to a millionth.
const L_INFINITY_STEPS: u32 = 64;
const L_INFINITY_HALVINGS: usize = 24;

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
    pub(super) fn inverse_sum(self) -> f64 {
        1.0 / self.reference + 1.0 / self.current
    }

    /// `n m / (n + m)`: the size that scales the Kolmogorov-Smirnov statistic.
    pub(super) fn effective(self) -> f64 {
        self.inverse_sum().recip()
    }
}

/// Degrees of freedom whose numbers are kept once they were asked for.
const KEPT: usize = 1025;

/// What noise needs of a chi-square law.
#[derive(Debug, Clone, Copy)]
struct ChiSquareLaw {
    q95: f64,
    /// Mean of the root of the variable: `sqrt(2) gamma((k + 1) / 2) / gamma(k / 2)`.
    mean_root: f64,
}

/// The law with so many degrees of freedom, more than none. It is found by search, and few laws are asked for often.
fn law(degrees_of_freedom: f64) -> ChiSquareLaw {
    static LAWS: [OnceLock<ChiSquareLaw>; KEPT] = [const { OnceLock::new() }; KEPT];
    let find = || {
        let half = 0.5 * degrees_of_freedom;
        ChiSquareLaw {
            q95: chi_square_quantile(UPPER, degrees_of_freedom),
            mean_root: SQRT_2 * (ln_gamma(half + 0.5) - ln_gamma(half)).exp(),
        }
    };
    let kept = LAWS.get(degrees_of_freedom as usize).filter(|_| degrees_of_freedom.fract() == 0.0);
    kept.map_or_else(find, |kept| *kept.get_or_init(find))
}

fn chi_square_q95(degrees_of_freedom: f64) -> f64 {
    if degrees_of_freedom > 0.0 { law(degrees_of_freedom).q95 } else { 0.0 }
}

/// PSI is about `(1/n + 1/m)` times a chi-square variable with one degree of freedom less than
/// occupied bins (Yurdakul 2018).
pub(super) fn psi(sizes: Sizes, degrees_of_freedom: f64) -> Noise {
    let scale = sizes.inverse_sum();
    Noise { mean: scale * degrees_of_freedom, q95: scale * chi_square_q95(degrees_of_freedom) }
}

/// The divergence is, to second order, half of PSI.
pub(super) fn kullback_leibler(sizes: Sizes, degrees_of_freedom: f64) -> Noise {
    let both_ways = psi(sizes, degrees_of_freedom);
    Noise { mean: 0.5 * both_ways.mean, q95: 0.5 * both_ways.q95 }
}

/// The divergence is, to second order, an eighth of PSI, here in bits; the distance is its root.
pub(super) fn jensen_shannon(sizes: Sizes, degrees_of_freedom: f64) -> Noise {
    root_of_chi_square(sizes.inverse_sum() / (8.0 * LN_2), degrees_of_freedom)
}

/// The squared distance is, to second order, an eighth of PSI.
pub(super) fn hellinger(sizes: Sizes, degrees_of_freedom: f64) -> Noise {
    root_of_chi_square(sizes.inverse_sum() / 8.0, degrees_of_freedom)
}

/// The square is chi-square over all rows.
pub(super) fn cramers_v(sizes: Sizes, degrees_of_freedom: f64) -> Noise {
    root_of_chi_square((sizes.reference + sizes.current).recip(), degrees_of_freedom)
}

/// The root of `scale` times a chi-square variable, capped at 1.
fn root_of_chi_square(scale: f64, degrees_of_freedom: f64) -> Noise {
    if degrees_of_freedom <= 0.0 {
        return Noise { mean: 0.0, q95: 0.0 };
    }
    let law = law(degrees_of_freedom);
    let root = scale.sqrt();
    Noise { mean: (root * law.mean_root).min(1.0), q95: (root * law.q95.sqrt()).min(1.0) }
}

/// Half the sum of the absolute differences of shares, each about normal with variance
/// `h (1 - h) (1/n + 1/m)`, `h` the pooled share. No set of bins has a variance above a quarter of
/// `1/n + 1/m`, so that Gaussian concentration, as for [`wasserstein`], bounds the 95% quantile:
/// `noise_q95` is an upper bound.
pub(super) fn total_variation(sizes: Sizes, pooled: impl Iterator<Item = f64>) -> Noise {
    let scale = sizes.inverse_sum().sqrt();
    let deviations: f64 = pooled.map(|share| (share * (1.0 - share)).max(0.0).sqrt()).sum();
    let mean = (0.5 * scale * (2.0 / PI).sqrt() * deviations).min(1.0);
    Noise { mean, q95: (mean + 0.5 * scale * Z_95_ONE_SIDED).min(1.0) }
}

/// As [`largest_of_normals`], capped at 1.
pub(super) fn l_infinity(sizes: Sizes, pooled: impl Iterator<Item = f64>) -> Noise {
    let variances = pooled.map(|share| sizes.inverse_sum() * share * (1.0 - share));
    let (mean, q95) = largest_of_normals(variances.map(|variance| variance.max(0.0).sqrt()));
    Noise { mean: mean.min(1.0), q95: q95.min(1.0) }
}

/// Mean and 95% quantile of the largest of as many absolute normal variables, taken for independent: that bounds both from
/// above (Sidak 1967).
pub(crate) fn largest_of_normals(deviations: impl Iterator<Item = f64>) -> (f64, f64) {
    let deviations: Vec<f64> = deviations.filter(|deviation| *deviation > 0.0).collect();
    let widest = deviations.iter().copied().fold(0.0, f64::max);
    // Where even a hundred thousand of them leave nothing above.
    let end = 8.0 * widest;
    let below =
        |x: f64| deviations.iter().map(|deviation| 1.0 - 2.0 * normal_cdf(-x / deviation)).product::<f64>();
    let step = end / f64::from(L_INFINITY_STEPS);
    let above: f64 = (0..L_INFINITY_STEPS).map(|index| 1.0 - below(step * (f64::from(index) + 0.5))).sum();
    let (_, q95) = halve(0.0, end, L_INFINITY_HALVINGS, |x| below(x) < UPPER);
    (step * above, q95)
}

/// A difference that is about normal, without its sign.
pub(super) fn absolute_normal(deviation: f64) -> Noise {
    Noise { mean: (2.0 / PI).sqrt() * deviation, q95: Z_95_TWO_SIDED * deviation }
}

/// The chi-square law itself.
pub(super) fn chi_square(degrees_of_freedom: f64) -> Noise {
    Noise { mean: degrees_of_freedom, q95: chi_square_q95(degrees_of_freedom) }
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
