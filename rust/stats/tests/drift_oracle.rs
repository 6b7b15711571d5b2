//! Drift of drawn samples against scipy and numpy.

#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Arc;

use driftline_sketches::{BinCounts, Binning, ColumnProfile, TDigest, Tally};
use driftline_stats::drift::{Basis, BinLabel, BinShares, Drift, Metric, bins, drift};
use driftline_stats::special::{chi_square_survival, fisher_exact, kolmogorov_survival};
use support::{close, sample, table};

fn all(reference: &ColumnProfile, current: &ColumnProfile) -> Vec<Drift> {
    let found = drift(reference, current, &Metric::ALL).unwrap();
    let of_numbers = Metric::ALL.into_iter().filter(|&metric| metric != Metric::UnseenRate);
    assert_eq!(found.iter().map(|drift| drift.metric).collect::<Vec<_>>(), of_numbers.collect::<Vec<_>>());
    found
}

fn of(found: &[Drift], metric: Metric) -> &Drift {
    found.iter().find(|drift| drift.metric == metric).unwrap()
}

#[test]
fn distances_on_baseline_bins_are_exact() {
    for &(name, shape, reference, current, edges, (.., psi, js, chi_square, p_value)) in table::DRIFTS {
        let binning = Arc::new(Binning::new(edges.to_vec()).unwrap());
        let side = |arguments| support::profile(&sample(shape, arguments), Some(&binning));
        let found = all(&side(reference), &side(current));
        for (metric, expected) in
            [(Metric::Psi, psi), (Metric::JensenShannon, js), (Metric::ChiSquare, chi_square)]
        {
            let drift = of(&found, metric);
            assert!(close(drift.value, expected, 1e-11), "{name} {metric}: {drift:?}, numpy says {expected}");
            assert_eq!((drift.low, drift.high), (drift.value, drift.value), "{name} {metric}");
            assert_eq!(drift.basis, Basis::BaselineBins);
        }
        let found_p = of(&found, Metric::ChiSquare).p_value.unwrap();
        assert!((found_p / p_value - 1.0).abs() < 1e-9, "{name}: {found_p:e}, scipy says {p_value:e}");
    }
}

#[test]
fn further_distances_on_baseline_bins_are_exact() {
    for (&(name, shape, reference, current, edges, _), &(same_name, expected)) in
        table::DRIFTS.iter().zip(table::MORE_DRIFTS)
    {
        assert_eq!(name, same_name);
        let binning = Arc::new(Binning::new(edges.to_vec()).unwrap());
        let side = |arguments| support::profile(&sample(shape, arguments), Some(&binning));
        let found = all(&side(reference), &side(current));
        for &(metric, expected) in expected {
            if let Some(metric) = metric.strip_suffix(" p") {
                let p_value = of(&found, metric.parse().unwrap()).p_value.unwrap();
                let close = (p_value - expected).abs() <= 1e-9 * expected;
                assert!(close, "{name} {metric}: {p_value:e}, scipy says {expected:e}");
                continue;
            }
            let drift = of(&found, metric.parse().unwrap());
            if drift.metric == Metric::NormalizedWasserstein {
                assert_brackets(drift, expected, name);
                assert!((drift.value - expected).abs() < 0.02, "{name}: {drift:?}, scipy says {expected}");
                continue;
            }
            assert!(close(drift.value, expected, 1e-11), "{name}: {drift:?}, scipy says {expected}");
            assert_eq!((drift.low, drift.high), (drift.value, drift.value), "{name} {metric}");
        }
    }
}

#[test]
fn nulls_are_compared_as_shares() {
    let with_nulls = |rows: usize, nulls: u64| {
        let ColumnProfile::Numeric(mut profile) = support::profile(&support::bell(81, rows), None) else {
            unreachable!()
        };
        profile.add_nulls(nulls);
        ColumnProfile::Numeric(profile)
    };
    let null_rate = |reference: &ColumnProfile, current: &ColumnProfile| {
        drift(reference, current, &[Metric::NullRate]).unwrap().pop()
    };
    let found = null_rate(&with_nulls(900, 100), &with_nulls(300, 100)).unwrap();
    assert!(close(found.value, 0.15, 1e-12) && found.low == found.value && found.high == found.value);
    assert_eq!((found.n_reference, found.n_current, found.basis), (1000, 400, Basis::Moments));
    let p_value = found.p_value.unwrap();
    assert!(close(p_value / fisher_exact((100, 100), (900, 300)), 1.0, 1e-12), "{found:?}");
    let all_null = null_rate(&with_nulls(900, 100), &with_nulls(0, 50)).unwrap();
    assert!(close(all_null.value, 0.9, 1e-12));
    assert_eq!(null_rate(&with_nulls(900, 0), &with_nulls(0, 0)), None);
    assert_eq!(null_rate(&with_nulls(900, 0), &with_nulls(70, 0)).unwrap().p_value, Some(1.0));
}

