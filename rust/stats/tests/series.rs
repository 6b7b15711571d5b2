//! Anomalies of series: what is told, and what is learnt.

#![allow(clippy::unwrap_used)]

mod support;

use driftline_stats::series::{Expectation, expectations};
use proptest::prelude::*;
use support::bell;

/// The standard deviation of what `bell` draws: four uniform numbers.
const DEVIATION: f64 = 0.577_350_269_189_625_7;

fn day(hour: usize) -> f64 {
    20.0 * (hour as f64 / 24.0 * std::f64::consts::TAU).sin()
}

fn traffic(seed: u64, hours: usize) -> Vec<Option<f64>> {
    let noise = bell(seed, hours);
    (0..hours).map(|hour| Some(100.0 + 0.05 * hour as f64 + day(hour) + noise[hour])).collect()
}

fn scores(series: &[Option<f64>], season: usize) -> Vec<f64> {
    expectations(series, season).into_iter().flatten().filter_map(|ahead| ahead.score).collect()
}

#[test]
fn season_trend_and_noise_are_expected() {
    let series = traffic(1, 24 * 40);
    let found = expectations(&series, 24);
    assert_eq!(found.len(), series.len() + 1);
    assert!(found[..48].iter().all(Option::is_none) && found[48..].iter().all(Option::is_some));
    let late: Vec<Expectation> = found[24 * 20..].iter().flatten().copied().collect();
    let scale = late.iter().map(|ahead| ahead.scale).sum::<f64>() / late.len() as f64;
    assert!((0.8..1.5).contains(&(scale / DEVIATION)), "the scale is {scale}");
    let far = late.iter().filter(|ahead| ahead.score.is_some_and(|score| score.abs() > 4.0)).count();
    assert!(far <= 2, "{far} windows are called far from what was expected");
    let next = late.last().unwrap();
    assert!(next.score.is_none());
    let hours = series.len();
    assert!((next.expected - (100.0 + 0.05 * hours as f64 + day(hours))).abs() < 1.5, "{next:?}");
}

#[test]
fn an_anomaly_is_told_and_not_learnt() {
    let mut series = traffic(2, 24 * 30);
    let spike = 24 * 20 + 5;
    series[spike] = Some(400.0);
    let found = expectations(&series, 24);
    assert!(found[spike].unwrap().score.unwrap() > 50.0);
    let clean = expectations(&traffic(2, 24 * 30), 24);
    for hour in spike + 1..spike + 49 {
        let apart = (found[hour].unwrap().expected - clean[hour].unwrap().expected).abs();
        assert!(apart < 2.0, "hour {hour} is expected {apart} away for a spike {} before", hour - spike);
    }
}

#[test]
fn a_missing_season_is_waited_out() {
    let mut series = traffic(3, 24 * 30);
    for gap in &mut series[24 * 15..24 * 16] {
        *gap = None;
    }
    let found = expectations(&series, 24);
    assert!(found[24 * 15 + 3].unwrap().score.is_none());
    let after = found[24 * 16..24 * 17].iter().filter_map(|ahead| ahead.unwrap().score);
    assert!(after.into_iter().all(|score| score.abs() < 6.0));
}

#[test]
fn a_new_level_is_told_and_then_expected() {
    let noise = bell(4, 400);
    let series: Vec<Option<f64>> =
        (0..400).map(|window| Some(noise[window] + if window < 200 { 10.0 } else { 20.0 })).collect();
    let scores = scores(&series, 1);
    let change = scores.len() - 200;
    assert!(scores[change] > 8.0);
    assert!(scores[change + 150..].iter().all(|score| score.abs() < 5.0));
}

#[test]
fn too_little_to_start_with() {
    assert_eq!(expectations(&[], 1), [None]);
    assert_eq!(expectations(&[Some(1.0); 9], 1), [None; 10]);
    assert!(expectations(&[Some(1.0); 10], 1)[10].is_some());
    assert_eq!(expectations(&[Some(1.0); 30], 24), [None; 31]);
    assert_eq!(expectations(&[Some(f64::NAN); 30], 1), [None; 31]);
}

proptest! {
    #[test]
    fn moved_and_scaled_series_are_expected_alike(
        seed in any::<u64>(), by in -1e3..1e3_f64, times in 1e-3..1e3_f64,
    ) {
        let series = traffic(seed, 24 * 5);
        let other: Vec<Option<f64>> = series.iter().map(|value| value.map(|value| by + times * value)).collect();
        for (one, other) in scores(&series, 24).into_iter().zip(scores(&other, 24)) {
            prop_assert!((one - other).abs() < 1e-4 * (1.0 + one.abs()), "{one} {other}");
        }
    }

    #[test]
    fn whatever_comes_is_a_number(
        series in prop::collection::vec(prop::option::of(-1e100..1e100_f64), 0..80), season in 1..13_usize,
    ) {
        for ahead in expectations(&series, season).into_iter().flatten() {
            prop_assert!(ahead.expected.is_finite() && ahead.scale > 0.0, "{ahead:?}");
            prop_assert!(ahead.score.is_none_or(|score| !score.is_nan()));
        }
    }

    #[test]
    fn constants_are_expected(value in -1e6..1e6_f64, count in 10..60_usize) {
        for ahead in expectations(&vec![Some(value); count], 1).into_iter().flatten() {
            prop_assert!((ahead.expected - value).abs() <= 1e-9 * (1.0 + value.abs()), "{ahead:?}");
        }
    }
}
