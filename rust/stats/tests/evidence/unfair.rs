//! The mean of what a bet becomes is at most one while nothing has moved: summed over everything that
//! can happen, so that no draw decides.

use driftline_stats::evidence::{BlockDetector, Detector, Laws, TwoSample};
use proptest::prelude::*;

use super::draws::{all_counts, chance};

const WINDOWS: usize = 3;
const ROUNDING: f64 = 1e-7;

/// Shares in three bins, on the way from those of the baseline in some direction, as far as the
/// divergence `most` lets them.
fn shares_near(laws: &Laws, way: (f64, f64), most: f64) -> Vec<f64> {
    let to = [way.0.min(way.1), (way.0 - way.1).abs(), 1.0 - way.0.max(way.1)];
    let at = |way: f64| -> Vec<f64> {
        laws.shares().iter().zip(to).map(|(share, to)| (1.0 - way) * share + way * to).collect()
    };
    let divergence = |law: &[f64]| -> f64 {
        let bins = laws.shares().iter().zip(law).filter(|(share, _)| **share > 0.0);
        bins.map(|(share, other)| share * (share / other).ln()).sum()
    };
    if most == 0.0 {
        return laws.shares().to_vec();
    }
    let (mut inside, mut outside) = (0.0, 1.0);
    for _ in 0..50 {
        let middle = 0.5 * (inside + outside);
        if divergence(&at(middle)) <= most { inside = middle } else { outside = middle }
    }
    at(inside)
}

/// Shares in three bins, each within its range; `way` says where.
fn shares_within(laws: &Laws, way: (f64, f64)) -> Option<[f64; 3]> {
    let ranges: Vec<(f64, f64)> = laws.ranges().collect();
    let first = ranges[0].0 + way.0 * (ranges[0].1 - ranges[0].0);
    let least = ranges[1].0.max(1.0 - first - ranges[2].1);
    let most = ranges[1].1.min(1.0 - first - ranges[2].0);
    let second = least + way.1 * (most - least);
    (least <= most).then_some([first, second, 1.0 - first - second])
}

/// The mean of the e-value after all courses of three windows.
fn mean_over_all_courses<D: Clone>(
    start: &D,
    steps: &[Vec<(Vec<u64>, f64)>],
    observe: &impl Fn(&mut D, &[u64]),
    log_e_value: &impl Fn(&D) -> f64,
) -> f64 {
    let Some((step, later)) = steps.split_first() else {
        return log_e_value(start).exp();
    };
    step.iter()
        .filter(|(_, chance)| *chance > 0.0)
        .map(|(counts, chance)| {
            let mut next = start.clone();
            observe(&mut next, counts);
            chance * mean_over_all_courses(&next, later, observe, log_e_value)
        })
        .sum()
}

fn draws_of(records: u64, shares: &[f64]) -> Vec<(Vec<u64>, f64)> {
    let all = all_counts(shares.len(), records).into_iter();
    all.map(|(counts, orders)| (counts.clone(), chance(&counts, orders, shares))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn detectors_gain_nothing_on_any_law_within(
        baseline in prop::collection::vec(0..30_u64, 3),
        tolerance in prop_oneof![Just(0.0), 0.0..0.1_f64],
        records in prop::collection::vec(1..5_u64, WINDOWS),
        ways in prop::collection::vec((0.0..=1.0_f64, 0.0..=1.0_f64), WINDOWS),
    ) {
        prop_assume!(baseline.iter().sum::<u64>() > 0);
        let laws = Laws::of_baseline(&baseline, 0.0, tolerance).unwrap();
        let steps: Vec<_> = records
            .iter()
            .zip(&ways)
            .map(|(&records, &way)| draws_of(records, &shares_near(&laws, way, tolerance)))
            .collect();
        let mean = mean_over_all_courses(
            &Detector::new(laws), &steps, &|detector, counts| detector.observe(counts), &Detector::log_e_value,
        );
        prop_assert!(mean <= 1.0 + ROUNDING, "the mean of the e-value is {mean}");
    }

    /// All records of a block are one and the same draw: as dependent as can be.
    #[test]
    fn block_detectors_gain_nothing_on_bursts(
        baseline in prop::collection::vec(0..30_u64, 3),
        tolerance in prop_oneof![Just(0.0), 0.0..0.1_f64],
        ways in prop::collection::vec((0.0..=1.0_f64, 0.0..=1.0_f64), 2 * WINDOWS),
    ) {
        prop_assume!(baseline.iter().sum::<u64>() > 0);
        let laws = Laws::of_baseline(&baseline, 0.2, tolerance).unwrap();
        let bursts = |shares: [f64; 3]| {
            shares.iter().enumerate().map(|(bin, &share)| {
                let mut counts = vec![0; 3];
                counts[bin] = 1000;
                (counts, share)
            }).collect::<Vec<_>>()
        };
        let steps: Option<Vec<_>> = ways.iter().map(|&way| Some(bursts(shares_within(&laws, way)?))).collect();
        prop_assume!(steps.is_some());
        let mean = mean_over_all_courses(
            &BlockDetector::new(laws), &steps.unwrap(), &|detector, counts| detector.observe(counts), &BlockDetector::log_e_value,
        );
        prop_assert!(mean <= 1.0 + ROUNDING, "the mean of the e-value is {mean}");
    }

    /// Both sides have one law, which is another in every window.
    #[test]
    fn two_samples_gain_nothing_on_one_law(
        records in prop::collection::vec((1..4_u64, 1..4_u64), WINDOWS),
        weights in prop::collection::vec(prop::collection::vec(0.01..1.0_f64, 3), WINDOWS),
    ) {
        let steps: Vec<_> = records.iter().zip(&weights).map(|(&(control, canary), weights)| {
            let sum: f64 = weights.iter().sum();
            let shares: Vec<f64> = weights.iter().map(|weight| weight / sum).collect();
            let (control, canary) = (draws_of(control, &shares), draws_of(canary, &shares));
            control.iter().flat_map(|(left, chance)| {
                canary.iter().map(move |(right, other)| ([left.clone(), right.clone()].concat(), chance * other))
            }).collect::<Vec<_>>()
        }).collect();
        let mean = mean_over_all_courses(
            &TwoSample::new(3), &steps, &|test, counts| test.observe(&counts[..3], &counts[3..]), &TwoSample::log_e_value,
        );
        prop_assert!(mean <= 1.0 + ROUNDING, "the mean of the e-value is {mean}");
    }
}