#[test]
fn a_constant_reference_has_no_unit() {
    let constant = support::profile(&[3.0; 50], None);
    let found = drift(&constant, &support::profile(&support::bell(82, 40), None), &Metric::ALL).unwrap();
    let without = [Metric::MeanShift, Metric::NormalizedWasserstein];
    assert!(found.iter().all(|drift| !without.contains(&drift.metric)));
    assert_eq!(of(&found, Metric::KolmogorovSmirnov).value, 1.0);
}

#[test]
fn distances_of_distributions_are_bracketed_and_near() {
    for &(name, shape, reference, current, edges, (ks, wasserstein, ..)) in table::DRIFTS {
        let binning = Arc::new(Binning::new(edges.to_vec()).unwrap());
        for (binning, batch) in [(None, usize::MAX), (None, 100), (Some(&binning), 250)] {
            let side = |arguments| support::merged_profile(&sample(shape, arguments), binning, batch);
            let found = all(&side(reference), &side(current));
            let (found_ks, found_wasserstein) =
                (of(&found, Metric::KolmogorovSmirnov), of(&found, Metric::Wasserstein));
            assert_brackets(found_ks, ks, name);
            assert_brackets(found_wasserstein, wasserstein, name);
            let scale = if shape == "Skewed" { 0.25 } else { 1.0 };
            assert!((found_ks.value - ks).abs() < 0.02, "{name} {batch}: {found_ks:?}, scipy says {ks}");
            assert!(
                (found_wasserstein.value - wasserstein).abs() < 0.01 * scale,
                "{name} {batch}: {found_wasserstein:?}, scipy says {wasserstein}"
            );
        }
    }
}

fn assert_brackets(drift: &Drift, exact: f64, name: &str) {
    let slack = 1e-12 * exact.abs().max(1.0);
    assert!(drift.low - slack <= exact && exact <= drift.high + slack, "{name}: {drift:?} must hold {exact}");
    assert!(drift.low <= drift.value && drift.value <= drift.high, "{name}: {drift:?}");
}

#[test]
fn few_rows_are_exact() {
    let &(.., reference, current, _, (ks, wasserstein, ..)) = table::DRIFTS.last().unwrap();
    let found = all(
        &support::profile(&sample("Bell", reference), None),
        &support::profile(&sample("Bell", current), None),
    );
    assert!(close(of(&found, Metric::KolmogorovSmirnov).value, ks, 1e-12));
    assert!(close(of(&found, Metric::Wasserstein).value, wasserstein, 1e-12));
    assert_eq!((of(&found, Metric::Psi).n_reference, of(&found, Metric::Psi).n_current), (12, 7));
    assert_eq!(of(&found, Metric::Psi).recipe, "driftline");
}

#[test]
fn noise_is_that_of_the_sizes() {
    let &(_, shape, reference, current, edges, _) = &table::DRIFTS[0];
    let binning = Arc::new(Binning::new(edges.to_vec()).unwrap());
    let side = |arguments| support::profile(&sample(shape, arguments), Some(&binning));
    let found = all(&side(reference), &side(current));
    let sizes: f64 = 1.0 / 2000.0 + 1.0 / 800.0;
    let chi_square_q95 = 16.918_977_604_620_448;
    let (ks_mean, ks_q95) = table::KOLMOGOROV_MEAN_AND_Q95;
    let expected = [
        (Metric::Psi, 9.0 * sizes, chi_square_q95 * sizes),
        (Metric::ChiSquare, 9.0, chi_square_q95),
        (Metric::KolmogorovSmirnov, ks_mean * sizes.sqrt(), ks_q95 * sizes.sqrt()),
    ];
    for (metric, floor, q95) in expected {
        let drift = of(&found, metric);
        assert!(close(drift.noise_floor, floor, 1e-12) && close(drift.noise_q95, q95, 1e-12), "{drift:?}");
    }
}

