//! Recipes against the libraries that they are of: the interval holds what the library says, and where the
//! state is exact the number is the library's.

#![allow(clippy::unwrap_used)]

mod support;

use driftline_sketches::{CategoricalProfile, ColumnProfile, coupon_of_bytes};
use driftline_stats::StatsError;
use driftline_stats::drift::Metric::{
    ChiSquare, Hellinger, JensenShannon, KolmogorovSmirnov, KullbackLeibler, LInfinity, Psi, Wasserstein,
};
use driftline_stats::drift::{Comparer, Drift, Metric, Prepared, Recipe, bins};
use proptest::prelude::*;
use support::{close, sample};

#[rustfmt::skip]
#[allow(clippy::unreadable_literal, clippy::excessive_precision, clippy::type_complexity)]
#[path = "oracle/evidently.rs"]
#[allow(unreachable_pub)]
mod evidently;

#[rustfmt::skip]
#[allow(clippy::unreadable_literal, clippy::excessive_precision, clippy::type_complexity)]
#[path = "oracle/nannyml.rs"]
#[allow(unreachable_pub)]
mod nannyml;

#[rustfmt::skip]
#[allow(clippy::unreadable_literal, clippy::excessive_precision, clippy::type_complexity)]
#[path = "oracle/scouter.rs"]
#[allow(unreachable_pub)]
mod scouter;

#[rustfmt::skip]
#[allow(clippy::unreadable_literal, clippy::excessive_precision, clippy::type_complexity)]
#[path = "oracle/whylogs.rs"]
#[allow(unreachable_pub)]
mod whylogs;

