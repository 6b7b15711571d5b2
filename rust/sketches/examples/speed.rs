//! Prints the cost of every sketch in nanoseconds a value, for batches of 10,000 values:
//! `cargo run --release -p driftline-sketches --example speed`.

#![allow(clippy::print_stdout)]

mod streams;

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use driftline_sketches::{
    BinCounts, Binning, ExponentialHistogram, Hll, Moments, NumericProfile, TDigest, canonical_float_key,
};

use streams::gaussians;

const VALUES: usize = 10_000;
const BATCHES: usize = 50;
const ROUNDS: u32 = 10;

/// Adds all slices to a new sketch, in some rounds, of which the fastest counts: other work on the
/// machine only ever adds time.
fn measure<T, S>(name: &str, slices: &[&[T]], new: impl Fn() -> S, add: impl Fn(&mut S, &[T])) {
    let values: usize = slices.iter().map(|slice| slice.len()).sum();
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let mut sketch = new();
        for slice in black_box(slices) {
            add(&mut sketch, slice);
        }
        black_box(sketch);
        best = best.min(start.elapsed().as_secs_f64());
    }
    println!("  {name:<30} {:>7.2} ns/value", best * 1e9 / values as f64);
}

fn measure_all(kind: &str, batches: &[Vec<f64>]) {
    println!("{kind}");
    let slices: Vec<&[f64]> = batches.iter().map(Vec::as_slice).collect();
    let small: Vec<&[f64]> = batches.iter().flat_map(|batch| batch.chunks(100)).collect();
    let keys: Vec<u64> = batches.iter().flatten().map(|value| canonical_float_key(*value)).collect();
    let few: Vec<u64> = (0..keys.len() as u64).map(|key| key % 100).collect();
    let key_slices: Vec<&[u64]> = keys.chunks(VALUES).collect();
    let few_slices: Vec<&[u64]> = few.chunks(VALUES).collect();
    measure("moments", &slices, Moments::new, Moments::add_slice);
    measure("histogram", &slices, ExponentialHistogram::new, ExponentialHistogram::add_slice);
    measure("tdigest", &slices, TDigest::default, TDigest::add_slice);
    measure("tdigest, 100 values a slice", &small, TDigest::default, TDigest::add_slice);
    measure("hll", &key_slices, Hll::default, Hll::add_slice);
    measure("hll, 100 different keys", &few_slices, Hll::default, Hll::add_slice);
    let mut baseline = TDigest::default();
    baseline.add_slice(&batches[0]);
    for bins in [10, 50] {
        let Some(binning) = Binning::from_digest(&baseline, bins).map(Arc::new) else { continue };
        let new = || BinCounts::new(Arc::clone(&binning));
        measure(&format!("{bins} bins"), &slices, new, BinCounts::add_slice);
    }
    let binning = Binning::from_digest(&baseline, 20).map(Arc::new);
    let new = || NumericProfile::new(binning.clone());
    measure("whole numeric profile", &slices, new, |profile, batch| {
        profile.add_numbers(batch);
    });
    measure("whole, 100 values a slice", &small, new, |profile, batch| {
        profile.add_numbers(batch);
    });
}

fn main() {
    let gaussian: Vec<Vec<f64>> = (0..BATCHES)
        .map(|batch| gaussians(batch as u64, batch as u64 + 1_000_000).take(VALUES).collect())
        .collect();
    let lognormal: Vec<Vec<f64>> =
        gaussian.iter().map(|batch| batch.iter().map(|value| (2.0 * value).exp()).collect()).collect();
    let zeros: Vec<Vec<f64>> = gaussian
        .iter()
        .map(|batch| batch.iter().map(|value| if *value < 1.0 { 0.0 } else { *value }).collect())
        .collect();
    measure_all("gaussian", &gaussian);
    measure_all("lognormal(2)", &lognormal);
    measure_all("84 percent zeros", &zeros);
}
