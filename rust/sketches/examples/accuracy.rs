//! Prints what a t-digest gets right and what it costs, for eight distributions: the largest error of rank at
//! q = .001 to .999, of one digest over slices of 10,000 values and of 200 digests merged, the widest certified
//! interval of rank, and nanoseconds a value:
//! `cargo run --release -p driftline-sketches --example accuracy`.
//! With a directory as its argument it also writes the values there, little endian, for other libraries to read.

#![allow(clippy::print_stdout)]

mod streams;

use std::hint::black_box;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use driftline_sketches::TDigest;

use streams::{gaussians, uniforms};

const VALUES: usize = 200_000;
const SLICE: usize = 10_000;
const PARTS: usize = 200;
const COMPRESSIONS: [u16; 2] = [100, 200];
const ROUNDS: usize = 10;

fn distributions() -> Vec<(&'static str, Vec<f64>)> {
    let uniform: Vec<f64> = uniforms(1).take(VALUES).collect();
    let gauss: Vec<f64> = gaussians(2, 3).take(VALUES).collect();
    let lognormal = |sigma: f64| gauss.iter().map(|value| (sigma * value).exp()).collect();
    let mut sorted = gauss.clone();
    sorted.sort_unstable_by(f64::total_cmp);
    let zeros = uniform.iter().zip(&gauss).map(|(share, value)| if *share < 0.9 { 0.0 } else { *value });
    let scale = |index: usize| 1000f64.powi((index / 5_000 % 7) as i32);
    let bursts = gauss.iter().enumerate().map(|(index, value)| value * scale(index));
    vec![
        ("90% zeros", zeros.collect()),
        ("bursts of scale", bursts.collect()),
        ("log-uniform, 600 decades", uniform.iter().map(|share| 10f64.powf(600.0 * share - 300.0)).collect()),
        ("lognormal 2", lognormal(2.0)),
        ("lognormal 5", lognormal(5.0)),
        ("sorted", sorted),
        ("uniform", uniform),
        ("gauss", gauss),
    ]
}

fn digest_of(compression: u16, slices: &[&[f64]]) -> TDigest {
    let mut digest = TDigest::default();
    if let Ok(empty) = TDigest::new(compression) {
        digest = empty;
    }
    for slice in slices {
        digest.add_slice(slice);
    }
    digest
}

/// The largest error of rank, and the widest certificate, at the exact quantiles.
fn errors(digest: &TDigest, sorted: &[f64]) -> (f64, f64) {
    let (mut error, mut width) = (0f64, 0f64);
    for step in 1..1_000 {
        let value = sorted[sorted.len() * step / 1_000];
        let rank = digest.rank(value).unwrap_or(f64::NAN);
        let exact = sorted.partition_point(|other| *other <= value) as f64 / sorted.len() as f64;
        let (low, high) = digest.rank_interval(value).unwrap_or((f64::NAN, f64::NAN));
        assert!(low <= exact && exact <= high, "the certificate of {value} must hold {exact}");
        error = error.max((rank - exact).abs());
        width = width.max(high - low);
    }
    (error, width)
}

fn print_line(name: &str, compression: u16, values: &[f64]) {
    let slices: Vec<&[f64]> = values.chunks(SLICE).collect();
    let mut seconds = f64::INFINITY;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        black_box(digest_of(compression, black_box(&slices)));
        seconds = seconds.min(start.elapsed().as_secs_f64());
    }
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let (error, width) = errors(&digest_of(compression, &slices), &sorted);
    let mut merged = digest_of(compression, &[]);
    values.chunks(VALUES / PARTS).for_each(|part| merged.merge(&digest_of(compression, &[part])));
    let (merged_error, merged_width) = errors(&merged, &sorted);
    let cost = seconds * 1e9 / values.len() as f64;
    println!(
        "{name:<26}{compression:>5} {error:>9.5} {merged_error:>9.5} {width:>9.4} {merged_width:>9.4} {cost:>9.2}"
    );
}

fn write_values(directory: &Path, name: &str, values: &[f64]) -> std::io::Result<()> {
    let mut file = std::fs::File::create(directory.join(format!("{name}.f64")))?;
    file.write_all(&values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>())
}

fn main() -> std::io::Result<()> {
    let directory = std::env::args_os().nth(1);
    println!("{:<26}{:>5} {:^19} {:^19}", "", "", "largest rank error", "widest certificate");
    println!(
        "{:<26}{:>5} {:>9} {:>9} {:>9} {:>9} {:>9}",
        "distribution", "k", "whole", "merged", "whole", "merged", "ns/value"
    );
    for (name, values) in distributions() {
        for compression in COMPRESSIONS {
            print_line(name, compression, &values);
        }
        if let Some(directory) = &directory {
            write_values(Path::new(directory), name, &values)?;
        }
    }
    Ok(())
}
