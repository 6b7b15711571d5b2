//! Drift of categorical columns.

#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;

use driftline_sketches::{
    CategoricalProfile, Categories, CategoryCounts, ColumnProfile, FrequentItems, NumericProfile, Tally,
    coupon_of_bytes,
};
use driftline_stats::StatsError;
use driftline_stats::drift::{Basis, BinLabel, Drift, Metric, bins, distance_of_counts, drift};
use proptest::prelude::*;
use support::{close, exact_psi, table};

const NAMES: [&str; 5] = ["blue", "green", "red", "violet", "white"];

fn profile(counts: &[(String, u64)], categories: Option<&Arc<Categories>>) -> CategoricalProfile {
    let mut profile = CategoricalProfile::new(categories.cloned());
    let present: Vec<&(String, u64)> = counts.iter().filter(|(_, count)| *count > 0).collect();
    let coupons: Vec<u32> = present.iter().map(|(name, _)| coupon_of_bytes(name.as_bytes())).collect();
    let counts: Vec<u64> = present.iter().map(|(_, count)| *count).collect();
    profile.add_counted(&coupons, &counts, |index| present[index].0.as_bytes());
    profile
}

fn column(profile: CategoricalProfile) -> ColumnProfile {
    ColumnProfile::Categorical(Box::new(profile))
}

fn named(counts: [u64; 5]) -> Vec<(String, u64)> {
    NAMES.iter().map(|name| (*name).to_owned()).zip(counts).collect()
}

const REFERENCE: [u64; 5] = [50, 30, 20, 0, 4];
const CURRENT: [u64; 5] = [20, 25, 40, 9, 0];

fn assert_oracle(found: &[Drift], basis: Basis) {
    let (psi, js, chi_square, p_value) = table::CATEGORIES;
    let usual = [("psi", psi), ("jensen_shannon", js), ("chi_square", chi_square)];
    let expected: Vec<(&str, f64)> =
        usual.into_iter().chain(table::MORE_CATEGORIES.iter().copied()).collect();
    for (name, expected) in expected {
        let metric: Metric = name.trim_end_matches(" p").parse().unwrap();
        let drift = found.iter().find(|drift| drift.metric == metric).unwrap();
        assert_eq!(drift.basis, basis);
        if name.ends_with(" p") {
            assert!(close(drift.p_value.unwrap() / expected, 1.0, 1e-9), "{drift:?}, scipy says {expected}");
            continue;
        }
        assert!(close(drift.value, expected, 1e-12), "{drift:?}, scipy says {expected}");
        assert_eq!((drift.low, drift.high), (drift.value, drift.value));
        assert_eq!((drift.n_reference, drift.n_current), (104, 94));
    }
    let chi_square = found.iter().find(|drift| drift.metric == Metric::ChiSquare).unwrap();
    assert!(close(chi_square.p_value.unwrap() / p_value, 1.0, 1e-9));
    assert_eq!(chi_square.noise_floor, 4.0);
}

#[test]
fn baseline_categories_are_exact() {
    // The baseline knows four of the five names: the fifth falls in the bin of all others.
    let categories =
        Arc::new(Categories::new(NAMES[..4].iter().map(|name| (*name).to_owned()).collect()).unwrap());
    let side = |counts| column(profile(&named(counts), Some(&categories)));
    let found = drift(&side(REFERENCE), &side(CURRENT), &Metric::ALL).unwrap();
    assert_oracle(&found, Basis::Categories);
    // All four of the last name are new, and none of the current side's.
    let unseen = found.iter().find(|drift| drift.metric == Metric::UnseenRate).unwrap();
    assert!(close(unseen.value, 4.0 / 104.0, 1e-12) && unseen.basis == Basis::Categories);
}

#[test]
fn counts_alone_have_the_distances_of_profiles() {
    let categories =
        Arc::new(Categories::new(NAMES.iter().map(|name| (*name).to_owned()).collect()).unwrap());
    let side = |counts| column(profile(&named(counts), Some(&categories)));
    for metric in Metric::ALL.into_iter().filter(|metric| *metric != Metric::UnseenRate) {
        let of_profiles = drift(&side(REFERENCE), &side(CURRENT), &[metric]).unwrap();
        let found =
            distance_of_counts(metric, &[&REFERENCE[..], &[0]].concat(), &[&CURRENT[..], &[0]].concat());
        let expected = of_profiles.first().filter(|_| metric != Metric::NullRate);
        assert_eq!(found, expected.map(|drift| drift.value), "{metric:?}");
        assert_eq!(distance_of_counts(metric, &[0, 0], &[1, 2]), None);
    }
}

