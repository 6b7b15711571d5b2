use driftline_sketches::Classification;
use driftline_stats::concept::{ErrorRule, ErrorWindow, Kswin, Signal};
use proptest::prelude::*;

use super::stream::Stream;

fn residuals(counts: &Classification) -> Vec<u64> {
    ErrorRule::OtherClass.residuals(counts.into())
}

#[test]
fn residuals_are_the_distance_of_label_and_score() {
    let mut counts = Classification::new();
    counts.add_scores(&[true, false, true], &[1.0, 0.25, 0.25]);
    let found = residuals(&counts);
    let filled: Vec<(usize, u64)> =
        found.iter().copied().enumerate().filter(|(_, count)| *count > 0).collect();
    assert_eq!(filled, [(0, 1), (256, 1), (767, 1)]);
    let mut classes = Classification::new();
    classes.add("a", "a", 7);
    classes.add("b", "a", 3);
    assert_eq!(residuals(&classes), [7, 3]);
    assert_eq!(ErrorWindow::of(&classes), ErrorWindow { records: 10, errors: 3 });
}

/// The distance of values, as scipy's `ks_2samp` computes it.
fn distance(before: &[usize], now: &[usize]) -> f64 {
    let share = |values: &[usize], at: usize| {
        values.iter().filter(|value| **value <= at).count() as f64 / values.len() as f64
    };
    (0..8).map(|at| (share(before, at) - share(now, at)).abs()).fold(0.0, f64::max)
}

proptest! {
    #[test]
    fn an_alarm_is_a_distance_beyond_that_of_the_paper(
        windows in prop::collection::vec(prop::collection::vec(0..8_usize, 20), 10),
        shift in 0..4_usize,
    ) {
        let mut detector = Kswin::new();
        let shifted = |number: usize, value: usize| if number < 7 { value } else { (value + shift).min(7) };
        let windows: Vec<Vec<usize>> = windows.into_iter().enumerate()
            .map(|(number, window)| window.into_iter().map(|value| shifted(number, value)).collect())
            .collect();
        let mut last = Signal::Steady;
        for window in &windows {
            let mut counts = vec![0; 8];
            for &value in window {
                counts[value] += 1;
            }
            last = detector.observe(counts);
        }
        let (before, now) = (windows[..7].concat(), windows[7..].concat());
        let r = 2.0 * 140.0 * 60.0 / 200.0_f64;
        let expected = distance(&before, &now) > (-(0.005_f64).ln() / r).sqrt();
        prop_assert_eq!(last == Signal::Drift, expected);
    }
}

/// The windows after which there is an alarm, where the model becomes wrong with window `moves`.
fn alarms(seed: u64, windows: usize, moves: usize) -> Vec<usize> {
    let mut stream = Stream::new(seed);
    let mut detector = Kswin::new();
    let mut alarm = |number: usize| {
        let chance = move |score: f64| if number < moves { score } else { 1.0 - score };
        detector.observe(residuals(&stream.window(300, |uniform| uniform, chance))) == Signal::Drift
    };
    (0..windows).filter(|number| alarm(*number)).collect()
}

/// The paper's bound lets about two in two hundred comparisons alarm by chance: it says when to look, and is no proof.
#[test]
fn a_change_is_found_in_its_first_windows_and_alarms_by_chance_are_rare() {
    for seed in 0..10 {
        let found = alarms(seed, 30, 20);
        assert!(found.iter().any(|number| (20..=26).contains(number)), "seed {seed}: {found:?}");
    }
    let by_chance: usize = (0..20).map(|seed| alarms(seed, 109, 109).len()).sum();
    assert!((1..=40).contains(&by_chance), "{by_chance} in 2,000 comparisons");
}
