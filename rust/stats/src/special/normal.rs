//! The normal law.

use std::f64::consts::{PI, SQRT_2};

use super::gamma::gamma_upper;

/// The chance that a standard normal variable is at most `x`.
///
/// Through the incomplete gamma function, so the lower tail keeps its relative accuracy.
pub fn normal_cdf(x: f64) -> f64 {
    let half_tail = 0.5 * gamma_upper(0.5, 0.5 * x * x);
    if x < 0.0 { half_tail } else { 1.0 - half_tail }
}

/// The value below which a standard normal variable lies with probability `p`.
///
/// Minus infinity for `p <= 0`, plus infinity for `p >= 1`. Start: Abramowitz and Stegun 26.2.23
/// (error below 4.5e-4); then Halley's method on [`normal_cdf`].
pub fn normal_quantile(p: f64) -> f64 {
    if p <= 0.0 {
        return f64::NEG_INFINITY;
    }
    if p >= 1.0 {
        return f64::INFINITY;
    }
    if p > 0.5 {
        return -lower_quantile(1.0 - p);
    }
    lower_quantile(p)
}

/// The quantile for `0 < p <= 1/2`.
fn lower_quantile(p: f64) -> f64 {
    let t = (-2.0 * p.ln()).sqrt();
    let numerator = 2.515_517 + t * (0.802_853 + t * 0.010_328);
    let denominator = 1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308));
    let mut x = numerator / denominator - t;
    for _ in 0..4 {
        let density = (-0.5 * x * x).exp() / (SQRT_2 * PI.sqrt());
        if density == 0.0 {
            break;
        }
        let newton = (normal_cdf(x) - p) / density;
        x -= newton / (1.0 + 0.5 * x * newton);
    }
    x
}