type Numbers = (&'static str, (u64, usize, f64), (u64, usize, f64), &'static [(&'static str, f64)]);
type Categories = (&'static [u64], &'static [u64], &'static [(&'static str, f64)]);

/// How far an estimate may be from the library's number, beside the number and by itself.
const NEAR: (f64, f64) = (0.05, 0.005);

fn letters(counts: &[u64]) -> ColumnProfile {
    let present: Vec<(String, u64)> = counts
        .iter()
        .zip('a'..)
        .filter(|(count, _)| **count > 0)
        .map(|(count, letter)| (letter.to_string(), *count))
        .collect();
    let coupons: Vec<u32> = present.iter().map(|(letter, _)| coupon_of_bytes(letter.as_bytes())).collect();
    let counts: Vec<u64> = present.iter().map(|(_, count)| *count).collect();
    let mut profile = CategoricalProfile::new(None);
    profile.add_counted(&coupons, &counts, |index| present[index].0.as_bytes());
    ColumnProfile::Categorical(Box::new(profile))
}

fn only(recipe: Recipe, reference: &ColumnProfile, current: &ColumnProfile, name: &str) -> Drift {
    let metric: Metric = name.trim_end_matches(" p").parse().unwrap();
    let mut found = recipe.drift(reference, current, &[metric]).unwrap();
    assert_eq!(found.len(), 1, "{recipe} has no {name}");
    let drift = found.remove(0);
    assert_eq!((drift.metric, drift.recipe), (metric, recipe.name()));
    assert!(drift.low <= drift.value && drift.value <= drift.high, "{drift:?}");
    drift
}

fn check_numbers(recipe: Recipe, table: &[Numbers]) {
    for &(shape, reference, current, expected) in table {
        for batch in [usize::MAX, 1000] {
            let side = |arguments| support::merged_profile(&sample(shape, arguments), None, batch);
            let (before, now) = (side(reference), side(current));
            for &(name, expected) in expected {
                let drift = only(recipe, &before, &now, name);
                let slack = 1e-9 * expected.max(1.0);
                let holds = drift.low - slack <= expected && expected <= drift.high + slack;
                assert!(holds, "{shape} {reference:?} {current:?}: {recipe} says {expected}, {drift:?}");
                let near = (drift.value - expected).abs() <= NEAR.0 * expected + NEAR.1;
                assert!(near, "{shape} {reference:?} {current:?}: {recipe} says {expected}, {drift:?}");
                if drift.low == drift.high {
                    assert!(close(drift.value, expected, 1e-9), "{drift:?} {expected}");
                }
            }
        }
    }
}

fn check_categories(recipe: Recipe, table: &[Categories]) {
    for &(reference, current, expected) in table {
        let (before, now) = (letters(reference), letters(current));
        for &(name, expected) in expected {
            let drift = only(recipe, &before, &now, name);
            if name.ends_with(" p") {
                let p_value = drift.p_value.unwrap();
                assert!(
                    (p_value - expected).abs() <= 1e-9 * expected,
                    "{recipe} says {expected:e}, {drift:?}"
                );
                continue;
            }
            assert!(close(drift.value, expected, 1e-11), "{recipe} says {expected}, {drift:?}");
            assert_eq!((drift.low, drift.high), (drift.value, drift.value));
        }
    }
}

#[test]
fn evidently_agrees() {
    check_numbers(Recipe::Evidently, evidently::NUMBERS);
    check_categories(Recipe::Evidently, evidently::CATEGORIES);
}

#[test]
fn nannyml_agrees() {
    check_numbers(Recipe::Nannyml, nannyml::NUMBERS);
    check_categories(Recipe::Nannyml, nannyml::CATEGORIES);
}

#[test]
fn scouter_agrees() {
    check_numbers(Recipe::Scouter, scouter::NUMBERS);
    check_categories(Recipe::Scouter, scouter::CATEGORIES);
}

#[test]
fn whylogs_agrees() {
    check_numbers(Recipe::Whylogs, whylogs::NUMBERS);
    check_categories(Recipe::Whylogs, whylogs::CATEGORIES);
}

#[test]
fn what_a_library_does_not_have_is_left_out() {
    let numbers = support::profile(&support::bell(1, 100), None);
    let text = letters(&[5, 3]);
    let metrics = |recipe: Recipe, profile: &ColumnProfile| -> Vec<Metric> {
        let found = recipe.drift(profile, profile, &Metric::ALL).unwrap();
        found.iter().map(|drift| drift.metric).collect()
    };
    let of_evidently = [Psi, KolmogorovSmirnov, JensenShannon, Wasserstein, Hellinger, KullbackLeibler];
    assert_eq!(metrics(Recipe::Evidently, &numbers), of_evidently);
    assert_eq!(
        metrics(Recipe::Evidently, &text),
        [Psi, JensenShannon, ChiSquare, Hellinger, KullbackLeibler]
    );
    assert_eq!(
        metrics(Recipe::Nannyml, &numbers),
        [KolmogorovSmirnov, JensenShannon, Wasserstein, Hellinger]
    );
    assert_eq!(metrics(Recipe::Nannyml, &text), [JensenShannon, ChiSquare, Hellinger, LInfinity]);
    assert_eq!(metrics(Recipe::Scouter, &numbers), [Psi]);
    assert_eq!(metrics(Recipe::Scouter, &text), [Psi]);
    assert_eq!(metrics(Recipe::Whylogs, &numbers), [KolmogorovSmirnov, Hellinger]);
    assert_eq!(metrics(Recipe::Whylogs, &text), [ChiSquare]);
    assert_eq!(Recipe::Driftline.drift(&numbers, &numbers, &Metric::ALL).unwrap().len(), 14);
    assert!(matches!(
        Recipe::Nannyml.drift(&numbers, &text, &Metric::ALL),
        Err(StatsError::KindMismatch { .. })
    ));
    let empty = support::profile(&[], None);
    for recipe in Recipe::ALL {
        assert_eq!(recipe.drift(&numbers, &empty, &Metric::ALL).unwrap(), []);
    }
}

#[test]
fn those_who_name_no_metric_get_what_the_library_has() {
    let numbers = support::profile(&support::bell(1, 100), None);
    let text = letters(&[5, 3]);
    for recipe in Recipe::ALL {
        let has = |metric: Metric| {
            let found = [&numbers, &text].map(|side| recipe.drift(side, side, &[metric]).unwrap().len());
            found.contains(&1)
        };
        let all: Vec<Metric> = Metric::ALL.into_iter().filter(|metric| has(*metric)).collect();
        let mut usual = recipe.usual().to_vec();
        usual.sort_unstable();
        let expected = if recipe == Recipe::Driftline { Metric::USUAL.to_vec() } else { all };
        assert_eq!(usual, expected, "{recipe}");
    }
}

#[test]
fn a_comparison_is_the_distances_and_the_bins_that_add_most() {
    let side = |shift| support::profile(&sample("Bell", (7, 2000, shift)), None);
    let (before, now) = (side(0.0), side(0.5));
    for recipe in Recipe::ALL {
        let found = Comparer::new(recipe, recipe.usual(), 2).compare(&before, None, &now).unwrap();
        assert_eq!(found.distances, recipe.drift(&before, &now, recipe.usual()).unwrap());
        let mut all = bins(&before, &now).unwrap().unwrap().bins;
        all.sort_by(|one, other| other.psi.total_cmp(&one.psi));
        assert_eq!(found.bins, all[..2]);
        assert!(
            Comparer::new(recipe, recipe.usual(), 0).compare(&before, None, &now).unwrap().bins.is_empty()
        );
        let prepared = Prepared::new(&before);
        assert_eq!(
            Comparer::new(recipe, recipe.usual(), 2).compare(&before, Some(&prepared), &now).unwrap(),
            found
        );
    }
    // Bins that add nothing are not named.
    assert!(
        Comparer::new(Recipe::Driftline, &[Psi], 9).compare(&before, None, &before).unwrap().bins.is_empty()
    );
}

#[test]
fn names_round_trip() {
    for recipe in Recipe::ALL {
        assert_eq!(recipe.to_string().parse(), Ok(recipe));
    }
    let error = "evident".parse::<Recipe>().unwrap_err().to_string();
    assert_eq!(
        error,
        "recipe must be one of driftline, evidently, nannyml, scouter, whylogs, got \"evident\""
    );
}

/// Any finite numbers at all, often few different ones.
fn rows() -> impl Strategy<Value = Vec<f64>> {
    let finite = any::<f64>().prop_filter("finite", |x| x.is_finite());
    let end = prop::sample::select(vec![f64::MAX, -f64::MAX, 5e-324, 0.0, -0.0, 1.0]);
    let few = (0..30_i32).prop_map(f64::from);
    prop_oneof![
        prop::collection::vec(prop_oneof![finite, end, -10.0..10.0_f64], 1..300),
        prop::collection::vec(few, 1..600),
        prop::collection::vec(Just(7.5), 1..30),
    ]
}

proptest! {
    #[test]
    fn whatever_the_rows_are_intervals_hold_their_values(
        reference in rows(), current in rows(), batch in 1..400_usize,
    ) {
        let side = |rows: &[f64]| support::merged_profile(rows, None, batch);
        for recipe in Recipe::ALL {
            for drift in recipe.drift(&side(&reference), &side(&current), &Metric::ALL).unwrap() {
                let numbers = [drift.value, drift.low, drift.high, drift.noise_floor, drift.noise_q95];
                prop_assert!(numbers.iter().all(|number| *number >= 0.0), "{drift:?}");
                prop_assert!(drift.low <= drift.value && drift.value <= drift.high, "{drift:?}");
                prop_assert!(drift.p_value.is_none_or(|p| (0.0..=1.0).contains(&p)), "{drift:?}");
            }
        }
    }
}
