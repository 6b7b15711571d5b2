//! Drift of columns together against numpy, scipy and full kernel matrices, and by simulation.

#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Arc;

use driftline_sketches::joint::{
    Comoments, Frame, JointColumns, KnownCombinationsBuilder, ScaledSums, Scales, combination_hash,
};
use driftline_sketches::{JointProfile, Tally};
use driftline_stats::multivariate::{Finding, Metric, multivariate};
use driftline_stats::special::{beta_regularized, f_quantile, f_survival};
use support::{bell, close, skewed, uniforms};

#[rustfmt::skip]
#[allow(clippy::unreadable_literal, clippy::excessive_precision, missing_docs, unreachable_pub)]
#[path = "oracle/joint.rs"]
mod table;

const COLUMNS: usize = 4;

fn columns(count: usize) -> Arc<JointColumns> {
    let names = (0..count).map(|number| format!("column {number:02}")).collect();
    Arc::new(JointColumns::new("set".into(), names, Vec::new()).unwrap())
}

/// As `sample` of `oracle/make_joint.py`.
fn sample((seed, rows, shift, correlation): table::Drawn) -> Vec<Vec<f64>> {
    let mut drawn: Vec<Vec<f64>> = (0..COLUMNS as u64).map(|column| bell(seed * 10 + column, rows)).collect();
    let own = (1.0 - correlation * correlation).powf(0.5);
    for column in 1..COLUMNS {
        let (before, after) = drawn.split_at_mut(column);
        for (value, other) in after[0].iter_mut().zip(&before[column - 1]) {
            *value = correlation * other + own * *value;
        }
    }
    drawn.iter().map(|column| column.iter().map(|value| value + shift).collect()).collect()
}

/// The scales that a baseline of these records has.
fn scales(values: &[Vec<f64>]) -> Arc<Scales> {
    let mut moments = Comoments::new(values.len());
    moments.add_columns(values);
    let deviation = |at: usize| (moments.product(at, at) / (moments.count() - 1) as f64).sqrt();
    let deviations: Vec<f64> = (0..values.len()).map(deviation).collect();
    let range = |part: f64| {
        let at = |column: &Vec<f64>| {
            let mut sorted: Vec<f64> = column.iter().copied().step_by(2).collect();
            sorted.sort_by(f64::total_cmp);
            sorted[(part * (sorted.len() - 1) as f64).round() as usize]
        };
        values.iter().map(at).collect()
    };
    let means = moments.means().to_vec();
    Arc::new(Scales::new(columns(values.len()), means, deviations, range(0.001), range(0.999)).unwrap())
}

fn profile(values: &[Vec<f64>], scales: Option<&Arc<Scales>>) -> JointProfile {
    let frame = Frame { scales: scales.cloned(), known: None };
    let mut joint = JointProfile::new(columns(values.len()), frame);
    joint.add(values[0].len(), values, &[]);
    joint
}

fn compare(reference: &[Vec<f64>], current: &[Vec<f64>]) -> Vec<Finding> {
    let scales = scales(reference);
    let mut before = profile(reference, Some(&scales));
    // Strange records are counted among those that the range was not taken from.
    let others: Vec<Vec<f64>> =
        reference.iter().map(|column| column.iter().copied().skip(1).step_by(2).collect()).collect();
    let sums = before.scaled.known().unwrap();
    let outside = &scales.count_outside(&others)[..=reference.len()];
    let sums =
        ScaledSums::from_parts(Arc::clone(&scales), sums.features().clone(), sums.fourth_powers(), outside);
    before.scaled = Tally::Known(sums.unwrap());
    multivariate(&before, &profile(current, Some(&scales)))
}

fn find(found: &[Finding], metric: Metric) -> &Finding {
    found.iter().find(|finding| finding.metric == metric).unwrap()
}

#[test]
fn distances_and_p_values_agree() {
    for case in table::CASES {
        let (reference, current) = (sample(case.reference), sample(case.current));
        let joint = profile(&reference, None);
        assert!(close(joint.moments.product(0, 1), case.covariance[0], 1e-11), "{}", case.name);
        assert!(close(joint.moments.product(3, 3), case.covariance[1], 1e-11), "{}", case.name);
        // Without a baseline's scales the chances are those of normal columns, as the oracle's are.
        let found = multivariate(&joint, &profile(&current, None));
        for (metric, (value, p_value)) in [
            (Metric::MeanDistance, case.hotelling),
            (Metric::CovarianceDistance, case.box_m),
            (Metric::CorrelationChange, case.correlation),
        ] {
            let found = find(&found, metric);
            assert!(close(found.value, value, 1e-10), "{} {found:?}, expected {value}", case.name);
            let error = (found.p_value.unwrap() - p_value).abs();
            assert!(error <= 1e-7 * p_value + 1e-290, "{} {found:?}, expected {p_value}", case.name);
            assert!(found.low <= found.value && found.value <= found.high);
        }
    }
}

