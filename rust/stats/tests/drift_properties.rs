//! Laws of drift over any finite rows.

#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Arc;

use driftline_sketches::{Binning, ColumnProfile};
use driftline_stats::drift::{Basis, Drift, Metric, drift};
use proptest::prelude::*;
use support::{
    bin_counts, close, exact_chi_square, exact_jensen_shannon, exact_ks, exact_psi, exact_wasserstein,
    merged_profile, profile,
};

/// Rows with heavy ties, one value, wide ranges, or plain numbers.
fn rows() -> impl Strategy<Value = Vec<f64>> {
    let value = prop_oneof![
        4 => -10.0..10.0_f64,
        2 => (0..5_i32).prop_map(f64::from),
        1 => Just(0.0),
        1 => (-1e6..1e6_f64).prop_map(|x| x * x * x),
    ];
    let tied = prop::collection::vec((0..3_i32).prop_map(f64::from), 1..300);
    prop_oneof![prop::collection::vec(value, 1..1500), tied, prop::collection::vec(Just(7.5), 1..50)]
}

/// Any finite numbers at all, the largest and smallest included.
fn extreme_rows() -> impl Strategy<Value = Vec<f64>> {
    let finite = any::<f64>().prop_filter("finite", |x| x.is_finite());
    let end = prop::sample::select(vec![f64::MAX, -f64::MAX, f64::MIN_POSITIVE, 5e-324, 0.0, -0.0, 1.0]);
    prop::collection::vec(prop_oneof![finite, end], 1..400)
}

fn edges() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::btree_set(-12..12_i32, 1..12)
        .prop_map(|edges| edges.into_iter().map(f64::from).collect())
}

fn all(reference: &ColumnProfile, current: &ColumnProfile) -> Vec<Drift> {
    drift(reference, current, &Metric::ALL).unwrap()
}

fn of(found: &[Drift], metric: Metric) -> &Drift {
    found.iter().find(|drift| drift.metric == metric).unwrap()
}

fn assert_sound(found: &[Drift]) {
    for drift in found {
        let numbers = [drift.value, drift.low, drift.high, drift.noise_floor, drift.noise_q95];
        assert!(numbers.iter().all(|number| number.is_finite() && *number >= 0.0), "{drift:?}");
        assert!(drift.low <= drift.value && drift.value <= drift.high, "{drift:?}");
        assert!(drift.p_value.is_none_or(|p_value| (0.0..=1.0).contains(&p_value)), "{drift:?}");
        let share = matches!(
            drift.metric,
            Metric::KolmogorovSmirnov
                | Metric::JensenShannon
                | Metric::Hellinger
                | Metric::TotalVariation
                | Metric::LInfinity
                | Metric::CramersV
        );
        assert!(!share || drift.high <= 1.0 + 1e-12, "{drift:?}");
    }
}

fn assert_holds(drift: &Drift, exact: f64, scale: f64) {
    let slack = 1e-11 * scale.max(exact);
    assert!(drift.low - slack <= exact && exact <= drift.high + slack, "{drift:?} must hold {exact}");
}