#[test]
fn bins_have_the_names() {
    let labels = |categories: Option<&Arc<Categories>>| -> Vec<BinLabel> {
        let side = |counts| column(profile(&named(counts), categories));
        let table = bins(&side(REFERENCE), &side(CURRENT)).unwrap().unwrap();
        assert!(close(table.bins[0].current.0, 20.0 / 94.0, 1e-12) && table.bins[0].psi > 0.0);
        table.bins.into_iter().map(|bin| bin.label).collect()
    };
    let category = |name: &str| BinLabel::Category(name.to_owned());
    let all: Vec<BinLabel> = NAMES.iter().map(|name| category(name)).chain([BinLabel::Rest]).collect();
    assert_eq!(labels(None), all);
    let two = Arc::new(Categories::new(vec!["blue".into(), "red".into()]).unwrap());
    assert_eq!(labels(Some(&two)), [category("blue"), category("red"), BinLabel::Rest]);
}

#[test]
fn what_needs_numbers_or_a_baseline_is_left_out() {
    let side = |counts| column(profile(&named(counts), None));
    let found = drift(&side(REFERENCE), &side(CURRENT), &Metric::ALL).unwrap();
    let left_out: Vec<Metric> =
        Metric::ALL.into_iter().filter(|metric| found.iter().all(|drift| drift.metric != *metric)).collect();
    let numeric = [
        Metric::KolmogorovSmirnov,
        Metric::Wasserstein,
        Metric::NormalizedWasserstein,
        Metric::MeanShift,
        Metric::UnseenRate,
    ];
    assert_eq!(left_out, numeric);
}

#[test]
fn frequent_items_are_exact_below_their_capacity() {
    let side = |counts| column(profile(&named(counts), None));
    let (reference, current) = (side(REFERENCE), side(CURRENT));
    let found = drift(&reference, &current, &[Metric::ChiSquare, Metric::JensenShannon]).unwrap();
    let (_, js, chi_square, _) = table::CATEGORIES;
    assert_eq!(found[0].basis, Basis::FrequentItems);
    assert!(close(found[0].value, chi_square, 1e-12) && close(found[1].value, js, 1e-12));
}

#[test]
fn counts_of_some_values_are_not_used() {
    let names = NAMES.iter().map(|name| (*name).to_owned()).collect();
    let categories = Arc::new(Categories::new(names).unwrap());
    let complete = profile(&named(REFERENCE), Some(&categories));
    let mut partial = complete.clone();
    partial.categories = Tally::Known(CategoryCounts::from_parts(categories, vec![1; 5], 0).unwrap());
    let basis = |left: &CategoricalProfile, right: &CategoricalProfile| {
        drift(&column(left.clone()), &column(right.clone()), &[Metric::Psi]).unwrap()[0].basis
    };
    assert_eq!(basis(&complete, &complete), Basis::Categories);
    assert_eq!(basis(&complete, &partial), Basis::FrequentItems);
    assert_eq!(basis(&partial, &complete), Basis::FrequentItems);
}

#[test]
fn mismatched_kinds_are_refused() {
    let numeric = ColumnProfile::Numeric(Box::new(NumericProfile::new(None)));
    let categorical = column(CategoricalProfile::new(None));
    let error = drift(&numeric, &categorical, &Metric::ALL).unwrap_err();
    assert_eq!(error, StatsError::KindMismatch { reference: "numeric", current: "categorical" });
    assert_eq!(
        error.to_string(),
        "both sides of a drift must be of one kind, got a numeric reference and a categorical current profile"
    );
}

