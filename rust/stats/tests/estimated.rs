//! Performance that is expected before labels come, against what they give.

#![allow(clippy::unwrap_used)]

use driftline_sketches::performance::SCORE_BINS;
use driftline_sketches::{Classification, ScoreHistogram};
use driftline_stats::estimated::{Calibration, Differences, Period, Stratum, estimate, reweighted};
use driftline_stats::performance::{Figure, classification};
use proptest::prelude::*;
use rand::rngs::StdRng;
use rand::{Rng, RngExt, SeedableRng};

/// Records of one window, with the truth.
struct Window {
    /// Of all predictions, by whether positive was predicted.
    predicted: ScoreHistogram,
    labelled: Classification,
}

/// Scores that lean towards `lean` in `[0, 1]`, whose share of positives is the score's square: the model is far too sure.
fn draw(random: &mut impl Rng, rows: usize, lean: f64) -> Window {
    let mut window = Window { predicted: ScoreHistogram::new(), labelled: Classification::new() };
    let mut scores = Vec::new();
    let mut labels = Vec::new();
    for _ in 0..rows {
        let uniform: f64 = random.random();
        let score = if random.random::<f64>() < lean { uniform.sqrt() } else { uniform };
        let (label, says) = (random.random::<f64>() < score * score, score >= 0.5);
        window.predicted.add(says, score);
        window.labelled.add(name(label), name(says), 1);
        scores.push(score);
        labels.push(label);
    }
    window.labelled.add_scores(&labels, &scores);
    window
}

fn name(positive: bool) -> &'static str {
    if positive { "1" } else { "0" }
}

fn find(figures: &[Figure], name: &str) -> Figure {
    *figures.iter().find(|figure| figure.name == name).unwrap()
}

const NAMES: [&str; 6] = ["accuracy", "precision", "recall", "f1", "specificity", "roc_auc"];

#[test]
fn the_intervals_hold_what_labels_give_though_inputs_move() {
    let mut random = StdRng::seed_from_u64(1);
    let trials = 400;
    for (reference_rows, rows) in [(20_000, 1_000), (2_000, 2_000)] {
        let mut held = [0; NAMES.len()];
        for _ in 0..trials {
            let calibration = {
                let reference = draw(&mut random, reference_rows, 0.2);
                Calibration::learn(reference.labelled.scores.as_ref().unwrap()).unwrap()
            };
            let window = draw(&mut random, rows, 0.9);
            let expected = estimate(&calibration, &window.predicted, &Differences::default());
            let realised = classification(&window.labelled, "1");
            for (held, name) in held.iter_mut().zip(NAMES) {
                let (expected, realised) = (find(&expected, name), find(&realised.figures, name));
                assert_eq!(expected.rows, rows as u64);
                let range = expected.estimate.low..=expected.estimate.high;
                *held += u32::from(range.contains(&realised.estimate.value));
            }
        }
        for (held, name) in held.into_iter().zip(NAMES) {
            let share = f64::from(held) / f64::from(trials);
            assert!(share >= 0.92, "{name} of {rows} rows, calibrated by {reference_rows}: {share}");
        }
    }
}

#[test]
fn many_rows_leave_no_difference_beyond_their_chance() {
    let mut random = StdRng::seed_from_u64(2);
    let reference = draw(&mut random, 400_000, 0.2);
    let calibration = Calibration::learn(reference.labelled.scores.as_ref().unwrap()).unwrap();
    assert_eq!(calibration.rows(), 400_000);
    let window = draw(&mut random, 400_000, 0.9);
    let expected = estimate(&calibration, &window.predicted, &Differences::default());
    let realised = classification(&window.labelled, "1");
    for name in NAMES {
        let apart = find(&expected, name).estimate.value - find(&realised.figures, name).estimate.value;
        assert!(apart.abs() < 0.004, "{name}: {apart}");
    }
}

#[test]
fn figures_that_do_not_exist_are_left_out() {
    let mut labelled = ScoreHistogram::new();
    labelled.add(false, 0.2);
    let calibration = Calibration::learn(&labelled).unwrap();
    assert!(estimate(&calibration, &ScoreHistogram::new(), &Differences::default()).is_empty());
    let mut scores = ScoreHistogram::new();
    scores.add(false, 0.3);
    let found = estimate(&calibration, &scores, &Differences::default());
    let names: Vec<_> = found.iter().map(|figure| figure.name).collect();
    assert_eq!(names, ["accuracy", "specificity"]);
    assert!(Calibration::learn(&ScoreHistogram::new()).is_none());
}

/// Records of a day on which all positives are rarer or more frequent than their scores say.
fn moody_day(random: &mut impl Rng, rows: usize) -> Window {
    let mood = 0.6 + 0.8 * random.random::<f64>();
    let mut window = Window { predicted: ScoreHistogram::new(), labelled: Classification::new() };
    for _ in 0..rows {
        let score: f64 = random.random();
        let (label, says) = (random.random::<f64>() < (mood * score).min(1.0), score >= 0.5);
        window.predicted.add(says, score);
        window.labelled.add(name(label), name(says), 1);
        window.labelled.add_scores(&[label], &[score]);
    }
    window
}

