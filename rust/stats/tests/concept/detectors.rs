//! The detectors beside plain ones of the papers, record by record.

use driftline_stats::concept::{Adwin, Ddm, ErrorWindow, PageHinkley, Signal};
use proptest::prelude::*;

fn one(error: bool) -> ErrorWindow {
    ErrorWindow { records: 1, errors: u64::from(error) }
}

/// Records whose error rate changes at places.
fn errors() -> impl Strategy<Value = Vec<bool>> {
    let part = (0.0..0.9_f64, 1..150_usize).prop_flat_map(|(rate, records)| {
        prop::collection::vec(prop::bool::weighted(rate.max(0.001)), records)
    });
    prop::collection::vec(part, 1..4).prop_map(|parts| parts.concat())
}

/// Table 1 of Gama 2004, on the list of the records since the last drift.
fn plain_ddm(records: &[bool]) -> Vec<Signal> {
    let (mut since, mut least): (Vec<bool>, Option<(f64, f64)>) = (Vec::new(), None);
    let mut signals = Vec::new();
    for &error in records {
        since.push(error);
        let n = since.len() as f64;
        let p = since.iter().filter(|error| **error).count() as f64 / n;
        let s = (p * (1.0 - p) / n).sqrt();
        let mut signal = Signal::Steady;
        if since.len() >= 30 {
            if s > 0.0 && least.is_none_or(|(p_min, s_min)| p + s < p_min + s_min) {
                least = Some((p, s));
            }
            if let Some((p_min, s_min)) = least {
                if p + s > p_min + 3.0 * s_min {
                    signal = Signal::Drift;
                } else if p + s > p_min + 2.0 * s_min {
                    signal = Signal::Warning;
                }
            }
        }
        if signal == Signal::Drift {
            (since, least) = (Vec::new(), None);
        }
        signals.push(signal);
    }
    signals
}

fn plain_page_hinkley(records: &[bool], lambda: f64) -> Vec<Signal> {
    let (mut since, mut sums): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
    let mut signals = Vec::new();
    for &error in records {
        since.push(f64::from(u8::from(error)));
        let mean = since.iter().sum::<f64>() / since.len() as f64;
        sums.push(sums.last().unwrap_or(&0.0) + since.last().unwrap() - mean - 0.005);
        let least = sums.iter().copied().fold(f64::INFINITY, f64::min);
        let drifts = since.len() >= 30 && sums.last().unwrap() - least > lambda;
        if drifts {
            (since, sums) = (Vec::new(), Vec::new());
        }
        signals.push(if drifts { Signal::Drift } else { Signal::Steady });
    }
    signals
}

/// How many of the last records have one rate, by every cut of the list.
fn plain_adwin(records: &[bool]) -> Vec<usize> {
    let mut kept: Vec<f64> = Vec::new();
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
    let is_cut = |kept: &[f64]| {
        (5..kept.len().saturating_sub(4)).any(|place| {
            let (older, newer) = kept.split_at(place);
            let m = 1.0 / (1.0 / older.len() as f64 + 1.0 / newer.len() as f64);
            let rate = mean(kept);
            let variance = rate * (1.0 - rate);
            let doubt = (2.0 / (0.002 / (kept.len() as f64).ln())).ln();
            let allowed = (2.0 / m * variance * doubt).sqrt() + 2.0 / (3.0 * m) * doubt;
            (mean(older) - mean(newer)).abs() > allowed
        })
    };
    let mut lengths = Vec::new();
    for &error in records {
        kept.push(f64::from(u8::from(error)));
        while is_cut(&kept) {
            kept.remove(0);
        }
        lengths.push(kept.len());
    }
    lengths
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn windows_of_one_record_are_the_drift_detection_method(records in errors()) {
        let mut detector = Ddm::new();
        let found: Vec<Signal> = records.iter().map(|&error| detector.observe(one(error))).collect();
        prop_assert_eq!(found, plain_ddm(&records));
    }

    #[test]
    fn windows_of_one_record_are_the_page_hinkley_test(records in errors()) {
        let mut detector = PageHinkley::new();
        let found: Vec<Signal> = records.iter().map(|&error| detector.observe(one(error))).collect();
        prop_assert_eq!(found, plain_page_hinkley(&records, 50.0));
    }

    #[test]
    fn windows_of_one_record_are_adaptive_windowing(records in errors()) {
        let mut detector = Adwin::new();
        let found: Vec<usize> = records.iter().map(|&error| { detector.observe(one(error)); detector.kept() }).collect();
        prop_assert_eq!(found, plain_adwin(&records));
    }
}

/// Windows whose error rate rises from 10% to 30% after the twentieth.
fn risen() -> impl Iterator<Item = ErrorWindow> {
    let errors =
        (0..40_u64).map(|number| if number < 20 { 18 + 2 * (number % 3) } else { 58 + 2 * (number % 3) });
    errors.map(|errors| ErrorWindow { records: 200, errors })
}

#[test]
fn a_rise_is_found_by_all_and_nothing_before_it() {
    let (mut ddm, mut page_hinkley, mut adwin) = (Ddm::new(), PageHinkley::new(), Adwin::new());
    let found: Vec<[Signal; 3]> = risen()
        .map(|window| [ddm.observe(window), page_hinkley.observe(window), adwin.observe(window)])
        .collect();
    for detector in 0..3 {
        let first = found.iter().position(|signals| signals[detector] == Signal::Drift).unwrap();
        assert!((20..=22).contains(&first), "detector {detector} at {first}");
    }
    assert_eq!(adwin.kept(), 20);
}

#[test]
fn a_rise_is_warned_of_first() {
    let mut ddm = Ddm::new();
    let windows = [10, 10, 10, 10, 12, 13, 14, 15, 16, 17].map(|errors| ErrorWindow { records: 100, errors });
    let found: Vec<Signal> = windows.into_iter().map(|window| ddm.observe(window)).collect();
    let first = |asked: Signal| found.iter().position(|signal| *signal == asked);
    assert!(first(Signal::Warning).unwrap() < first(Signal::Drift).unwrap_or(found.len()), "{found:?}");
}

#[test]
fn windows_without_records_change_nothing() {
    let empty = ErrorWindow::default();
    let (mut ddm, mut page_hinkley, mut adwin) = (Ddm::new(), PageHinkley::new(), Adwin::new());
    for window in risen().flat_map(|window| [empty, window]).take(38) {
        assert_ne!(ddm.observe(window), Signal::Drift);
        assert_ne!(page_hinkley.observe(window), Signal::Drift);
        assert_ne!(adwin.observe(window), Signal::Drift);
    }
    assert_eq!(adwin.kept(), 19);
}