#[test]
fn bins_of_two_baselines_are_not_compared() {
    let binning = |edge: f64| Arc::new(Binning::new(vec![edge]).unwrap());
    let (first, second) = (binning(0.0), binning(0.5));
    let rows = support::bell(31, 700);
    for (left, right) in [(Some(&first), Some(&second)), (Some(&first), None), (None, Some(&first))] {
        let found = all(&support::profile(&rows, left), &support::profile(&rows, right));
        let counted = |drift: &&Drift| drift.basis != Basis::Moments;
        assert!(found.iter().filter(counted).all(|drift| drift.basis == Basis::Sketch), "{found:?}");
        assert!(found.iter().all(|drift| drift.low <= 1e-12));
    }
}

#[test]
fn a_digest_without_ranges_is_still_near() {
    let &(_, shape, reference, current, _, (ks, wasserstein, ..)) = &table::DRIFTS[1];
    let foreign = |arguments| {
        let ColumnProfile::Numeric(mut profile) =
            support::merged_profile(&sample(shape, arguments), None, 500)
        else {
            unreachable!()
        };
        profile.set_digest(TDigest::from_bytes(&profile.digest().to_bytes()).unwrap());
        ColumnProfile::Numeric(profile)
    };
    let found = all(&foreign(reference), &foreign(current));
    let (found_ks, found_wasserstein) =
        (of(&found, Metric::KolmogorovSmirnov), of(&found, Metric::Wasserstein));
    assert_brackets(found_ks, ks, "foreign");
    assert_brackets(found_wasserstein, wasserstein, "foreign");
    assert!(found_ks.high - found_ks.low > 0.5, "nothing certifies the ranks: {found_ks:?}");
    assert!((found_ks.value - ks).abs() < 0.01, "{found_ks:?}, scipy says {ks}");
    assert!((found_wasserstein.value - wasserstein).abs() < 0.005, "{found_wasserstein:?}");
}

#[test]
fn a_bin_of_one_value_tells_the_distance_exactly() {
    let edges: Vec<f64> =
        (0..12).flat_map(|value| [f64::from(value).next_down(), f64::from(value)]).collect();
    let binning = Arc::new(Binning::new(edges).unwrap());
    let (reference, current) = (support::ties(41, 20_000), support::ties(42, 9_000));
    let side = |rows: &[f64]| support::merged_profile(rows, Some(&binning), 3000);
    let found = all(&side(&reference), &side(&current));
    let drift = of(&found, Metric::KolmogorovSmirnov);
    // Only the open bins between whole numbers are empty on both sides, so nothing is left open.
    assert_eq!(drift.basis, Basis::BaselineBins);
    assert!(close(drift.value, support::exact_ks(&reference, &current), 1e-12), "{drift:?}");
    assert!(drift.high - drift.low < 1e-12, "{drift:?}");
}

#[test]
fn counts_of_some_rows_are_not_used() {
    let binning = Arc::new(Binning::new(vec![-0.5, 0.0, 0.5]).unwrap());
    let rows = support::bell(61, 400);
    let complete = support::profile(&rows, Some(&binning));
    let ColumnProfile::Numeric(mut profile) = complete.clone() else { unreachable!() };
    profile.set_bins(Tally::Known(BinCounts::from_parts(binning, vec![1, 2, 3, 4]).unwrap()));
    let partial = ColumnProfile::Numeric(profile);
    assert_eq!(of(&all(&complete, &complete), Metric::Psi).basis, Basis::BaselineBins);
    assert_eq!(of(&all(&complete, &partial), Metric::Psi).basis, Basis::Sketch);
    assert_eq!(of(&all(&partial, &complete), Metric::Psi).basis, Basis::Sketch);
}

#[test]
fn p_values_are_taken_at_the_low_end() {
    let &(_, shape, reference, current, ..) = &table::DRIFTS[1];
    let side = |arguments| support::merged_profile(&sample(shape, arguments), None, 50);
    let found = all(&side(reference), &side(current));
    let (ks, chi_square) = (of(&found, Metric::KolmogorovSmirnov), of(&found, Metric::ChiSquare));
    assert!(ks.low > 0.0 && ks.low < ks.value && chi_square.low < chi_square.value);
    let scale = (2000.0 * 1500.0 / 3500.0_f64).sqrt();
    assert!(close(ks.p_value.unwrap() / kolmogorov_survival(scale * ks.low), 1.0, 1e-9));
    // The floor of chi-square is its degrees of freedom.
    let at_low = chi_square_survival(chi_square.low, chi_square.noise_floor);
    assert!(close(chi_square.p_value.unwrap() / at_low, 1.0, 1e-9));
}

