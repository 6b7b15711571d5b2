//! The incomplete beta function, and the laws that go through it: binomial and Student's.

use super::gamma::{ln_gamma, ln_rising};
use super::halving::halve;

/// The continued fraction converges in about the square root of the larger parameter.
const MAX_STEPS: u32 = 100_000;

/// Stands for 0 in a denominator (modified Lentz).
const TINY: f64 = 1e-300;

/// Halvings that take a number and its double to neighbours.
const HALVINGS: usize = 60;

/// The regularised incomplete beta function `I_x(a, b)`: the chance that a beta variable is at most `x`.
///
/// For `a > 0` and `b > 0`. By the continued fraction of Numerical Recipes 6.4, whose small side keeps its
/// relative accuracy.
pub fn beta_regularized(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        0.0
    } else if x >= 1.0 {
        1.0
    } else if x < (a + 1.0) / (a + b + 2.0) {
        lower(a, b, x)
    } else {
        (1.0 - lower(b, a, 1.0 - x)).clamp(0.0, 1.0)
    }
}

fn lower(a: f64, b: f64, x: f64) -> f64 {
    let (small, large) = (a.min(b), a.max(b));
    // ln(gamma(a) gamma(b) / gamma(a + b)), without the digits that large gammas lose.
    let ln_beta = ln_gamma(small) - ln_rising(large, small);
    let front = a * x.ln() + b * (-x).ln_1p() - ln_beta;
    (front.exp() * continued_fraction(a, b, x) / a).clamp(0.0, 1.0)
}

fn continued_fraction(a: f64, b: f64, x: f64) -> f64 {
    let away = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = away(1.0 - (a + b) * x / (a + 1.0)).recip();
    let mut fraction = d;
    for step in 1..=MAX_STEPS {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = away(1.0 + even * d).recip();
        c = away(1.0 + even / c);
        fraction *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = away(1.0 + odd * d).recip();
        c = away(1.0 + odd / c);
        let change = d * c;
        fraction *= change;
        if (change - 1.0).abs() <= f64::EPSILON {
            break;
        }
    }
    fraction
}

/// The chance of at least `least` hits in `draws` draws that hit with chance `chance` each.
pub fn binomial_upper(least: f64, draws: f64, chance: f64) -> f64 {
    if least <= 0.0 {
        1.0
    } else if least > draws {
        0.0
    } else {
        beta_regularized(least, draws - least + 1.0, chance)
    }
}

/// The chance that Student's t with `freedom` degrees of freedom exceeds `t`.
pub fn student_survival(t: f64, freedom: f64) -> f64 {
    let square = t * t;
    let tail = 0.5 * beta_regularized(0.5 * freedom, 0.5, freedom / (freedom + square));
    if t >= 0.0 { tail } else { 1.0 - tail }
}

/// The number that Student's t with `freedom` degrees of freedom exceeds with chance `tail`, at most 1/2.
pub fn student_upper_quantile(tail: f64, freedom: f64) -> f64 {
    if tail <= 0.0 {
        return f64::INFINITY;
    }
    let (mut low, mut high) = (0.0, 1.0);
    while student_survival(high, freedom) > tail && high < f64::MAX / 4.0 {
        (low, high) = (high, 2.0 * high);
    }
    halve(low, high, HALVINGS, |t| student_survival(t, freedom) > tail).1
}