#[test]
fn days_that_differ_widen_the_intervals_as_much_as_they_do() {
    let mut random = StdRng::seed_from_u64(5);
    let (days, rows) = (120, 3_000);
    let reference: Vec<Window> = (0..days).map(|_| moody_day(&mut random, rows)).collect();
    let mut scores = ScoreHistogram::new();
    for day in &reference {
        scores.merge(day.labelled.scores.as_ref().unwrap());
    }
    let calibration = Calibration::learn(&scores).unwrap();
    let periods = reference.iter().map(|day| Period { scores: &day.predicted, labelled: &day.labelled });
    let differences = Differences::learn(&calibration, periods, "1");
    assert_eq!(differences.periods(), days);
    let trials = 300;
    let mut held = [[0; 2]; NAMES.len()];
    for _ in 0..trials {
        let day = moody_day(&mut random, rows);
        let realised = classification(&day.labelled, "1");
        for (way, differences) in [Differences::default(), differences.clone()].iter().enumerate() {
            let expected = estimate(&calibration, &day.predicted, differences);
            for (held, name) in held.iter_mut().zip(NAMES) {
                let (expected, realised) = (find(&expected, name), find(&realised.figures, name));
                let range = expected.estimate.low..=expected.estimate.high;
                held[way] += u32::from(range.contains(&realised.estimate.value));
            }
        }
    }
    for (held, name) in held.into_iter().zip(NAMES) {
        let [alone, with_differences] = held.map(|held| f64::from(held) / f64::from(trials));
        assert!((0.92..=1.0).contains(&with_differences), "{name}: {with_differences}");
        if ["accuracy", "precision"].contains(&name) {
            assert!(alone < 0.7, "{name}: chance alone is not enough, {alone}");
        }
    }
}

#[test]
fn periods_without_labels_or_differences_say_nothing() {
    let mut random = StdRng::seed_from_u64(6);
    let windows: Vec<Window> = (0..40).map(|_| draw(&mut random, 1_000, 0.5)).collect();
    let mut scores = ScoreHistogram::new();
    for window in &windows {
        scores.merge(window.labelled.scores.as_ref().unwrap());
    }
    let calibration = Calibration::learn(&scores).unwrap();
    let unlabelled = Classification::new();
    let without = windows.iter().map(|window| Period { scores: &window.predicted, labelled: &unlabelled });
    assert_eq!(Differences::learn(&calibration, without, "1"), Differences::default());
    let periods =
        windows.iter().map(|window| Period { scores: &window.predicted, labelled: &window.labelled });
    let differences = Differences::learn(&calibration, periods, "1");
    let width = |differences: &Differences| {
        let estimate = find(&estimate(&calibration, &windows[0].predicted, differences), "accuracy").estimate;
        estimate.high - estimate.low
    };
    assert!(width(&differences) < 1.3 * width(&Differences::default()), "{differences:?}");
}

/// Labelled records of a segment in which the positive class is right so often.
fn segment(random: &mut impl Rng, rows: u64, right: f64) -> Classification {
    let mut labelled = Classification::new();
    for _ in 0..rows {
        let label = random.random::<f64>() < 0.3;
        let says = if random.random::<f64>() < right { label } else { !label };
        labelled.add(name(label), name(says), 1);
    }
    labelled
}

#[test]
fn another_mix_of_segments_is_allowed_for() {
    let mut random = StdRng::seed_from_u64(3);
    let trials = 400;
    let names = &NAMES[..5];
    let mut held = [0; 5];
    for _ in 0..trials {
        let reference = [segment(&mut random, 2_000, 0.95), segment(&mut random, 500, 0.7)];
        let current = [segment(&mut random, 300, 0.95), segment(&mut random, 1_200, 0.7)];
        let strata: Vec<_> = reference
            .iter()
            .zip([300, 1_200])
            .map(|(reference, predictions)| Stratum { predictions, reference })
            .collect();
        let expected = reweighted(&strata, "1");
        assert_eq!(expected.predictions, 1_500);
        let mut both = current[0].clone();
        both.merge(&current[1]);
        let realised = classification(&both, "1");
        for (held, name) in held.iter_mut().zip(names) {
            let expected = find(&expected.figures, name).estimate;
            let realised = find(&realised.figures, name).estimate.value;
            *held += u32::from((expected.low..=expected.high).contains(&realised));
        }
    }
    for (held, name) in held.into_iter().zip(names) {
        let share = f64::from(held) / f64::from(trials);
        assert!((0.92..=0.985).contains(&share), "{name}: {share}");
    }
}

#[test]
fn segments_without_labels_take_no_part() {
    let (known, unknown) = (segment(&mut StdRng::seed_from_u64(4), 100, 0.9), Classification::new());
    let strata =
        [Stratum { predictions: 50, reference: &known }, Stratum { predictions: 70, reference: &unknown }];
    assert_eq!(reweighted(&strata, "1").predictions, 50);
    let same = classification(&known, "1");
    for figure in reweighted(&strata, "1").figures {
        assert!((figure.estimate.value - find(&same.figures, figure.name).estimate.value).abs() < 1e-12);
    }
    assert_eq!(reweighted(&strata, "").figures.len(), 1, "accuracy alone");
    assert!(reweighted(&[], "1").figures.is_empty());
}

proptest! {
    /// The defining property of isotonic regression: sums over the pooled bins stay, and no share is below one before it.
    #[test]
    fn calibrated_shares_rise_and_keep_the_positives(
        bins in prop::collection::vec((0..SCORE_BINS as u16, 0..50_u64, 0..50_u64), 1..80),
    ) {
        let labelled = ScoreHistogram::from_parts(bins, 0).unwrap();
        let Some(calibration) = Calibration::learn(&labelled) else { return Ok(()) };
        let shares = calibration.shares();
        prop_assert!(shares.is_sorted() && shares.iter().all(|share| (0.0..=1.0).contains(share)));
        let expected: f64 = labelled
            .iter()
            .map(|(bin, negatives, positives)| (negatives + positives) as f64 * shares[usize::from(bin)])
            .sum();
        prop_assert!((expected - labelled.totals().1 as f64).abs() < 1e-6);
    }
}