#[test]
fn the_whole_range_of_numbers_does_not_overflow() {
    let wasserstein = |reference: &[f64], current: &[f64]| {
        let (reference, current) = (support::profile(reference, None), support::profile(current, None));
        drift(&reference, &current, &[Metric::Wasserstein]).unwrap()[0].clone()
    };
    let half_moves = wasserstein(&[-f64::MAX, f64::MAX], &[-f64::MAX, 0.5 * f64::MAX]);
    assert!((half_moves.value / (0.25 * f64::MAX) - 1.0).abs() < 1e-9, "{half_moves:?}");
    assert!(half_moves.noise_q95.is_finite());
    let beyond = wasserstein(&[-f64::MAX; 3], &[f64::MAX; 3]);
    assert_eq!((beyond.value, beyond.high), (f64::MAX, f64::MAX));
}

#[test]
fn whole_numbers_are_told_apart_without_bins() {
    let reference = support::ties(71, 40_000);
    let current: Vec<f64> = support::ties(72, 15_000).into_iter().map(|value| value.max(2.0)).collect();
    let side = |rows: &[f64]| support::merged_profile(rows, None, 500);
    let found = all(&side(&reference), &side(&current));
    let ks = of(&found, Metric::KolmogorovSmirnov);
    let exact = support::exact_ks(&reference, &current);
    assert_brackets(ks, exact, "ties");
    assert!((ks.value - exact).abs() < 0.002, "{ks:?}, the rows say {exact}");
}

#[test]
fn wasserstein_is_at_least_the_shift_of_the_means() {
    let &(_, shape, reference, current, ..) = &table::DRIFTS[1];
    let (reference, current) = (sample(shape, reference), sample(shape, current));
    let mean = |rows: &[f64]| rows.iter().sum::<f64>() / rows.len() as f64;
    let shift = mean(&current) - mean(&reference);
    let side = |rows: &[f64]| support::merged_profile(rows, None, 50);
    let found = all(&side(&reference), &side(&current));
    let low = of(&found, Metric::Wasserstein).low;
    assert!(close(low, shift, 1e-9), "a shift of all rows by {shift} must show, got {low}");
}

#[test]
fn bins_add_up_to_the_distance() {
    for &(name, shape, reference, current, edges, _) in table::DRIFTS {
        let binning = Arc::new(Binning::new(edges.to_vec()).unwrap());
        for binning in [Some(&binning), None] {
            let side = |arguments| support::merged_profile(&sample(shape, arguments), binning, 250);
            let (reference, current) = (side(reference), side(current));
            let table = bins(&reference, &current).unwrap().unwrap();
            let psi = of(&all(&reference, &current), Metric::Psi).clone();
            assert_eq!(table.basis, psi.basis);
            let sum: f64 = table.bins.iter().map(|bin| bin.psi).sum();
            assert!(close(sum, psi.value, 1e-9), "{name}: {sum} of {psi:?}");
            for shares in [|bin: &BinShares| bin.reference, |bin: &BinShares| bin.current] {
                let bounds = table.bins.iter().map(shares).fold((0.0, 0.0), |sum, (value, low, high)| {
                    assert!(low <= value && value <= high);
                    (sum.0 + low, sum.1 + high)
                });
                assert!(bounds.0 <= 1.0 + 1e-9 && bounds.1 >= 1.0 - 1e-9);
            }
        }
        let side = |arguments| support::profile(&sample(shape, arguments), Some(&binning));
        let found = bins(&side(reference), &side(current)).unwrap().unwrap().bins;
        let counted = support::bin_counts(&sample(shape, current), edges);
        assert_eq!(found[0].label, BinLabel::Range { above: None, to: Some(edges[0]) });
        assert_eq!(found.last().unwrap().label, BinLabel::Range { above: edges.last().copied(), to: None });
        for (bin, count) in found.iter().zip(counted) {
            assert!(close(bin.current.0, count / current.1 as f64, 1e-12), "{name}: {bin:?}");
        }
    }
}
