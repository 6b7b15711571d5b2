//! Records a period against statsmodels and against chance, and findings together against scipy.

#![allow(clippy::unwrap_used)]

mod support;

use driftline_stats::multiplicity::adjusted_for_discoveries;
use driftline_stats::quality::{Records, volume};
use proptest::prelude::*;
use support::{close, uniforms};

fn apart(counts: &[u64]) -> Records<'_> {
    Records::Periods { counts, empty: 0 }
}

#[rustfmt::skip]
#[allow(clippy::unreadable_literal, clippy::excessive_precision, clippy::type_complexity)]
#[allow(unreachable_pub)]
#[allow(dead_code, reason = "the tests of special functions use the rest")]
#[path = "oracle/quality.rs"]
mod oracle;

#[test]
fn discoveries_agree() {
    for (p_values, expected) in oracle::DISCOVERIES {
        let found = adjusted_for_discoveries(p_values);
        for (found, expected) in found.iter().zip(*expected) {
            assert!(close(*found, *expected, 1e-14), "{found} {expected}");
        }
        assert_eq!(found.len(), expected.len());
    }
    assert_eq!(adjusted_for_discoveries(&[]), []);
}

#[test]
fn rates_and_their_ratio_agree() {
    for &(reference, current, dispersion, before, now, ratio) in oracle::VOLUMES {
        let found = volume(apart(reference), apart(current)).unwrap();
        let figures = [
            (found.dispersion.unwrap(), dispersion),
            (found.reference.low.unwrap(), before.0),
            (found.reference.high.unwrap(), before.1),
            (found.current.low.unwrap(), now.0),
            (found.current.high.unwrap(), now.1),
            (found.ratio.unwrap().0, ratio.0),
            (found.ratio.unwrap().1, ratio.1),
            (found.ratio.unwrap().2, ratio.2),
        ];
        for (found, expected) in figures {
            assert!((found / expected - 1.0).abs() < 1e-5, "{reference:?} {current:?}: {found} {expected}");
        }
    }
}

#[test]
fn half_as_many_are_told() {
    let reference = [1010, 930, 1200, 880, 970, 1150];
    let found = volume(apart(&reference), apart(&[500, 610, 520, 0, 480])).unwrap();
    assert!(found.exceeds_noise() && found.p_value.unwrap() < 0.01);
    assert_eq!((found.current.empty, found.reference.empty), (Some(1), Some(0)));
    let gap = Records::Periods { counts: &[500, 610, 520, 480], empty: 1 };
    let told = volume(apart(&reference), gap).unwrap();
    assert_eq!((told.current.empty, told.current.mean), (Some(1), found.current.mean));
    assert!(close(told.dispersion.unwrap(), found.dispersion.unwrap(), 1e-12));
    let same = volume(apart(&reference), apart(&[980, 1100])).unwrap();
    assert!(!same.exceeds_noise() && same.p_value.unwrap() > 0.2);
}

#[test]
fn without_periods_apart_there_is_no_interval() {
    let total = Records::Total { records: 500, periods: 2.5 };
    let found = volume(total, apart(&[90])).unwrap();
    assert_eq!((found.reference.mean, found.current.mean), (200.0, 90.0));
    assert_eq!((found.dispersion, found.ratio, found.p_value), (None, None, None));
    assert!(!found.exceeds_noise());
    // One side apart lends its dispersion to the other.
    let found = volume(total, apart(&[90, 110, 100])).unwrap();
    assert!(found.exceeds_noise() && found.ratio.unwrap().2 < 1.0);
    assert!(found.reference.low.unwrap() < 200.0 && found.reference.empty.is_none());
    assert!(volume(total, apart(&[])).is_none());
}

#[test]
fn no_record_at_all_is_told() {
    let found = volume(apart(&[100, 120, 90]), apart(&[0, 0, 0])).unwrap();
    assert!(found.exceeds_noise() && found.p_value.unwrap() < 0.05 && found.ratio.is_none());
    assert_eq!(found.current.low, Some(0.0));
    let silent = volume(apart(&[0, 0]), apart(&[0, 0, 0])).unwrap();
    assert!(!silent.exceeds_noise() && silent.dispersion.is_none());
}

/// Periods of one over-dispersed law: p-values below a level come about as often as that.
#[test]
fn chance_is_rarely_told() {
    let (mut below, draws) = (0, 1000);
    for draw in 0..draws {
        let counts: Vec<u64> =
            uniforms(draw * 7_919 + 1, 24).iter().map(|u| (200.0 + 1000.0 * u * u).floor() as u64).collect();
        let (reference, current) = counts.split_at(16);
        let found = volume(apart(reference), apart(current)).unwrap();
        let is_below = found.p_value.unwrap() < 0.05;
        assert_eq!(is_below, found.exceeds_noise());
        below += u64::from(is_below);
    }
    assert!((25..=75).contains(&below), "{below} of {draws} p-values below 5%");
}

proptest! {
    #[test]
    fn figures_are_in_order(
        reference in prop::collection::vec(0_u64..1 << 50, 1..20),
        current in prop::collection::vec(prop_oneof![Just(0), 0_u64..50], 1..20),
    ) {
        let found = volume(apart(&reference), apart(&current)).unwrap();
        for rate in [found.reference, found.current] {
            prop_assert!(rate.low.is_none_or(|low| low <= rate.mean));
            prop_assert!(rate.high.is_none_or(|high| rate.mean <= high));
        }
        prop_assert!(found.p_value.is_none_or(|p| (0.0..=1.0).contains(&p)));
        prop_assert!(found.ratio.is_none_or(|(value, low, high)| low <= value && value <= high));
        prop_assert!(found.dispersion.is_none_or(|dispersion| dispersion >= 1.0));
    }

    #[test]
    fn adjusted_p_values_keep_their_order(p_values in prop::collection::vec(0.0..=1.0_f64, 0..50)) {
        let adjusted = adjusted_for_discoveries(&p_values);
        for (p, found) in p_values.iter().zip(&adjusted) {
            prop_assert!(p <= found && *found <= 1.0);
        }
        for (i, p) in p_values.iter().enumerate() {
            for (j, q) in p_values.iter().enumerate() {
                prop_assert!(p > q || adjusted[i] <= adjusted[j]);
            }
        }
    }
}
