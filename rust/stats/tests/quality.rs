//! Data quality against rows that were counted, and against chance.

#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Arc;

use driftline_sketches::{
    CategoricalProfile, Categories, ColumnProfile, NumericProfile, canonical_float_key, coupon_of_bytes,
};
use driftline_stats::quality::{Check, Finding, absent, quality};
use proptest::prelude::*;
use support::{bell, close, uniforms};

fn profile(values: &[f64], nulls: u64) -> ColumnProfile {
    let keys: Vec<u64> = values.iter().map(|&value| canonical_float_key(value)).collect();
    let mut profile = NumericProfile::new(None);
    profile.add_slice(values, &keys);
    profile.add_nulls(nulls);
    ColumnProfile::Numeric(Box::new(profile))
}

fn of(found: &[Finding], check: Check) -> &Finding {
    found.iter().find(|finding| finding.check == check).unwrap()
}

#[test]
fn numbers_are_checked() {
    let mut current = bell(2, 300);
    current.extend([f64::NAN, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::INFINITY, 50.0, -50.0]);
    let found = quality(&profile(&bell(1, 1000), 0), &profile(&current, 93));
    let checks: Vec<Check> = found.iter().map(|finding| finding.check).collect();
    assert_eq!(
        checks,
        [
            Check::NullRate,
            Check::NanRate,
            Check::InfinityRate,
            Check::OutOfRange,
            Check::Constant,
            Check::Distinct
        ]
    );
    let nulls = of(&found, Check::NullRate);
    assert!(close(nulls.current, 93.0 / 400.0, 1e-12) && nulls.reference == 0.0);
    assert!(nulls.p_value.unwrap() < 1e-30 && nulls.noise_q95 < 0.1);
    assert!(close(of(&found, Check::NanRate).current, 2.0 / 307.0, 1e-12));
    assert!(close(of(&found, Check::InfinityRate).current, 3.0 / 307.0, 1e-12));
    assert!(of(&found, Check::OutOfRange).low >= 2.0 / 302.0 - 1e-12);
    assert_eq!(of(&found, Check::Constant).current, 0.0);
}

#[test]
fn a_column_that_became_constant_is_told() {
    let found = quality(&profile(&bell(1, 100), 0), &profile(&[2.0; 30], 0));
    let constant = of(&found, Check::Constant);
    assert_eq!((constant.reference, constant.current), (0.0, 1.0));
    assert!(constant.exceeds_noise() && constant.p_value.unwrap() < 1e-6);
    // One row is always one value, and so are two of a law that has little else.
    let one_row = quality(&profile(&bell(1, 100), 0), &profile(&[2.0], 0));
    assert!(!of(&one_row, Check::Constant).exceeds_noise());
    let mut mostly_zero = vec![0.0; 97];
    mostly_zero.extend([1.0, 2.0, 3.0]);
    let few = quality(&profile(&mostly_zero, 0), &profile(&[0.0; 20], 0));
    let constant = of(&few, Check::Constant);
    assert!(!constant.exceeds_noise() && close(constant.p_value.unwrap(), 0.97_f64.powi(19), 1e-12));
    let many = quality(&profile(&mostly_zero, 0), &profile(&[0.0; 500], 0));
    assert!(of(&many, Check::Constant).exceeds_noise());
    // The other way round.
    let varied = quality(&profile(&[2.0; 30], 0), &profile(&bell(1, 100), 0));
    assert!(of(&varied, Check::Constant).exceeds_noise());
}

#[test]
fn categories_are_checked() {
    let known = Arc::new(Categories::new(vec!["a".into(), "b".into()]).unwrap());
    let side = |counts: &[(&str, u64)]| {
        let mut profile = CategoricalProfile::new(Some(Arc::clone(&known)));
        let coupons: Vec<u32> = counts.iter().map(|(name, _)| coupon_of_bytes(name.as_bytes())).collect();
        let numbers: Vec<u64> = counts.iter().map(|(_, count)| *count).collect();
        profile.add_counted(&coupons, &numbers, |index| counts[index].0.as_bytes());
        ColumnProfile::Categorical(Box::new(profile))
    };
    let found = quality(&side(&[("a", 500), ("b", 500)]), &side(&[("a", 90), ("c", 10)]));
    let unseen = of(&found, Check::UnseenRate);
    assert!(close(unseen.current, 0.1, 1e-12) && unseen.reference == 0.0 && unseen.p_value.unwrap() < 1e-9);
    assert_eq!(of(&found, Check::Constant).current, 0.0);
    assert_eq!(of(&quality(&side(&[("a", 5), ("b", 5)]), &side(&[("b", 9)])), Check::Constant).current, 1.0);
    assert_eq!(quality(&side(&[("a", 5)]), &profile(&[1.0], 0)), []);
}

#[test]
fn records_without_the_column_are_a_share() {
    let found = absent((100, 100), (60, 80)).unwrap();
    assert_eq!((found.check, found.reference, found.current), (Check::AbsentRate, 0.0, 0.25));
    assert!(found.exceeds_noise() && found.p_value.unwrap() < 1e-6);
    assert_eq!((found.n_reference, found.n_current), (100, 80));
    assert_eq!(absent((0, 0), (60, 80)), None);
}

/// Two samples of one law: p-values below a level come no more often than that.
#[test]
fn out_of_range_is_rarely_surprising_by_chance() {
    for (n, m) in [(50, 20), (200, 4000), (20, 50_000)] {
        let draws = 400;
        let (mut below, mut above) = (0, 0);
        for draw in 0..draws {
            let reference = uniforms(1_000_003 * (2 * draw + 1), n);
            let current = uniforms(1_000_003 * (2 * draw + 2), m);
            let found = quality(&profile(&reference, 0), &profile(&current, 0));
            let finding = of(&found, Check::OutOfRange);
            below += usize::from(finding.p_value.unwrap() < 0.05);
            above += usize::from(finding.current > finding.noise_q95);
        }
        // Three standard errors of a share of 5% of the draws.
        let most = (draws as f64 * (0.05 + 0.033)) as usize;
        assert!(below <= most, "{below} of {draws} p-values below 5% at {n} and {m} rows");
        assert!(above <= most, "{above} of {draws} above the quantile at {n} and {m} rows");
        assert!(m < n || below > 0, "the p-value never speaks at {n} and {m} rows");
    }
}

proptest! {
    #[test]
    fn out_of_range_holds_what_the_rows_say(
        reference in prop::collection::vec(-5.0..5.0_f64, 1..200),
        current in prop::collection::vec(prop_oneof![-8.0..8.0_f64, Just(5.0), Just(0.0)], 1..3000),
    ) {
        let (least, most) = reference.iter().fold((f64::MAX, f64::MIN), |(least, most), &row| {
            (least.min(row), most.max(row))
        });
        let outside = current.iter().filter(|row| **row < least || **row > most).count() as f64;
        let exact = outside / current.len() as f64;
        let found = quality(&profile(&reference, 0), &profile(&current, 0));
        let finding = of(&found, Check::OutOfRange);
        prop_assert!(finding.low - 1e-12 <= exact && exact <= finding.high + 1e-12, "{finding:?} {exact}");
        prop_assert!(finding.low <= finding.current && finding.current <= finding.high);
        prop_assert!((0.0..=1.0).contains(&finding.p_value.unwrap()));
    }
}
