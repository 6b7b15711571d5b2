//! How often signals name somebody while nobody probes, and how soon they name who does:
//! `cargo run --release -p driftline-stats --example security -- STREAMS WINDOWS PRINCIPALS [FIRST]`.
//!
//! Prints one JSON object a line. Fails where the share of streams in which anybody is ever named is above the level that was
//! promised, or an attack is found later than after ten windows in the median. Streams are numbered, and those from another
//! number on are others, so that a long run may be done in parts.

#![allow(clippy::print_stdout)]

mod traffic;

use std::collections::BTreeMap;
use std::ops::Range;
use std::process::ExitCode;

use driftline_stats::evidence::discoveries;
use driftline_stats::security::{Asked, Cohort, Signal, Watch};
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::traffic::{Attack, Crowd, Traffic};

/// The chance of naming anybody, over the life of a stream.
const LEVEL: f64 = 0.01;
const TOLERANCE: f64 = 2.0;
/// Windows before somebody probes, and in which that is looked for.
const BEFORE: usize = 20;
const AFTER: usize = 50;
/// The latest that an attack is to be found, in windows.
const PROMISED: usize = 10;
const ATTACK_STREAMS: usize = 50;

fn main() -> ExitCode {
    let arguments: Vec<usize> =
        std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let (streams, windows, principals, first) = match arguments[..] {
        [streams, windows, principals] => (streams, windows, principals, 0),
        [streams, windows, principals, first] => (streams, windows, principals, first),
        _ => {
            println!("usage: security STREAMS WINDOWS PRINCIPALS [FIRST]");
            return ExitCode::FAILURE;
        }
    };
    let mut kept = true;
    for crowd in Crowd::ALL {
        let named = share(first..first + streams, |stream| names_anybody(stream, windows, principals, crowd));
        report("false_alarms", crowd.name(), named);
        // Streams are few: their share is above the level by chance in one of a thousand runs at most.
        let chance = 3.1 * (LEVEL * (1.0 - LEVEL) / streams as f64).sqrt();
        kept &= named <= LEVEL + chance;
    }
    for attack in Attack::ALL.into_iter().filter(|_| first == 0) {
        let mut delays =
            in_threads(0..ATTACK_STREAMS.min(streams), |stream| delay(stream, principals, attack));
        delays.sort_unstable();
        let median = delays[delays.len() / 2];
        report("delay", attack.name(), median as f64);
        kept &= median <= PROMISED;
    }
    if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn report(figure: &str, case: &str, value: f64) {
    println!(r#"{{"figure": "{figure}", "case": "{case}", "value": {value}}}"#);
}

/// Numbered streams, shared among threads.
fn in_threads<T: Send>(streams: Range<usize>, run: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let run = &run;
    std::thread::scope(|scope| {
        let of_thread = |thread: usize| {
            let numbers = (streams.start + thread..streams.end).step_by(threads);
            numbers.map(|stream| run(stream as u64)).collect::<Vec<T>>()
        };
        let running: Vec<_> = (0..threads).map(|thread| scope.spawn(move || of_thread(thread))).collect();
        running.into_iter().filter_map(|thread| thread.join().ok()).flatten().collect()
    })
}

fn share(streams: Range<usize>, happens: impl Fn(u64) -> bool + Sync) -> f64 {
    let count = streams.len();
    let outcomes = in_threads(streams, happens);
    assert_eq!(outcomes.len(), count, "every stream has an outcome");
    outcomes.iter().filter(|happened| **happened).count() as f64 / count as f64
}

/// All signals of all principals.
#[derive(Default)]
struct Watches(BTreeMap<(usize, Signal), Watch>);

impl Watches {
    fn observe(&mut self, start: i64, asked: &[Asked]) {
        let cohort = Cohort::new(asked, &Asked::default());
        for (number, each) in asked.iter().enumerate() {
            for signal in Signal::ALL {
                if let Some(found) = cohort.compare(each, signal, TOLERANCE) {
                    self.0.entry((number, signal)).or_default().observe(start, &found.gains);
                }
            }
        }
    }

    /// Who is named now.
    fn named(&self) -> Vec<usize> {
        let keys: Vec<usize> = self.0.keys().map(|(number, _)| *number).collect();
        let log_e_values: Vec<f64> = self.0.values().map(Watch::log_e_value).collect();
        discoveries(&log_e_values, LEVEL).into_iter().map(|place| keys[place]).collect()
    }
}

fn names_anybody(stream: u64, windows: usize, principals: usize, crowd: Crowd) -> bool {
    let mut random = StdRng::seed_from_u64(stream);
    let traffic = Traffic::new(&mut random, principals, crowd);
    let mut watches = Watches::default();
    (0..windows).any(|window| {
        watches.observe(window as i64, &traffic.window(&mut random, None));
        !watches.named().is_empty()
    })
}

/// Windows until the one who probes is named; as many as were looked at if never.
fn delay(stream: u64, principals: usize, attack: Attack) -> usize {
    let mut random = StdRng::seed_from_u64(1_000_000 + stream);
    let traffic = Traffic::new(&mut random, principals, Crowd::Alike);
    let mut watches = Watches::default();
    for window in 0..BEFORE {
        watches.observe(window as i64, &traffic.window(&mut random, None));
    }
    let found = (0..AFTER).find(|window| {
        watches.observe((BEFORE + window) as i64, &traffic.window(&mut random, Some(attack)));
        watches.named().contains(&0)
    });
    found.map_or(AFTER, |window| window + 1)
}
