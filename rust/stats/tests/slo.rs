//! Objectives: shares, budgets, burn rates and alerts, against formulas and tables of others.
#![allow(missing_docs, clippy::unwrap_used, clippy::float_cmp)]

use driftline_sketches::{NumericProfile, canonical_float_key};
use driftline_stats::slo::{ALERT_RULES, AlertRule, BadRecords, Severity, events_a_second};
use proptest::prelude::*;

const DAY: i64 = 86_400_000_000_000;

fn profile(values: &[f64]) -> NumericProfile {
    let keys: Vec<u64> = values.iter().map(|value| canonical_float_key(*value)).collect();
    let mut profile = NumericProfile::new(None);
    profile.add_slice(values, &keys);
    profile
}

proptest! {
    #[test]
    fn the_true_number_lies_between(
        values in prop::collection::vec(prop_oneof![1e-3..10.0_f64, Just(f64::INFINITY), Just(0.0), -1.0..0.0_f64], 0..300),
        limit in 1e-3..10.0_f64,
    ) {
        let found = BadRecords::above(&profile(&values), limit);
        let bad = values.iter().filter(|value| **value > limit).count() as u64;
        prop_assert!(found.least <= bad && bad <= found.most, "{bad} of {found:?}");
        prop_assert!(found.least as f64 <= found.likely && found.likely <= found.most as f64);
        prop_assert_eq!(found.records, values.len() as u64);
    }

    #[test]
    fn parts_add_up_and_the_interval_holds_the_value(
        left in (0..50_u64, 0..50_u64, 0..500_u64), right in (0..50_u64, 0..50_u64, 0..500_u64), target in 0.5..0.999_f64,
    ) {
        let of = |(least, more, good): (u64, u64, u64)| BadRecords::between(least, least + more, least + more + good);
        let mut merged = of(left);
        merged.merge(&of(right));
        prop_assert_eq!(merged.records, of(left).records + of(right).records);
        if let (Some(good), Some(burn), Some(kept)) =
            (merged.good_share(), merged.burn_rate(target), merged.budget_left(target))
        {
            prop_assert!(good.low <= good.value && good.value <= good.high);
            prop_assert!(burn.low <= burn.value && burn.value <= burn.high);
            prop_assert!((burn.value - (1.0 - good.value) / (1.0 - target)).abs() < 1e-9);
            prop_assert!((kept.value - (1.0 - burn.value)).abs() < 1e-9 && kept.low <= kept.high);
        } else {
            prop_assert_eq!(merged.records, 0);
        }
    }
}

#[test]
fn nulls_and_nan_are_not_what_it_is_about() {
    let mut numbers = profile(&[0.1, 0.3, f64::NAN]);
    numbers.add_nulls(5);
    let found = BadRecords::above(&numbers, 0.2);
    assert_eq!((found.least, found.most, found.records), (1, 1, 2));
}

#[test]
fn a_limit_inside_a_bucket_makes_the_interval_wider() {
    let numbers = profile(&[0.2; 1000]);
    let found = BadRecords::above(&numbers, 0.2 * 0.999_9);
    assert!(found.least < found.most, "{found:?}");
    let (low, high) = found.good_share().map(|share| (share.low, share.high)).unwrap();
    assert!(low < 0.01 && high > 0.99, "{low} {high}");
}

/// Wilson's interval of 990 of 1,000 by statsmodels `proportion_confint(990, 1000, method="wilson")`.
#[test]
fn an_exact_count_has_wilsons_interval() {
    let good = BadRecords::exact(10, 1000).good_share().unwrap();
    assert!((good.value - 0.99).abs() < 1e-12);
    assert!((good.low - 0.981_690_53).abs() < 1e-6 && (good.high - 0.994_559_25).abs() < 1e-6, "{good:?}");
    assert!((BadRecords::exact(10, 1000).burn_rate(0.99).unwrap().value - 1.0).abs() < 1e-9);
    assert!(BadRecords::exact(20, 1000).budget_left(0.99).unwrap().value + 1.0 < 1e-9);
    assert!(BadRecords::default().good_share().is_none());
}

/// Table 5-8 of the workbook.
#[test]
fn limits_of_thirty_days_are_those_of_the_workbook() {
    let limits: Vec<f64> = ALERT_RULES.iter().map(|rule| rule.limit(30 * DAY)).collect();
    for (limit, expected) in limits.iter().zip([14.4, 6.0, 3.0, 1.0]) {
        assert!((limit - expected).abs() < 1e-9, "{limits:?}");
    }
    assert!(ALERT_RULES.iter().all(|rule| rule.limit(DAY) >= 1.0 && rule.short * 12 == rule.long));
    assert_eq!(AlertRule::within(DAY).count(), 3);
}

#[test]
fn a_rule_holds_when_both_windows_burn() {
    let [page, ..] = ALERT_RULES;
    assert_eq!(page.severity, Severity::Page);
    assert!(page.holds(30 * DAY, Some(14.4), Some(20.0)));
    assert!(!page.holds(30 * DAY, Some(14.3), Some(20.0)) && !page.holds(30 * DAY, Some(20.0), Some(1.0)));
    assert!(!page.holds(30 * DAY, Some(20.0), None));
    assert!(Severity::Page > Severity::Ticket && Severity::Ticket > Severity::None);
}

/// `scipy.stats.chi2.ppf([0.025], 20) / 2` and `chi2.ppf([0.975], 22) / 2`.
#[test]
fn a_rate_has_garwoods_interval() {
    let rate = events_a_second(10, 2.0).unwrap();
    assert!((rate.value - 5.0).abs() < 1e-12);
    assert!((rate.low - 2.397_694_65).abs() < 1e-6 && (rate.high - 9.195_178_1).abs() < 1e-6, "{rate:?}");
    let none = events_a_second(0, 1.0).unwrap();
    assert!(none.low == 0.0 && (none.high - 3.688_879_454).abs() < 1e-6);
    assert!(events_a_second(1, 0.0).is_none());
    assert!(
        events_a_second(3_000_000_000, 60.0)
            .is_some_and(|rate| rate.low < rate.value && rate.value < rate.high)
    );
}
