//! The gamma function and the chi-square law.

use std::f64::consts::PI;

/// Lanczos coefficients for g = 7 and nine terms (relative error below 1e-14).
const LANCZOS: [f64; 8] = [
    676.520_368_121_885_1,
    -1_259.139_216_722_402_8,
    771.323_428_777_653_1,
    -176.615_029_162_140_6,
    12.507_343_278_686_905,
    -0.138_571_095_265_720_12,
    9.984_369_578_019_572e-6,
    1.505_632_735_149_311_6e-7,
];
const LANCZOS_G: f64 = 7.0;

/// Both expansions below converge in about `sqrt(shape)` steps; this bounds them for any shape.
const MAX_STEPS: u32 = 1_000_000;

/// The natural logarithm of the gamma function at `x > 0`.
///
/// Infinite at 0 and below, where this crate has no use for the function.
pub fn ln_gamma(x: f64) -> f64 {
    if x <= 0.0 {
        return f64::INFINITY;
    }
    if x < 0.5 {
        // Reflection keeps the expansion in the half plane where it is accurate.
        return (PI / (PI * x).sin()).ln() - ln_gamma(1.0 - x);
    }
    let shifted = x - 1.0;
    let base = shifted + LANCZOS_G + 0.5;
    let series = LANCZOS.iter().zip(1_u32..).fold(0.999_999_999_999_809_9, |sum, (coefficient, step)| {
        sum + coefficient / (shifted + f64::from(step))
    });
    0.5 * (2.0 * PI).ln() + (shifted + 0.5) * base.ln() - base + series.ln()
}

/// From here on Stirling's series with four terms is right to 1e-11.
const STIRLING_FROM: f64 = 8.0;

/// `ln(gamma(x + steps) / gamma(x))`, the logarithm of the product `x (x + 1) ... (x + steps - 1)`, for
/// `x > 0` and `steps >= 0`, whole or not.
///
/// Cheaper than two logarithms of gamma, and without the digits that their difference loses.
pub fn ln_rising(x: f64, steps: f64) -> f64 {
    if steps == 0.0 {
        return 0.0;
    }
    let (mut from, mut to, mut product) = (x, x + steps, 1.0);
    while from < STIRLING_FROM {
        product *= to / from;
        from += 1.0;
        to += 1.0;
    }
    // gamma(from) and gamma(to) were both moved up by as many factors: what was gained is taken back.
    let difference = (from - 0.5) * (to / from).ln() + (to - from) * (to.ln() - 1.0);
    difference + stirling_rest(to) - stirling_rest(from) - product.ln()
}

fn stirling_rest(x: f64) -> f64 {
    let inverse = x.recip();
    let square = inverse * inverse;
    inverse * (1.0 / 12.0 - square * (1.0 / 360.0 - square * (1.0 / 1260.0 - square / 1680.0)))
}

/// The regularised upper incomplete gamma function Q(shape, x): the chance that a gamma variable of
/// this shape exceeds `x`.
///
/// Series below `shape + 1`, Lentz's continued fraction above, so that small tails keep their
/// relative accuracy.
pub fn gamma_upper(shape: f64, x: f64) -> f64 {
    if x <= 0.0 {
        1.0
    } else if shape <= 0.0 || x == f64::INFINITY {
        0.0
    } else if x < shape + 1.0 {
        (1.0 - lower_series(shape, x)).clamp(0.0, 1.0)
    } else {
        upper_fraction(shape, x).clamp(0.0, 1.0)
    }
}

/// `x^shape e^-x / gamma(shape)`, the factor common to both expansions.
fn common_factor(shape: f64, x: f64) -> f64 {
    (shape * x.ln() - x - ln_gamma(shape)).exp()
}

fn lower_series(shape: f64, x: f64) -> f64 {
    let mut term = 1.0 / shape;
    let mut sum = term;
    let mut denominator = shape;
    for _ in 0..MAX_STEPS {
        denominator += 1.0;
        term *= x / denominator;
        sum += term;
        if term < sum * f64::EPSILON {
            break;
        }
    }
    sum * common_factor(shape, x)
}

fn upper_fraction(shape: f64, x: f64) -> f64 {
    let tiny = f64::MIN_POSITIVE / f64::EPSILON;
    let mut b = x + 1.0 - shape;
    let mut c = 1.0 / tiny;
    let mut d = 1.0 / b;
    let mut fraction = d;
    for step in 1..=MAX_STEPS {
        let k = f64::from(step);
        let a = k * (shape - k);
        b += 2.0;
        d = away_from_zero(a * d + b, tiny).recip();
        c = away_from_zero(b + a / c, tiny);
        let factor = c * d;
        fraction *= factor;
        if (factor - 1.0).abs() <= f64::EPSILON {
            break;
        }
    }
    fraction * common_factor(shape, x)
}

fn away_from_zero(value: f64, tiny: f64) -> f64 {
    if value.abs() < tiny { tiny } else { value }
}

/// The chance that a chi-square variable with `df` degrees of freedom exceeds `x`.
///
/// With no degree of freedom the variable is 0: the chance is 1 at `x <= 0` and 0 above.
pub fn chi_square_survival(x: f64, df: f64) -> f64 {
    gamma_upper(0.5 * df, 0.5 * x)
}

/// The value below which a chi-square variable with `df` degrees of freedom lies with probability
/// `p`.
///
/// 0 for `p <= 0` or `df <= 0`, infinite for `p >= 1`.
pub fn chi_square_quantile(p: f64, df: f64) -> f64 {
    if df <= 0.0 || p <= 0.0 {
        return 0.0;
    }
    if p >= 1.0 {
        return f64::INFINITY;
    }
    let survival = 1.0 - p;
    let (mut below, mut above) = (0.0, df + 1.0);
    while chi_square_survival(above, df) > survival {
        below = above;
        above *= 2.0;
    }
    // Bisection alone: about sixty cheap steps, no derivative that could vanish, and the answer to
    // the last bit.
    loop {
        let middle = 0.5 * (below + above);
        if middle <= below || middle >= above {
            return middle;
        }
        if chi_square_survival(middle, df) > survival {
            below = middle;
        } else {
            above = middle;
        }
    }
}
