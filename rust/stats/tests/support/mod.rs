//! What the tests of this crate share: drawn samples, profiles of them, and distances computed from
//! the rows.

#![allow(clippy::unwrap_used)]
#![allow(unreachable_pub, missing_docs)]
#![allow(dead_code, reason = "each test binary uses its part")]

mod uniforms;

use std::sync::Arc;

use driftline_sketches::{Binning, ColumnProfile, NumericProfile, canonical_float_key};

pub use self::uniforms::Uniforms;

/// What scipy, numpy and scikit-learn say; written by `oracle/make_oracle.py`.
#[rustfmt::skip]
#[allow(clippy::unreadable_literal, clippy::excessive_precision, clippy::type_complexity)]
#[path = "../oracle/table.rs"]
pub mod table;

/// The first numbers from a seed.
pub fn uniforms(seed: u64, count: usize) -> Vec<f64> {
    Uniforms(seed).take(count).collect()
}

/// Sums of four uniform numbers about 0.
pub fn bell(seed: u64, count: usize) -> Vec<f64> {
    uniforms(seed, 4 * count).chunks(4).map(|u| u[0] + u[1] + u[2] + u[3] - 2.0).collect()
}

/// Eighth powers of uniform numbers.
pub fn skewed(seed: u64, count: usize) -> Vec<f64> {
    let eighth = |u: f64| {
        let fourth = (u * u) * (u * u);
        fourth * fourth
    };
    uniforms(seed, count).into_iter().map(eighth).collect()
}

/// Whole numbers from 0 to 11.
pub fn ties(seed: u64, count: usize) -> Vec<f64> {
    uniforms(seed, count).into_iter().map(|u| (u * 12.0).floor()).collect()
}

/// A drawn sample by the name of its shape, as in the tables of `oracle/`, moved by `shift`.
pub fn sample(shape: &str, (seed, rows, shift): (u64, usize, f64)) -> Vec<f64> {
    let drawn = match shape {
        "Bell" => bell(seed, rows),
        "Skewed" => skewed(seed, rows),
        "Ties" => ties(seed, rows),
        other => panic!("no shape {other}"),
    };
    drawn.into_iter().map(|value| value + shift).collect()
}

/// A numeric profile of the values, fed in batches of `batch` rows to as many profiles, which are
/// then merged.
pub fn merged_profile(values: &[f64], binning: Option<&Arc<Binning>>, batch: usize) -> ColumnProfile {
    let mut merged = NumericProfile::new(binning.cloned());
    for values in values.chunks(batch.max(1)) {
        let keys: Vec<u64> = values.iter().map(|&value| canonical_float_key(value)).collect();
        let mut part = NumericProfile::new(binning.cloned());
        part.add_slice(values, &keys);
        merged.merge(&part).unwrap();
    }
    ColumnProfile::Numeric(Box::new(merged))
}

/// A numeric profile of the values in one batch.
pub fn profile(values: &[f64], binning: Option<&Arc<Binning>>) -> ColumnProfile {
    merged_profile(values, binning, values.len())
}

/// The share of ascending `rows` at or below `x`.
fn share(rows: &[f64], x: f64) -> f64 {
    rows.partition_point(|&row| row <= x) as f64 / rows.len() as f64
}

fn sorted(rows: &[f64]) -> Vec<f64> {
    let mut rows = rows.to_vec();
    rows.sort_by(f64::total_cmp);
    rows
}

/// The Kolmogorov-Smirnov distance of the rows themselves.
pub fn exact_ks(reference: &[f64], current: &[f64]) -> f64 {
    let (reference, current) = (sorted(reference), sorted(current));
    let gap = |&x: &f64| (share(&reference, x) - share(&current, x)).abs();
    reference.iter().chain(&current).map(gap).fold(0.0, f64::max)
}

/// The Wasserstein distance of the rows themselves; values must be far from overflow.
pub fn exact_wasserstein(reference: &[f64], current: &[f64]) -> f64 {
    let all = sorted(&[reference, current].concat());
    let (reference, current) = (sorted(reference), sorted(current));
    let area =
        |pair: &[f64]| (pair[1] - pair[0]) * (share(&reference, pair[0]) - share(&current, pair[0])).abs();
    all.windows(2).map(area).sum()
}

/// The values fall in bins (edges[j-1], edges[j]]; counts of rows.
pub fn bin_counts(rows: &[f64], edges: &[f64]) -> Vec<f64> {
    let mut counts = vec![0.0; edges.len() + 1];
    for row in rows {
        counts[edges.partition_point(|edge| edge < row)] += 1.0;
    }
    counts
}

/// PSI of bin counts, smoothed by half a row.
pub fn exact_psi(reference: &[f64], current: &[f64]) -> f64 {
    let total = |counts: &[f64]| counts.iter().map(|count| count + 0.5).sum::<f64>();
    let (n, m) = (total(reference), total(current));
    let term = |(r, c): (&f64, &f64)| {
        let (p, q) = ((r + 0.5) / n, (c + 0.5) / m);
        (p - q) * (p / q).ln()
    };
    reference.iter().zip(current).map(term).sum()
}

/// Jensen-Shannon distance of bin counts, through entropies: that of the mean less the mean of both.
pub fn exact_jensen_shannon(reference: &[f64], current: &[f64]) -> f64 {
    let shares = |counts: &[f64]| {
        let total: f64 = counts.iter().sum();
        counts.iter().map(|count| count / total).collect::<Vec<f64>>()
    };
    let entropy = |shares: &[f64]| {
        let bits = |share: &f64| {
            if *share > 0.0 { -share * share.log2() } else { 0.0 }
        };
        shares.iter().map(bits).sum::<f64>()
    };
    let (p, q) = (shares(reference), shares(current));
    let mean: Vec<f64> = p.iter().zip(&q).map(|(p, q)| 0.5 * (p + q)).collect();
    (entropy(&mean) - 0.5 * (entropy(&p) + entropy(&q))).max(0.0).sqrt()
}

/// Chi-square statistic of a two-row table, as observed against expected counts.
pub fn exact_chi_square(reference: &[f64], current: &[f64]) -> f64 {
    let (n, m): (f64, f64) = (reference.iter().sum(), current.iter().sum());
    let term = |(r, c): (&f64, &f64)| {
        let (expected_r, expected_c) = ((r + c) * n / (n + m), (r + c) * m / (n + m));
        (r - expected_r).powi(2) / expected_r + (c - expected_c).powi(2) / expected_c
    };
    reference.iter().zip(current).filter(|(r, c)| *r + *c > 0.0).map(term).sum()
}

/// Whether two numbers agree to this relative error (or absolute, below 1).
pub fn close(found: f64, expected: f64, tolerance: f64) -> bool {
    (found - expected).abs() <= tolerance * expected.abs().max(1.0)
}
