//! How often 95% intervals of performance hold the figure of the process, with labels of all predictions of a
//! window and with labels of one in five: `cargo run --release -p driftline-stats --example performance -- WINDOWS`.
//!
//! Prints one JSON object a line. Fails where a share is not between 94% and 96%, by more than three
//! standard errors of the simulation.

#![allow(clippy::print_stdout)]

mod laws;

use std::collections::BTreeMap;
use std::process::ExitCode;

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand_distr::{Binomial, Distribution};

use crate::laws::{LAWS, Law};

/// Predictions of a window.
const PREDICTIONS: u64 = 5_000;
/// Shares of them that have a label.
const COVERAGES: [f64; 2] = [1.0, 0.2];
/// Rows from which the figures of the process are taken: their own error is a fiftieth of a window's.
const PROCESS_ROWS: usize = 10_000_000;
/// What is promised.
const PROMISED: (f64, f64) = (0.94, 0.96);

fn main() -> ExitCode {
    let Some(windows) = std::env::args().nth(1).and_then(|argument| argument.parse().ok()) else {
        println!("usage: performance WINDOWS");
        return ExitCode::FAILURE;
    };
    let mut kept = true;
    for (name, law) in LAWS {
        let process = law.process(PROCESS_ROWS, 1);
        for coverage in COVERAGES {
            for (figure, outcome) in simulate(law, &process, coverage, windows) {
                kept &= outcome.is_kept();
                let labels = 100.0 * coverage;
                let (held, width) = (outcome.share(), outcome.width / f64::from(outcome.windows));
                println!(
                    r#"{{"law": "{name}", "figure": "{figure}", "labels": {labels}, "coverage": {held}, "width": {width}}}"#
                );
            }
        }
    }
    if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What became of the intervals of one figure.
#[derive(Default)]
struct Outcome {
    windows: u32,
    held: u32,
    /// Sum.
    width: f64,
}

impl Outcome {
    fn share(&self) -> f64 {
        f64::from(self.held) / f64::from(self.windows)
    }

    fn is_kept(&self) -> bool {
        let noise = 3.0 * (0.95_f64 * 0.05 / f64::from(self.windows)).sqrt();
        (PROMISED.0 - noise..=PROMISED.1 + noise).contains(&self.share())
    }
}

fn simulate<'a>(
    law: Law,
    process: &BTreeMap<&'a str, f64>,
    coverage: f64,
    windows: u64,
) -> BTreeMap<&'a str, Outcome> {
    let labelled = Binomial::new(PREDICTIONS, coverage).expect("a share");
    let mut outcomes: BTreeMap<&str, Outcome> = BTreeMap::new();
    for window in 0..windows {
        let mut random = StdRng::seed_from_u64(2 + window);
        let rows = labelled.sample(&mut random) as usize;
        for figure in law.figures(rows, &mut random) {
            let Some((name, exact)) = process.get_key_value(figure.name) else { continue };
            let outcome = outcomes.entry(name).or_default();
            let found = figure.estimate;
            outcome.windows += 1;
            outcome.held += u32::from((found.low..=found.high).contains(exact));
            outcome.width += found.high - found.low;
        }
    }
    outcomes
}
