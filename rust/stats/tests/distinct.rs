//! Numbers of distinct values: against rows that were counted, and against chance.

#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeSet;

use driftline_sketches::{CategoricalProfile, ColumnProfile, NumericProfile, coupon_of_bytes};
use driftline_stats::quality::{Check, Finding, quality};
use proptest::prelude::*;
use support::uniforms;

fn numbers(values: &[f64]) -> ColumnProfile {
    let mut profile = NumericProfile::new(None);
    profile.add_numbers(values);
    ColumnProfile::Numeric(Box::new(profile))
}

fn categories(values: &[f64]) -> ColumnProfile {
    let texts: Vec<String> = values.iter().map(|value| format!("item {value}")).collect();
    let different: Vec<&String> = texts.iter().collect::<BTreeSet<_>>().into_iter().collect();
    let coupons: Vec<u32> = different.iter().map(|text| coupon_of_bytes(text.as_bytes())).collect();
    let counts: Vec<u64> =
        different.iter().map(|text| texts.iter().filter(|other| other == text).count() as u64).collect();
    let mut profile = CategoricalProfile::new(None);
    profile.add_counted(&coupons, &counts, |index| different[index].as_bytes());
    ColumnProfile::Categorical(Box::new(profile))
}

fn distinct(reference: &ColumnProfile, current: &ColumnProfile) -> Finding {
    let found = quality(reference, current);
    found.into_iter().find(|finding| finding.check == Check::Distinct).unwrap()
}

/// Values by the name of their law: a few, many with a heavy tail, all different.
fn draw(law: &str, seed: u64, rows: usize) -> Vec<f64> {
    let one = |u: f64| match law {
        "few" => (u * 12.0).floor(),
        "zipf" => (u + 1e-6).powf(-1.2).floor(),
        "thousands" => (u * 3000.0).floor(),
        "all" => u,
        other => panic!("no law {other}"),
    };
    uniforms(seed, rows).into_iter().map(one).collect()
}

#[test]
fn chance_and_size_are_rarely_told() {
    for law in ["few", "zipf", "thousands", "all"] {
        for (n, m) in [(500, 500), (4000, 300), (300, 4000), (5000, 4000)] {
            let draws = 150;
            let mut told = [0; 2];
            for seed in 0..draws {
                let reference = draw(law, 1_000_003 * (2 * seed + 1), n);
                let current = draw(law, 1_000_003 * (2 * seed + 2), m);
                let found = distinct(&numbers(&reference), &numbers(&current));
                told[0] += usize::from(found.exceeds_noise());
                told[1] += usize::from(found.p_value.is_some_and(|p| p < 0.05));
            }
            // Three standard errors above a share of 5% of the draws.
            let most = (draws as f64 * (0.05 + 0.053)) as usize;
            assert!(told.iter().all(|told| *told <= most), "{told:?} of {draws}: {law}, {n} and {m} rows");
        }
    }
}

#[test]
fn new_values_and_lost_ones_are_told() {
    for profile in [numbers, categories] {
        let reference = profile(&draw("few", 1, 5000));
        let more: Vec<f64> = uniforms(2, 800).into_iter().map(|u| (u * 24.0).floor()).collect();
        let found = distinct(&reference, &profile(&more));
        assert!(found.exceeds_noise() && found.p_value.unwrap() < 1e-6, "{found:?}");
        assert_eq!((found.reference.round(), found.current.round()), (12.0, 24.0));
        // Fewer values of as many rows.
        let fewer: Vec<f64> = uniforms(3, 5000).into_iter().map(|u| (u * 3.0).floor()).collect();
        let found = distinct(&reference, &profile(&fewer));
        assert!(found.exceeds_noise() && found.p_value.unwrap() < 0.01, "{found:?}");
        // All different, where there were a few.
        let found = distinct(&reference, &profile(&draw("all", 4, 300)));
        assert!(found.exceeds_noise() && found.p_value.unwrap() < 1e-30, "{found:?}");
        // Few rows cannot have more.
        let found = distinct(&reference, &profile(&draw("few", 5, 4)));
        assert!(!found.exceeds_noise() && found.p_value.is_none(), "{found:?}");
    }
}

#[test]
fn many_rows_need_not_repeat_few_values() {
    // Ten times the rows of a law without repetition have ten times the values, and more is impossible.
    let found = distinct(&numbers(&draw("all", 1, 400)), &numbers(&draw("all", 2, 4000)));
    assert!(!found.exceeds_noise() && found.p_value.is_none(), "{found:?}");
    // Ten times the rows, all different, of what was twelve values before.
    let found = distinct(&numbers(&draw("few", 1, 400)), &numbers(&draw("all", 2, 4000)));
    assert!(found.exceeds_noise(), "{found:?}");
}

#[test]
fn without_values_nothing_is_said() {
    let nothing = quality(&numbers(&[]), &numbers(&[1.0, 2.0]));
    assert!(nothing.iter().all(|finding| finding.check != Check::Distinct));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn categories_are_counted_exactly(
        reference in prop::collection::vec(0_u8..20, 1..60),
        current in prop::collection::vec(10_u8..40, 1..60),
    ) {
        let of = |values: &[u8]| values.iter().copied().map(f64::from).collect::<Vec<_>>();
        let (before, now) = (of(&reference), of(&current));
        let found = distinct(&categories(&before), &categories(&now));
        let count = |values: &[u8]| values.iter().collect::<BTreeSet<_>>().len() as f64;
        prop_assert_eq!((found.reference, found.current), (count(&reference), count(&current)));
        prop_assert_eq!((found.low, found.reference_high), (found.current, found.reference));
        prop_assert!(found.p_value.is_none_or(|p| (0.0..=1.0).contains(&p)));
        prop_assert!(found.noise_floor <= found.noise_q95 + 1e-12);
    }
}