#[test]
fn the_kernel_distance_of_all_pairs_lies_within_the_interval() {
    for case in table::CASES {
        let found = compare(&sample(case.reference), &sample(case.current));
        let found = find(&found, Metric::SquaredMmd);
        assert!(found.low <= case.squared_mmd && case.squared_mmd <= found.high, "{} {found:?}", case.name);
        assert!((found.value - case.squared_mmd).abs() < 0.3 * case.squared_mmd + 1e-4, "{}", case.name);
    }
}

#[test]
fn the_laws_of_beta_and_f_agree() {
    for &(x, a, b, expected) in table::BETA {
        let found = beta_regularized(a, b, x);
        assert!((found - expected).abs() <= 1e-8 * expected, "{x} {a} {b} {found:e} {expected:e}");
    }
    for &(p, above, below, expected) in table::F_QUANTILE {
        let found = f_quantile(p, above, below);
        assert!(close(found, expected, 1e-6), "{p} {above} {below} {found} {expected}");
        assert!((f_survival(found, above, below) - (1.0 - p)).abs() < 1e-9);
    }
    assert_eq!((beta_regularized(1.0, 2.0, -1.0), beta_regularized(1.0, 2.0, 2.0)), (0.0, 1.0));
    assert_eq!((f_quantile(0.0, 1.0, 2.0), f_quantile(1.0, 1.0, 2.0)), (0.0, f64::INFINITY));
}

#[test]
fn a_turn_that_leaves_every_column_alone_is_found() {
    let found = compare(&sample((31, 3000, 0.0, 0.8)), &sample((32, 1000, 0.0, -0.8)));
    for metric in [Metric::CovarianceDistance, Metric::CorrelationChange, Metric::SquaredMmd] {
        let finding = find(&found, metric);
        assert!(finding.low > finding.noise_q95 && finding.p_value.unwrap() < 1e-6, "{finding:?}");
    }
    assert!(find(&found, Metric::MeanDistance).p_value.unwrap() > 1e-3);
    let change = find(&found, Metric::CorrelationChange);
    assert!((change.reference.unwrap() - 0.8).abs() < 0.1 && (change.current.unwrap() + 0.8).abs() < 0.1);
    assert_eq!(change.columns.len(), 2);
}

/// What chance alone gives.
#[derive(Debug, Default)]
struct Alarms {
    /// Trials in which the value exceeds the 95% quantile of noise, and those in which the p-value is below 0.05.
    above: f64,
    small: f64,
    /// The sum of the values over the noise floor.
    ratios: f64,
}

fn without_drift(
    trials: u64,
    draw: impl Fn(u64, usize) -> Vec<Vec<f64>>,
    rows: (usize, usize),
) -> Vec<(Metric, Alarms)> {
    let mut alarms: std::collections::BTreeMap<Metric, Alarms> = std::collections::BTreeMap::new();
    for trial in 0..trials {
        for finding in compare(&draw(2 * trial + 1000, rows.0), &draw(2 * trial + 1001, rows.1)) {
            let counted = alarms.entry(finding.metric).or_default();
            counted.above += f64::from(u8::from(finding.value > finding.noise_q95));
            counted.small += f64::from(u8::from(finding.p_value.unwrap() < 0.05));
            counted.ratios += finding.value / finding.noise_floor;
        }
    }
    alarms.into_iter().collect()
}

fn normal_like(seed: u64, rows: usize) -> Vec<Vec<f64>> {
    sample((seed, rows, 0.0, 0.5))
}

/// Products of bells: heavy tails, and correlated.
fn heavy(seed: u64, rows: usize) -> Vec<Vec<f64>> {
    let common: Vec<f64> = skewed(seed * 77, rows).iter().map(|value| 0.3 + 3.0 * value).collect();
    let drawn = sample((seed, rows, 0.0, 0.5));
    drawn
        .iter()
        .map(|column| column.iter().zip(&common).map(|(value, factor)| value * factor).collect())
        .collect()
}

/// Whole numbers in two columns, of which one is mostly the same.
fn discrete(seed: u64, rows: usize) -> Vec<Vec<f64>> {
    let column = |of: u64| uniforms(seed * 5 + of, rows);
    vec![
        column(1).iter().map(|u| (u * 3.0).floor()).collect(),
        column(2).iter().map(|u| f64::from(u8::from(*u < 0.1))).collect(),
    ]
}

type Draw = fn(u64, usize) -> Vec<Vec<f64>>;

