//! Which numbers of a series are called anomalies.

#![allow(clippy::unwrap_used)]

mod support;

use driftline_stats::series::{Judgement, Observation, Sampling, anomalies, needed};
use proptest::prelude::*;
use support::{bell, uniforms};

const ERROR: f64 = 0.05;

fn exact(values: impl IntoIterator<Item = f64>) -> Vec<Option<Observation>> {
    values.into_iter().map(|value| Some(Observation::exact(value, Sampling::Deviation(0.0)))).collect()
}

fn places(judged: &[Option<Judgement>]) -> Vec<usize> {
    let is_anomaly = |each: &Option<Judgement>| each.is_some_and(|each| each.is_anomaly == Some(true));
    (0..judged.len()).filter(|&place| is_anomaly(&judged[place])).collect()
}

/// Nearly normal numbers: sums of twelve uniform ones.
fn normals(seed: u64, count: usize) -> Vec<f64> {
    uniforms(seed, 12 * count).chunks(12).map(|each| each.iter().sum::<f64>() - 6.0).collect()
}

/// A daily number with a weekly tide.
fn weekly(seed: u64, days: usize) -> Vec<f64> {
    let noise = bell(seed, days);
    (0..days).map(|day| 100.0 + if day % 7 >= 5 { -20.0 } else { 3.0 } + noise[day]).collect()
}

#[test]
fn quiet_series_are_rarely_called() {
    for (periods, season) in [(30, 1), (100, 1), (60, 7), (365, 7), (200, 24)] {
        let draws = 300;
        let mut called = 0;
        for draw in 0..draws {
            let noise = normals(1_000_003 * (draw + 1), periods);
            let angle = std::f64::consts::TAU / season as f64;
            let tide = |place: usize| 5.0 * (place as f64 * angle).sin();
            let series = exact(noise.iter().enumerate().map(|(place, noise)| 50.0 + tide(place) + noise));
            called += usize::from(!places(&anomalies(&series, season, ERROR)).is_empty());
        }
        // Three standard errors above the level.
        assert!(called <= 26, "{called} of {draws} called, {periods} periods and a season of {season}");
    }
}

#[test]
fn spikes_and_dips_are_called_and_nothing_else() {
    let mut values = weekly(3, 120);
    values[70] += 30.0;
    values[95] -= 15.0;
    assert_eq!(places(&anomalies(&exact(values), 7, ERROR)), [70, 95]);
}

#[test]
fn a_new_level_is_called_until_it_is_learnt() {
    let mut values = weekly(4, 150);
    values[90..].iter_mut().for_each(|value| *value += 25.0);
    let called = places(&anomalies(&exact(values), 7, ERROR));
    assert_eq!(called[0], 90);
    assert!(called.iter().all(|place| (90..120).contains(place)), "{called:?}");
}

#[test]
fn tides_and_trends_are_no_anomalies_and_are_told() {
    let values: Vec<f64> =
        weekly(5, 200).iter().enumerate().map(|(day, value)| value + 0.5 * day as f64).collect();
    let judged = anomalies(&exact(values), 7, ERROR);
    assert_eq!(places(&judged), []);
    let last = judged[200].unwrap();
    assert!(last.is_anomaly.is_none() && (0.3..0.7).contains(&last.expectation.trend), "{last:?}");
    // Day 200 is the fourth after a start at 0: no weekend; 202 would be one.
    let weekend = judged[194].unwrap().expectation;
    assert!(weekend.season < -10.0 && last.expectation.season > -3.0, "{weekend:?}");
    assert!((last.expectation.level + last.expectation.season - last.expectation.expected).abs() < 1e-9);
}

#[test]
fn what_is_missing_is_not_judged() {
    let mut series = exact(weekly(6, 100));
    series[60..63].fill(None);
    let judged = anomalies(&series, 7, ERROR);
    assert!(judged[61].unwrap().is_anomaly.is_none() && judged[61].unwrap().high.is_finite());
    assert_eq!(places(&judged), []);
    assert_eq!(judged.len(), 101);
    assert!(judged[..needed(7)].iter().all(Option::is_none) && judged[needed(7)].is_some());
    let short = anomalies(&series[..needed(7) - 1], 7, ERROR);
    assert!(short.iter().all(Option::is_none));
}

#[test]
fn what_the_sketch_does_not_know_is_no_anomaly() {
    let mut series = exact(weekly(7, 80));
    let (value, low, high) = (150.0, 100.0, 160.0);
    series[50] = Some(Observation { value, low, high, sampling: Sampling::Deviation(0.0) });
    assert_eq!(places(&anomalies(&series, 7, ERROR)), []);
    series[50] = Some(Observation { value, low: 140.0, high, sampling: Sampling::Deviation(0.0) });
    assert_eq!(places(&anomalies(&series, 7, ERROR)), [50]);
    // Few rows move a mean by chance.
    series[50] = Some(Observation { value, low: 140.0, high, sampling: Sampling::Deviation(20.0) });
    assert_eq!(places(&anomalies(&series, 7, ERROR)), []);
}

#[test]
fn the_first_null_is_no_anomaly_and_many_are() {
    let rows = 1000;
    let share = |hits: u64| Some(Observation::exact(hits as f64 / 1000.0, Sampling::Share { rows }));
    let mut series = vec![share(0); 60];
    series[40] = share(1);
    assert_eq!(places(&anomalies(&series, 1, ERROR)), []);
    series[50] = share(40);
    assert_eq!(places(&anomalies(&series, 1, ERROR)), [50]);
    // From the other end: of rows that all are null a few no longer are.
    let mut full = vec![share(1000); 60];
    full[40] = share(999);
    full[50] = share(900);
    assert_eq!(places(&anomalies(&full, 1, ERROR)), [50]);
}

#[test]
fn a_few_events_more_are_no_anomaly() {
    let events = |count: f64| Some(Observation::exact(count, Sampling::Events));
    let mut series = vec![events(9.0); 60];
    series[40] = events(14.0);
    assert_eq!(places(&anomalies(&series, 1, ERROR)), []);
    series[40] = events(60.0);
    assert_eq!(places(&anomalies(&series, 1, ERROR)), [40]);
}

proptest! {
    #[test]
    fn bounds_hold_what_is_expected(
        values in prop::collection::vec(prop::option::of(-1e9..1e9_f64), 0..60),
        rows in prop::option::of(1_u64..1_000_000),
        season in 1..9_usize,
    ) {
        let observation = |value: f64| match rows {
            Some(rows) => Observation::exact((value / 1e9).abs(), Sampling::Share { rows }),
            None => Observation::exact(value, Sampling::Deviation(1.0)),
        };
        let series: Vec<_> = values.into_iter().map(|value| value.map(observation)).collect();
        let judged = anomalies(&series, season, ERROR);
        prop_assert_eq!(judged.len(), series.len() + 1);
        for each in judged.into_iter().flatten() {
            prop_assert!(each.low <= each.high, "{each:?}");
            let expected = each.expectation.expected;
            let expected = if rows.is_some() { expected.clamp(0.0, 1.0) } else { expected };
            prop_assert!(each.low <= expected && expected <= each.high, "{each:?}");
        }
    }
}
