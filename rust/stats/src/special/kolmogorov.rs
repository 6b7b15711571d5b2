//! The Kolmogorov law: the limit of the scaled Kolmogorov-Smirnov statistic.

use std::f64::consts::PI;

/// Where the two expansions swap: both need at most four terms there.
const CROSSOVER: f64 = 1.0;

/// The chance, with no drift, that `sqrt(n m / (n + m))` times the two-sample Kolmogorov-Smirnov
/// statistic exceeds `t`, in the limit of many rows and for a continuous law (with ties the true
/// chance is smaller).
pub fn kolmogorov_survival(t: f64) -> f64 {
    if t <= 0.0 {
        return 1.0;
    }
    let survival = if t < CROSSOVER { 1.0 - theta_series(t) } else { alternating_series(t) };
    survival.clamp(0.0, 1.0)
}

/// The distribution function for small `t`: Jacobi's transform of the alternating series.
fn theta_series(t: f64) -> f64 {
    let exponent = -PI * PI / (8.0 * t * t);
    let sum: f64 = [1.0_f64, 3.0, 5.0, 7.0].iter().map(|odd| (exponent * odd * odd).exp()).sum();
    (2.0 * PI).sqrt() / t * sum
}

fn alternating_series(t: f64) -> f64 {
    let term = |k: f64| (-2.0 * k * k * t * t).exp();
    2.0 * (term(1.0) - term(2.0) + term(3.0) - term(4.0))
}
