//! The special functions behind p-values and intervals: gamma, chi-square, beta, binomial, Fisher's F,
//! Student, normal, Kolmogorov, hypergeometric.
//!
//! All are total: every finite argument gives a finite answer or, where the mathematics says so, an
//! infinity.

mod beta;
mod f_law;
mod gamma;
mod halving;
mod hypergeometric;
mod kolmogorov;
mod normal;

pub use beta::{beta_regularized, binomial_upper, student_survival, student_upper_quantile};
pub use f_law::{f_quantile, f_survival};
pub use gamma::{chi_square_quantile, chi_square_survival, gamma_upper, ln_gamma, ln_rising};
pub(crate) use halving::halve;
pub use hypergeometric::fisher_exact;
pub use kolmogorov::kolmogorov_survival;
pub use normal::{normal_cdf, normal_quantile};

/// The 97.5% quantile of the standard normal law: half the width of a 95% interval, in standard
/// errors.
pub const Z_95_TWO_SIDED: f64 = 1.959_963_984_540_054;

/// The 95% quantile of the standard normal law.
pub const Z_95_ONE_SIDED: f64 = 1.644_853_626_951_472_2;
