//! The law of Fisher's F.

use super::beta::beta_regularized;
use super::gamma::chi_square_survival;
use super::halving::halve;

/// From so many degrees of freedom below the line on, F differs from chi-square by less than a ten-millionth.
const MANY: f64 = 1e7;
/// Halvings of an interval that leave no digit to gain.
const HALVINGS: usize = 200;

/// The chance that an F variable with `above` and `below` degrees of freedom exceeds `x`.
pub fn f_survival(x: f64, above: f64, below: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    if below > MANY {
        return chi_square_survival(x * above, above);
    }
    beta_regularized(0.5 * below, 0.5 * above, below / (below + above * x))
}

/// The value below which an F variable with `above` and `below` degrees of freedom lies with probability `p`: 0 for `p <=
/// 0`, infinite for `p >= 1`.
pub fn f_quantile(p: f64, above: f64, below: f64) -> f64 {
    if p <= 0.0 {
        return 0.0;
    }
    if p >= 1.0 {
        return f64::INFINITY;
    }
    let mut end = 2.0;
    while f_survival(end, above, below) > 1.0 - p && end < f64::MAX / 2.0 {
        end *= 2.0;
    }
    halve(0.0, end, HALVINGS, |x| f_survival(x, above, below) > 1.0 - p).1
}