fn largest(rows: &[f64]) -> f64 {
    rows.iter().fold(0.0, |largest, row| row.abs().max(largest))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn intervals_hold_what_the_rows_say(
        reference in rows(), current in rows(), batch in 1..400_usize, edges in edges(), with_bins in any::<bool>(),
    ) {
        let binning = Arc::new(Binning::new(edges.clone()).unwrap());
        let binning = with_bins.then_some(&binning);
        let (left, right) = (merged_profile(&reference, binning, batch), merged_profile(&current, binning, batch));
        let found = all(&left, &right);
        assert_sound(&found);
        let scale = largest(&reference).max(largest(&current));
        assert_holds(of(&found, Metric::KolmogorovSmirnov), exact_ks(&reference, &current), 1.0);
        assert_holds(of(&found, Metric::Wasserstein), exact_wasserstein(&reference, &current), scale);

        let psi = of(&found, Metric::Psi);
        let edges = if with_bins {
            prop_assert_eq!(psi.basis, Basis::BaselineBins);
            edges
        } else {
            prop_assert_eq!(psi.basis, Basis::Sketch);
            let ColumnProfile::Numeric(left) = &left else { unreachable!() };
            Binning::from_digest(left.digest(), 10).unwrap().edges().to_vec()
        };
        let (left, right) = (bin_counts(&reference, &edges), bin_counts(&current, &edges));
        let rows_say = [
            (Metric::Psi, exact_psi(&left, &right), 1e-11),
            // A divergence known to 1e-16 is a distance known to 1e-8.
            (Metric::JensenShannon, exact_jensen_shannon(&left, &right), 1e-7),
            (Metric::ChiSquare, exact_chi_square(&left, &right), 1e-9),
        ];
        for (metric, exact, tolerance) in rows_say {
            let drift = of(&found, metric);
            let slack = tolerance * exact.max(1.0);
            prop_assert!(drift.low - slack <= exact && exact <= drift.high + slack, "{drift:?} {exact}");
            prop_assert!(!with_bins || close(drift.value, exact, tolerance), "{drift:?} {exact}");
        }
    }

    #[test]
    fn no_distance_to_itself(rows in rows(), batch in 1..400_usize, edges in edges(), with_bins in any::<bool>()) {
        let binning = Arc::new(Binning::new(edges).unwrap());
        let same = merged_profile(&rows, with_bins.then_some(&binning), batch);
        for drift in all(&same, &same) {
            let zero = if drift.metric == Metric::Wasserstein { 1e-11 * largest(&rows) } else { 1e-11 };
            prop_assert!(drift.value <= zero && drift.low <= zero, "{drift:?}");
            prop_assert!(drift.value <= drift.noise_q95 + zero, "{drift:?}");
            prop_assert!(drift.p_value.is_none_or(|p_value| p_value > 0.99), "{drift:?}");
        }
    }

    #[test]
    fn symmetric_on_common_bins(reference in rows(), current in rows(), edges in edges()) {
        let binning = Arc::new(Binning::new(edges).unwrap());
        let (left, right) = (profile(&reference, Some(&binning)), profile(&current, Some(&binning)));
        let scale = largest(&reference).max(largest(&current)).max(1.0);
        // The others are in units of the reference, or ask how surprising it is to whom expects the other.
        let one_way = [Metric::KullbackLeibler, Metric::NormalizedWasserstein, Metric::MeanShift];
        let both_ways: Vec<Metric> = Metric::ALL.into_iter().filter(|metric| !one_way.contains(metric)).collect();
        let (there, and_back) = (drift(&left, &right, &both_ways).unwrap(), drift(&right, &left, &both_ways).unwrap());
        for (forth, back) in there.iter().zip(and_back) {
            let tolerance = if forth.metric == Metric::Wasserstein { 1e-11 * scale } else { 1e-9 };
            prop_assert!(close(forth.value, back.value, tolerance), "{forth:?} {back:?}");
            prop_assert!(close(forth.low, back.low, tolerance) && close(forth.high, back.high, tolerance));
            prop_assert!(close(forth.noise_q95, back.noise_q95, tolerance));
        }
    }

    #[test]
    fn merged_batches_give_what_one_batch_gives_on_bins(
        reference in rows(), current in rows(), edges in edges(), batch in 1..400_usize,
    ) {
        let binning = Arc::new(Binning::new(edges).unwrap());
        let metrics = [
            Metric::Psi,
            Metric::JensenShannon,
            Metric::ChiSquare,
            Metric::Hellinger,
            Metric::KullbackLeibler,
            Metric::TotalVariation,
            Metric::LInfinity,
            Metric::GTest,
            Metric::CramersV,
        ];
        let whole = drift(&profile(&reference, Some(&binning)), &profile(&current, Some(&binning)), &metrics);
        let left = merged_profile(&reference, Some(&binning), batch);
        let right = merged_profile(&current, Some(&binning), batch);
        prop_assert_eq!(drift(&left, &right, &metrics), whole);
    }

    #[test]
    fn finite_for_any_finite_rows(
        reference in extreme_rows(), current in extreme_rows(), batch in 1..400_usize, with_bins in any::<bool>(),
    ) {
        let binning = Arc::new(Binning::new(vec![-1.0, 0.0, 1.0]).unwrap());
        let binning = with_bins.then_some(&binning);
        let left = merged_profile(&reference, binning, batch);
        let right = merged_profile(&current, binning, batch);
        let found = all(&left, &right);
        prop_assert!(found.len() >= 2);
        assert_sound(&found);
        assert_holds(of(&found, Metric::KolmogorovSmirnov), exact_ks(&reference, &current), 1.0);
    }
}
