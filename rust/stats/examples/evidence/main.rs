//! How often evidence over time raises a false alarm, and how soon a true one, beside tests that look at
//! each window alone: `cargo run --release -p driftline-stats --example evidence -- --help`.
//!
//! Records are drawn as bin counts. Prints one JSON object a line. Fails where the share of streams with a
//! false alarm is above the level that was promised. Streams are numbered, and those from another number on are others,
//! so that a long run may be done in parts.

#![allow(clippy::print_stdout)]

mod alarms;
mod draws;

use std::ops::Range;
use std::process::ExitCode;
use std::time::Instant;

use driftline_stats::evidence::{Detector, ErrorBudget, discoveries};
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::alarms::{Kind, LEVEL, OTHERS, detector};
use crate::draws::{BINS, Law, counts};

const BASELINE: u64 = 100_000;
/// Windows before something moves, and windows in which it is looked for.
const BEFORE: usize = 200;
const AFTER: usize = 500;

/// `streams windows columns`, all of one run, and the number of the first stream.
fn main() -> ExitCode {
    let arguments: Vec<usize> =
        std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let (streams, windows, columns, first) = match arguments[..] {
        [streams, windows, columns] => (streams, windows, columns, 0),
        [streams, windows, columns, first] => (streams, windows, columns, first),
        _ => {
            println!("usage: evidence STREAMS WINDOWS COLUMNS [FIRST]");
            return ExitCode::FAILURE;
        }
    };
    let mut kept = true;
    for records in [1_000, 1_000_000] {
        kept &= false_alarms(first..first + streams, windows, columns, records);
        if first == 0 {
            delays(streams.clamp(20, 200), columns, records);
        }
    }
    if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What became of one stream in which nothing moves.
#[derive(Default)]
struct Outcome {
    alarmed: bool,
    by_others: [bool; OTHERS.len()],
    /// Seconds in detectors.
    seconds: f64,
}

/// Streams in which nothing moves, shared among threads.
fn false_alarms(streams: Range<usize>, windows: usize, columns: usize, records: u64) -> bool {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let outcomes: Vec<Outcome> = std::thread::scope(|scope| {
        let of_thread = |thread: usize| {
            (streams.start + thread..streams.end)
                .step_by(threads)
                .map(|stream| stream_that_stays(stream as u64, windows, columns, records))
                .collect::<Vec<Outcome>>()
        };
        let running: Vec<_> = (0..threads).map(|thread| scope.spawn(move || of_thread(thread))).collect();
        running.into_iter().filter_map(|thread| thread.join().ok()).flatten().collect()
    });
    assert_eq!(outcomes.len(), streams.len(), "every stream has an outcome");
    let share = |alarmed: &dyn Fn(&Outcome) -> bool| {
        outcomes.iter().filter(|outcome| alarmed(outcome)).count() as f64 / streams.len() as f64
    };
    let ours = share(&|outcome| outcome.alarmed);
    report("false_alarms", "none", records, "driftline", ours);
    for (place, (name, _)) in OTHERS.iter().enumerate() {
        report("false_alarms", "none", records, name, share(&|outcome| outcome.by_others[place]));
    }
    let seconds: f64 = outcomes.iter().map(|outcome| outcome.seconds).sum();
    let looks = (streams.len() * windows * columns) as f64;
    report("observe", "none", records, "driftline", 1e9 * seconds / looks);
    ours <= LEVEL
}

fn stream_that_stays(stream: u64, windows: usize, columns: usize, records: u64) -> Outcome {
    let usual = Law::USUAL.shares();
    let mut random = StdRng::seed_from_u64(stream);
    let baselines: Vec<[u64; BINS]> = (0..columns).map(|_| counts(&mut random, &usual, BASELINE)).collect();
    let budget = ErrorBudget::new(LEVEL, columns);
    let mut detectors: Vec<Detector> =
        baselines.iter().filter_map(|baseline| detector(baseline, budget)).collect();
    let mut outcome = Outcome::default();
    for _ in 0..windows {
        let drawn: Vec<[u64; BINS]> = (0..columns).map(|_| counts(&mut random, &usual, records)).collect();
        let before = Instant::now();
        for (detector, counts) in detectors.iter_mut().zip(&drawn) {
            detector.observe(counts);
        }
        outcome.seconds += before.elapsed().as_secs_f64();
        outcome.alarmed |= !found_now(&detectors, budget).is_empty();
        for ((_, alarms), by_other) in OTHERS.iter().zip(&mut outcome.by_others) {
            let pairs = || baselines.iter().zip(&drawn);
            *by_other = *by_other
                || pairs().any(|(baseline, window)| alarms(Kind::Numbers, baseline, window) == Some(true));
        }
    }
    outcome
}

fn found_now(detectors: &[Detector], budget: ErrorBudget) -> Vec<usize> {
    let evidence: Vec<f64> = detectors.iter().map(Detector::log_e_value).collect();
    discoveries(&evidence, budget.of_discoveries())
}

/// A law by window.
type Shift = fn(usize) -> Law;

/// What may happen to one column, window by window after it began.
const SHIFTS: [(&str, Kind, Shift); 9] = [
    ("mean by 0.1 std", Kind::Numbers, |_| Law { mean: 0.1, ..Law::USUAL }),
    ("mean by 0.5 std", Kind::Numbers, |_| Law { mean: 0.5, ..Law::USUAL }),
    ("scale by 1.2", Kind::Numbers, |_| Law { deviation: 1.2, ..Law::USUAL }),
    ("tail of 2%", Kind::Numbers, |_| Law { tail: 0.02, ..Law::USUAL }),
    ("new category of 1%", Kind::Categories, |_| Law { unseen: 0.01, ..Law::USUAL }),
    ("new category of 5%", Kind::Categories, |_| Law { unseen: 0.05, ..Law::USUAL }),
    ("nulls from 1% to 3%", Kind::Numbers, |_| Law { nulls: 0.03, ..Law::USUAL }),
    ("gradual: mean by 0.002 std a window", Kind::Numbers, |window| Law {
        mean: 0.002 * window as f64,
        ..Law::USUAL
    }),
    ("seasonal: mean by 0.3 std, up and down in 24 windows", Kind::Numbers, |window| Law {
        mean: 0.3 * (window as f64 / 24.0 * std::f64::consts::TAU).sin(),
        ..Law::USUAL
    }),
];

/// Windows from the change of one column to the alarm: the median over streams, `AFTER` for never.
fn delays(streams: usize, columns: usize, records: u64) {
    let usual = Law::USUAL.shares();
    let budget = ErrorBudget::new(LEVEL, columns);
    for (shift, kind, law) in SHIFTS {
        let mut delays = Vec::new();
        let mut others: [Option<Vec<usize>>; OTHERS.len()] = Default::default();
        for stream in 0..streams {
            let mut random = StdRng::seed_from_u64(1_000_000 + stream as u64);
            let baseline = counts(&mut random, &usual, BASELINE);
            let Some(mut detector) = detector(&baseline, budget) else { continue };
            for _ in 0..BEFORE {
                detector.observe(&counts(&mut random, &usual, records));
            }
            let mut found = None;
            let mut by_others = [None; OTHERS.len()];
            for window in 1..=AFTER {
                let drawn = counts(&mut random, &law(window).shares(), records);
                detector.observe(&drawn);
                // One of many columns that have not moved.
                let alone = detector.log_e_value() >= (columns as f64 / budget.of_discoveries()).ln();
                found = found.or(alone.then_some(window));
                for ((_, alarms), by_other) in OTHERS.iter().zip(&mut by_others) {
                    if let (Some(is_alarm), None | Some(AFTER)) = (alarms(kind, &baseline, &drawn), *by_other)
                    {
                        *by_other = Some(if is_alarm { window } else { AFTER });
                    }
                }
            }
            delays.push(found.unwrap_or(AFTER));
            for (delays, by_other) in others.iter_mut().zip(by_others) {
                if let Some(delay) = by_other {
                    delays.get_or_insert_default().push(delay);
                }
            }
        }
        report("delay", shift, records, "driftline", median(&mut delays));
        for ((name, _), delays) in OTHERS.iter().zip(&mut others) {
            if let Some(delays) = delays {
                report("delay", shift, records, name, median(delays));
            }
        }
    }
}

fn median(delays: &mut [usize]) -> f64 {
    delays.sort_unstable();
    delays[delays.len() / 2] as f64
}

fn report(figure: &str, shift: &str, records: u64, subject: &str, value: f64) {
    println!(
        r#"{{"figure": "{figure}", "shift": "{shift}", "records": {records}, "subject": "{subject}", "value": {value}}}"#
    );
}
