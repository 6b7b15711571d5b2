//! Simulates the error of the distinct count after merges and compares it with what the counter states:
//! `cargo run --release -p driftline-sketches --example distinct_error`. Fails above the error promised.

#![allow(clippy::print_stdout)]

use std::process::ExitCode;

use driftline_sketches::{Error, Hll};

/// The largest relative standard error promised for `2^12` registers after merges.
const PROMISED: f64 = 0.0125;
const RUNS: u32 = 1500;
/// Counters that a run's keys are spread over; neighbours share a quarter of theirs.
const PARTS: u64 = 8;
const KEYS: [u64; 3] = [1_000, 20_000, 1_000_000];

/// Mean and standard deviation of the relative error, and the error that the last counter states.
struct Outcome {
    bias: f64,
    deviation: f64,
    stated: f64,
}

/// Counts the keys `first..first + count` in parts, and merges them.
fn merged(first: u64, count: u64, keys: &mut Vec<u64>) -> Result<Hll, Error> {
    let length = count.div_ceil(PARTS);
    let mut sum = Hll::default();
    for part in 0..PARTS {
        let begin = part * length;
        keys.clear();
        keys.extend(first + begin..first + (begin + length + length / 4).min(count));
        let mut counter = Hll::default();
        counter.add_slice(keys);
        sum.merge(&counter)?;
    }
    Ok(sum)
}

/// Runs the simulation; `portable` counters go through their `DataSketches` bytes, which hold less.
fn simulate(count: u64, portable: bool) -> Result<Outcome, Error> {
    let (mut sum, mut squares, mut stated) = (0.0, 0.0, 0.0);
    let mut keys = Vec::new();
    for run in 0..RUNS {
        let mut counter = merged(u64::from(run) << 32, count, &mut keys)?;
        if portable {
            counter = Hll::from_bytes(&counter.to_bytes())?;
        }
        let error = counter.estimate() / count as f64 - 1.0;
        sum += error;
        squares += error * error;
        stated = counter.standard_error();
    }
    let runs = f64::from(RUNS);
    Ok(Outcome { bias: sum / runs, deviation: (squares / runs).sqrt(), stated })
}

fn main() -> Result<ExitCode, Error> {
    println!("{RUNS} runs, {PARTS} merged counters of 2^{} registers, percent", Hll::default().lg_k());
    println!("{:>10} {:>10} {:>8} {:>10} {:>8}", "keys", "form", "bias", "rms error", "stated");
    let mut is_kept = true;
    for count in KEYS {
        for (form, portable) in [("full", false), ("portable", true)] {
            let outcome = simulate(count, portable)?;
            is_kept &= portable || outcome.deviation <= PROMISED;
            println!(
                "{count:>10} {form:>10} {:>8.3} {:>10.3} {:>8.3}",
                100.0 * outcome.bias,
                100.0 * outcome.deviation,
                100.0 * outcome.stated
            );
        }
    }
    Ok(if is_kept { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
