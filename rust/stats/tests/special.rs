//! The special functions against scipy.

mod support;

use driftline_stats::special::{
    beta_regularized, binomial_upper, chi_square_quantile, chi_square_survival, fisher_exact, gamma_upper,
    kolmogorov_survival, ln_gamma, ln_rising, normal_cdf, normal_quantile, student_survival,
    student_upper_quantile,
};
use support::table;

#[rustfmt::skip]
#[allow(clippy::unreadable_literal, clippy::excessive_precision, clippy::type_complexity)]
#[allow(unreachable_pub)]
#[allow(dead_code, reason = "the tests of quality use the rest")]
#[path = "oracle/quality.rs"]
mod oracle;

/// The tails must be right to a relative error, however small they are.
fn assert_relative(found: f64, expected: f64, tolerance: f64, of: &str) {
    let error = (found - expected).abs();
    assert!(error <= tolerance * expected.abs(), "{of}: got {found:e}, scipy says {expected:e}");
}

#[test]
fn ln_gamma_agrees() {
    for &(x, expected) in table::LN_GAMMA {
        assert!(support::close(ln_gamma(x), expected, 2e-14), "ln_gamma({x}) = {}", ln_gamma(x));
    }
    assert_eq!(ln_gamma(0.0), f64::INFINITY);
}

#[test]
fn chi_square_agrees() {
    for &(x, df, expected) in table::CHI_SQUARE_SURVIVAL {
        assert_relative(chi_square_survival(x, df), expected, 2e-11, &format!("survival({x}, {df})"));
    }
    for &(p, df, expected) in table::CHI_SQUARE_QUANTILE {
        assert_relative(chi_square_quantile(p, df), expected, 1e-9, &format!("quantile({p}, {df})"));
    }
}

#[test]
fn chi_square_ends() {
    assert_eq!(chi_square_survival(0.0, 0.0), 1.0);
    assert_eq!(chi_square_survival(3.0, 0.0), 0.0);
    assert_eq!(chi_square_survival(f64::INFINITY, 4.0), 0.0);
    assert_eq!(chi_square_quantile(0.95, 0.0), 0.0);
    assert_eq!(chi_square_quantile(0.0, 3.0), 0.0);
    assert_eq!(chi_square_quantile(1.0, 3.0), f64::INFINITY);
    assert_eq!(gamma_upper(2.0, -1.0), 1.0);
}

#[test]
fn normal_agrees() {
    for &(x, expected) in table::NORMAL_CDF {
        assert_relative(normal_cdf(x), expected, 1e-12, &format!("cdf({x})"));
    }
    for &(p, expected) in table::NORMAL_QUANTILE {
        assert!(
            support::close(normal_quantile(p), expected, 1e-11),
            "{p}: {} {expected}",
            normal_quantile(p)
        );
    }
    assert_eq!(normal_quantile(0.0), f64::NEG_INFINITY);
    assert_eq!(normal_quantile(1.0), f64::INFINITY);
}

#[test]
fn fisher_agrees() {
    for &(hits, misses, expected) in table::FISHER {
        assert_relative(fisher_exact(hits, misses), expected, 1e-9, &format!("fisher({hits:?}, {misses:?})"));
    }
    assert_eq!(fisher_exact((0, 0), (0, 5)), 1.0);
    // Far out, and by the normal law, which here is the chi-square test.
    assert!(fisher_exact((0, 900), (1000, 100)) < 1e-300);
    let many = fisher_exact((50_000, 51_000), (950_000, 949_000));
    assert!((many / 1.245e-3 - 1.0).abs() < 0.01, "{many:e}");
}

#[test]
fn beta_and_student_agree() {
    for &(a, b, x, expected) in oracle::BETA {
        assert_relative(beta_regularized(a, b, x), expected, 1e-10, &format!("beta({a}, {b}, {x})"));
    }
    for &(t, df, expected) in oracle::STUDENT_SURVIVAL {
        assert_relative(student_survival(t, df), expected, 1e-10, &format!("survival({t}, {df})"));
    }
    for &(tail, df, expected) in oracle::STUDENT_UPPER_QUANTILE {
        let found = student_upper_quantile(tail, df);
        assert!(support::close(found, expected, 1e-9), "quantile({tail}, {df}): {found} {expected}");
    }
    assert_eq!((beta_regularized(2.0, 3.0, -1.0), beta_regularized(2.0, 3.0, 2.0)), (0.0, 1.0));
    assert_eq!(student_upper_quantile(0.0, 3.0), f64::INFINITY);
}

#[test]
fn binomial_agrees() {
    for &(least, draws, chance, expected) in oracle::BINOMIAL_UPPER {
        let of = format!("binomial({least}, {draws}, {chance})");
        assert_relative(binomial_upper(least, draws, chance), expected, 1e-9, &of);
    }
    assert_eq!(binomial_upper(3.0, 2.0, 0.5), 0.0);
}

#[test]
fn kolmogorov_agrees() {
    for &(t, expected) in table::KOLMOGOROV_SURVIVAL {
        assert_relative(kolmogorov_survival(t), expected, 1e-12, &format!("survival({t})"));
    }
    assert_eq!(kolmogorov_survival(0.0), 1.0);
    let (_, q95) = table::KOLMOGOROV_MEAN_AND_Q95;
    assert!(support::close(kolmogorov_survival(q95), 0.05, 1e-12));
}

#[test]
fn ln_rising_is_the_product() {
    for x in [1e-3, 0.1, 0.5, 1.0, 3.7, 7.99, 8.0, 25.0, 1e6] {
        for steps in [0, 1, 2, 7, 40, 1000] {
            let expected: f64 = (0..steps).map(|step| (x + f64::from(step)).ln()).sum();
            let found = ln_rising(x, f64::from(steps));
            assert!(
                support::close(found, expected, 1e-10),
                "ln_rising({x}, {steps}) = {found}, not {expected}"
            );
        }
    }
    for (x, steps) in [(0.3, 0.4), (2.5, 1e5), (1e4, 1e9)] {
        let expected = ln_gamma(x + steps) - ln_gamma(x);
        assert!(support::close(ln_rising(x, steps), expected, 1e-9), "ln_rising({x}, {steps})");
    }
}