#[test]
fn chance_alone_exceeds_the_quantile_as_rarely_as_stated() {
    let trials = 300;
    // Five percent, and what 300 trials add to it.
    let most = 0.05 + 4.0 * (0.05_f64 * 0.95 / trials as f64).sqrt();
    for rows in [(1000, 400), (300, 1500)] {
        for (name, draw) in [("normal", normal_like as Draw), ("heavy", heavy), ("discrete", discrete)] {
            let found = without_drift(trials, draw, rows);
            assert_eq!(found.len(), 5);
            for (metric, alarms) in found {
                let shares = [alarms.above, alarms.small].map(|count| count / trials as f64);
                assert!(shares.iter().all(|share| *share <= most), "{name} {metric:?} {rows:?}: {shares:?}");
                let ratio = alarms.ratios / trials as f64;
                if metric == Metric::SquaredMmd {
                    assert!((ratio - 1.0).abs() < 0.15, "{name} {rows:?}: {ratio}");
                }
            }
        }
    }
}

#[test]
fn a_relation_between_columns_that_breaks_is_certain() {
    let tied = |seed: u64, noise: f64| {
        let first = bell(seed, 500);
        let second = first.iter().zip(bell(seed + 1, 500)).map(|(value, other)| 2.0 * value + noise * other);
        vec![first.clone(), second.collect::<Vec<_>>()]
    };
    let same = compare(&tied(1, 0.0), &tied(3, 0.0));
    assert!(same.iter().all(|finding| finding.p_value.is_none_or(|p| p > 1e-3)), "{same:?}");
    let broken = compare(&tied(1, 0.0), &tied(3, 1e-3));
    assert!(find(&broken, Metric::CovarianceDistance).p_value.unwrap() < 1e-100);
}

#[test]
fn constant_columns_and_few_records_give_what_there_is() {
    let constant = vec![vec![1.0; 50], bell(1, 50)];
    let found = compare_unscaled(&constant, &[vec![1.0; 40], bell(2, 40)]);
    assert_eq!(found.len(), 2, "one column is left, and no correlation: {found:?}");
    assert_eq!(compare_unscaled(&[vec![1.0; 9], vec![2.0; 9]], &[vec![1.0; 9], vec![2.0; 9]]), []);
    assert_eq!(compare_unscaled(&[vec![1.0], vec![2.0]], &[vec![], vec![]]), []);
    let two = [vec![1.0, 2.0], vec![2.0, 5.0]];
    assert!(compare_unscaled(&two, &two).iter().all(|finding| finding.value.is_finite()));
    let other = JointColumns::new("other".into(), vec!["a".into(), "b".into()], Vec::new()).unwrap();
    let other = JointProfile::new(Arc::new(other), Frame::default());
    assert_eq!(multivariate(&profile(&two, None), &other), []);
}

fn compare_unscaled(reference: &[Vec<f64>], current: &[Vec<f64>]) -> Vec<Finding> {
    multivariate(&profile(reference, None), &profile(current, None))
}

#[test]
fn combinations_that_the_baseline_lacks_are_told_from_those_it_had_once() {
    let names = ["x", "y"].map(str::to_owned).to_vec();
    let columns = Arc::new(JointColumns::new("set".into(), Vec::new(), names).unwrap());
    let hashes = |seed: u64, rows: usize, crossed: bool| -> Vec<(u64, u64)> {
        let drawn = uniforms(seed, rows);
        let hash = |u: &f64| {
            let value = (u * u * 60.0) as u64;
            combination_hash(&[value, if crossed { 59 - value } else { value }])
        };
        drawn.iter().map(hash).collect()
    };
    let baseline = hashes(1, 400, false);
    let mut builder = KnownCombinationsBuilder::new(Arc::clone(&columns));
    builder.add(baseline.iter().map(|hash| hash.0));
    let own = builder.finish();
    let frame = Frame { scales: None, known: Some(Arc::clone(own.known())) };
    let mut reference = JointProfile::new(Arc::clone(&columns), frame.clone());
    reference.add(baseline.len(), &[], &baseline);
    reference.unseen = Tally::Known(own);
    let ask = |rows: &[(u64, u64)]| {
        let mut current = JointProfile::new(Arc::clone(&columns), frame.clone());
        current.add(rows.len(), &[], rows);
        multivariate(&reference, &current)
    };
    let same = ask(&hashes(2, 300, false));
    assert_eq!(same.len(), 1);
    assert!(same[0].p_value.unwrap() > 0.01 && same[0].value <= same[0].noise_q95, "{same:?}");
    let crossed = ask(&hashes(3, 300, true));
    assert!(crossed[0].current.unwrap() > 0.8 && crossed[0].p_value.unwrap() < 1e-30, "{crossed:?}");
    assert_eq!((crossed[0].n_reference, crossed[0].n_current), (400, 300));
}