#[test]
fn an_empty_side_has_no_drift_but_of_nulls() {
    let metrics_of = |reference: &ColumnProfile, current: &ColumnProfile| -> Vec<Metric> {
        drift(reference, current, &Metric::ALL).unwrap().iter().map(|drift| drift.metric).collect()
    };
    let full = column(profile(&named(REFERENCE), None));
    let empty = column(CategoricalProfile::new(None));
    assert_eq!(metrics_of(&full, &empty), []);
    assert_eq!(metrics_of(&empty, &full), []);
    let numeric = |values: &[f64]| support::profile(values, None);
    assert_eq!(metrics_of(&numeric(&[1.0]), &numeric(&[])), []);
    assert_eq!(metrics_of(&numeric(&[f64::NAN, f64::INFINITY]), &numeric(&[1.0])), [Metric::NullRate]);
}

#[test]
fn names_round_trip() {
    for metric in Metric::ALL {
        assert_eq!(metric.name().parse(), Ok(metric));
        assert_eq!(metric.to_string(), metric.name());
    }
    let error = "emd".parse::<Metric>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "metric must be one of psi, ks, jensen_shannon, wasserstein, chi_square, hellinger, kl, total_variation, \
         l_infinity, g_test, cramers_v, normalized_wasserstein, mean_shift, null_rate, unseen_rate, got \"emd\""
    );
    let bases = [Basis::BaselineBins, Basis::Sketch, Basis::Categories, Basis::FrequentItems, Basis::Moments];
    assert_eq!(
        bases.map(Basis::name),
        ["baseline_bins", "sketch", "categories", "frequent_items", "moments"]
    );
}

/// Counts of up to 60 names, far more than the small sketch below holds.
fn many_counts() -> impl Strategy<Value = Vec<(String, u64)>> {
    prop::collection::btree_map(0..60_u32, prop_oneof![3 => 1..10_u64, 1 => 100..1000_u64], 1..60)
        .prop_map(|counts| counts.into_iter().map(|(name, count)| (format!("name {name}"), count)).collect())
}

/// A profile whose sketch keeps 12 names.
fn crowded(counts: &[(String, u64)]) -> CategoricalProfile {
    let mut crowded = profile(counts, None);
    crowded.frequent = FrequentItems::new(12).unwrap();
    for (name, count) in counts {
        crowded.frequent.add(name, *count);
    }
    crowded
}

/// The counts in the bins that the two sketches decide on: certain items, then the rest.
fn binned(counts: &[(String, u64)], sides: [&CategoricalProfile; 2]) -> Vec<f64> {
    let certain = sides.iter().flat_map(|side| {
        let frequent = &side.frequent;
        frequent.items().into_iter().filter(|item| item.1 > frequent.error()).map(|item| item.0.to_owned())
    });
    let mut bins: BTreeMap<String, f64> = certain.map(|name| (name, 0.0)).collect();
    let mut rest = 0.0;
    for (name, count) in counts {
        *bins.get_mut(name).unwrap_or(&mut rest) += *count as f64;
    }
    bins.into_values().chain([rest]).collect()
}

proptest! {
    #[test]
    fn bounded_counts_hold_the_exact_distance(reference in many_counts(), current in many_counts()) {
        let (left, right) = (crowded(&reference), crowded(&current));
        let exact_bins = [binned(&reference, [&left, &right]), binned(&current, [&left, &right])];
        let found = drift(&column(left), &column(right), &Metric::ALL).unwrap();
        prop_assert_eq!(found.len(), 10);
        for drift in &found {
            let numbers = [drift.value, drift.low, drift.high, drift.noise_floor, drift.noise_q95];
            prop_assert!(numbers.iter().all(|number| number.is_finite() && *number >= 0.0), "{drift:?}");
            prop_assert!(drift.low <= drift.value && drift.value <= drift.high, "{drift:?}");
        }
        let exact = exact_psi(&exact_bins[0], &exact_bins[1]);
        prop_assert!(found[0].low <= exact + 1e-9 && exact <= found[0].high + 1e-9, "{:?} {exact}", found[0]);
    }

    #[test]
    fn no_distance_to_itself(counts in many_counts()) {
        let same = column(crowded(&counts));
        for drift in drift(&same, &same, &Metric::ALL).unwrap() {
            prop_assert!(drift.value <= 1e-6 && drift.low == 0.0, "{drift:?}");
        }
    }
}
