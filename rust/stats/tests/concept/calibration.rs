use driftline_sketches::Classification;
use driftline_stats::concept::{CalibrationWatch, NotWatched};
use driftline_stats::evidence::ErrorBudget;

use super::stream::Stream;

const LEVEL: f64 = 0.05;

fn even(uniform: f64) -> f64 {
    uniform
}

/// Scores that crowd below, most of them inside the lowest strata of an even reference.
fn crowded(uniform: f64) -> f64 {
    uniform.powi(3)
}

/// What the labels are like at a score: the model is sure of itself where it should not be.
fn relation(score: f64) -> f64 {
    0.1 + 0.7 * score
}

fn flipped_above(score: f64) -> f64 {
    if score > 0.8 { 1.0 - relation(score) } else { relation(score) }
}

fn watch(reference: &Classification) -> (CalibrationWatch, f64) {
    let budget = ErrorBudget::new(LEVEL, 1);
    let watch = CalibrationWatch::new(reference, budget.of_one_baseline()).unwrap();
    (watch, -budget.of_discoveries().ln())
}

/// Whether it ever says that the relation has moved.
fn alarms(seed: u64, windows: usize, draw: fn(f64) -> f64, chance: fn(f64) -> f64) -> bool {
    let mut stream = Stream::new(seed);
    let (mut watch, asked) = watch(&stream.window(3_000, even, relation));
    (0..windows).any(|_| {
        watch.observe(&stream.window(400, draw, chance));
        watch.log_e_value() >= asked
    })
}

#[test]
fn false_alarms_keep_their_rate_over_all_windows_however_inputs_move() {
    for draw in [even as fn(f64) -> f64, crowded, |uniform| 1.0 - crowded(uniform)] {
        let found = (0..100).filter(|&seed| alarms(seed, 40, draw, relation)).count();
        assert!(found as f64 <= LEVEL * 100.0, "{found} of 100 streams");
    }
}

/// Scores that crowd near 0, as those of rare events do, so that the highest stratum is wide; then records by the hundred
/// thousand, all at one end of each stratum, and then at the other.
#[test]
fn inputs_that_move_inside_the_strata_are_no_evidence() {
    let mut stream = Stream::new(1);
    let (mut watch, _) = watch(&stream.window(50_000, |uniform| uniform.powi(40), relation));
    let edges: Vec<(f64, f64)> = watch.strata().map(|stratum| stratum.condition.scores().unwrap()).collect();
    for end in [0.02, 0.98] {
        let place = |uniform: f64| {
            let (low, high) = edges[((uniform * edges.len() as f64) as usize).min(edges.len() - 1)];
            low + end * (high - low)
        };
        for _ in 0..4 {
            watch.observe(&stream.window(100_000, place, relation));
        }
    }
    assert!(watch.log_e_value() < 0.0, "{}", watch.log_e_value());
}

#[test]
fn flipped_labels_are_found_in_every_stream_and_dated() {
    for seed in 0..20 {
        let mut stream = Stream::new(seed);
        let (mut watch, asked) = watch(&stream.window(5_000, even, relation));
        for _ in 0..10 {
            watch.observe(&stream.window(500, even, relation));
        }
        assert!(watch.log_e_value() < asked);
        let needed = (1..=5)
            .find(|_| {
                watch.observe(&stream.window(500, even, flipped_above));
                watch.log_e_value() >= asked
            })
            .expect("found within five windows");
        assert!(needed <= 3, "seed {seed}: {needed} windows");
        let since = watch.since().unwrap();
        assert!((9..=11).contains(&since), "seed {seed}: since {since}");
        let surest =
            watch.strata().max_by(|one, other| one.log_e_value.total_cmp(&other.log_e_value)).unwrap();
        assert!(surest.condition.scores().unwrap().1 > 0.8);
        assert!(surest.range.0 <= surest.reference.share().unwrap());
        assert!(surest.reference.share().unwrap() <= surest.range.1);
    }
}

/// No stratum has many records, and all of them change a little.
#[test]
fn a_small_change_everywhere_is_found() {
    let mut stream = Stream::new(3);
    let (mut watch, _) = watch(&stream.window(100_000, even, relation));
    for _ in 0..30 {
        watch.observe(&stream.window(150, even, |score| relation(score) + 0.12));
    }
    let surest = watch.strata().map(|stratum| stratum.log_e_value).fold(f64::NEG_INFINITY, f64::max);
    assert!(watch.log_e_value() > surest + 15.0, "{surest}, {}", watch.log_e_value());
}

/// All that the records of two windows may be, one of each stratum, each with its own chance inside the range: the mean of
/// the bet is at most 1.
#[test]
fn no_bet_gains_in_the_mean_where_chances_differ_inside_a_range() {
    let scores = [0.25, 0.75];
    let mut reference = Classification::new();
    reference.add_scores(&(0..40).map(|record| record % 3 == 0).collect::<Vec<_>>(), &[scores[0]; 40]);
    reference.add_scores(&(0..40).map(|record| record % 3 < 2).collect::<Vec<_>>(), &[scores[1]; 40]);
    let watch = CalibrationWatch::new(&reference, 0.01).unwrap();
    let ranges: Vec<(f64, f64)> = watch.strata().map(|stratum| stratum.range).collect();
    assert!(ranges.len() == 2 && ranges.iter().all(|(low, high)| 0.0 < *low && low < high && *high < 1.0));
    for ends in 0..16_u32 {
        let chances: Vec<f64> = (0..4)
            .map(|record| {
                let (low, high) = ranges[record % 2];
                if ends >> record & 1 == 1 { high } else { low }
            })
            .collect();
        let mut mean = 0.0;
        for outcome in 0..16_u32 {
            let positive: Vec<bool> = (0..4).map(|record| outcome >> record & 1 == 1).collect();
            let of = |(chance, positive): (&f64, &bool)| if *positive { *chance } else { 1.0 - chance };
            let chance: f64 = chances.iter().zip(&positive).map(of).product();
            let mut after = watch.clone();
            for window in positive.chunks(2) {
                let mut counts = Classification::new();
                counts.add_scores(window, &scores);
                after.observe(&counts);
            }
            mean += chance * after.log_e_value().exp();
        }
        assert!(mean > 0.5 && mean <= 1.0 + 1e-12, "{mean} at {chances:?}");
    }
}

#[test]
fn scores_that_the_reference_does_not_have_say_nothing() {
    let mut reference = Classification::new();
    let positive: Vec<bool> = (0..1_000).map(|record| record % 2 == 0).collect();
    let scores: Vec<f64> = (0..1_000).map(|record| if record < 500 { 0.25 } else { 0.75 }).collect();
    reference.add_scores(&positive, &scores);
    let mut watch = CalibrationWatch::new(&reference, 0.001).unwrap();
    assert_eq!(watch.strata().len(), 2);
    let mut elsewhere = Classification::new();
    elsewhere.add_scores(&[true; 1_000], &[0.5; 1_000]);
    watch.observe(&elsewhere);
    assert!(watch.log_e_value().abs() < 1e-12);
    let mut there = Classification::new();
    there.add_scores(&[true; 1_000], &[0.25; 1_000]);
    watch.observe(&there);
    assert!(watch.log_e_value() > 100.0);
}

#[test]
fn a_reference_without_labels_is_not_watched() {
    let found = CalibrationWatch::new(&Classification::new(), 0.01).map(|_| ());
    assert_eq!(found, Err(NotWatched::NoLabels));
}
