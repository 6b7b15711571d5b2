//! Quantiles of absolute errors by weight, beside those without, and those of the rows themselves.

#![allow(clippy::unwrap_used)]

mod support;

use driftline_sketches::performance::Weighted;
use driftline_sketches::{Performance, Regression};
use driftline_stats::performance::{Estimate, WeightedFigure, regression, weighted};
use proptest::collection::vec;
use proptest::prelude::*;
use support::{bell, close, uniforms};

const SHARES: [(&str, f64); 2] = [("median_absolute_error", 0.5), ("p95_absolute_error", 0.95)];
/// Half the width of a 95% interval, in standard errors.
const Z: f64 = 1.959_963_984_540_054;

/// An error and its weight.
type Row = (f64, f64);

fn sketch(rows: &[Row]) -> Weighted {
    let mut sketch = Weighted::default();
    for (error, weight) in rows {
        sketch.add_error(*weight, *error, 0.0);
    }
    sketch
}

fn figures(sketch: Weighted) -> Vec<WeightedFigure> {
    weighted(&Performance { weighted: Some(Box::new(sketch)), ..Performance::new() }, "")
}

fn figure(rows: &[Row], name: &str) -> Option<WeightedFigure> {
    figures(sketch(rows)).into_iter().find(|figure| figure.name == name)
}

fn assert_same(found: Option<WeightedFigure>, expected: Option<Estimate>) {
    assert_eq!(found.is_some(), expected.is_some(), "{found:?} {expected:?}");
    if let (Some(found), Some(expected)) = (found, expected) {
        let found = found.estimate;
        for (found, expected) in
            [(found.value, expected.value), (found.low, expected.low), (found.high, expected.high)]
        {
            assert!((found - expected).abs() <= 1e-9 * expected, "{found} {expected}");
        }
    }
}

/// The smallest absolute error up to which the rows' weight reaches a share of all, but for rounding.
fn quantile_of(rows: &[Row], q: f64) -> f64 {
    let mut sorted: Vec<Row> = rows.iter().map(|(error, weight)| (error.abs(), *weight)).collect();
    sorted.sort_unstable_by(|left, right| left.0.total_cmp(&right.0));
    let all: f64 = sorted.iter().map(|row| row.1).sum();
    let mut before = 0.0;
    for (error, weight) in sorted {
        before += weight;
        if weight > 0.0 && before >= (q - 1e-9) * all {
            return error;
        }
    }
    panic!("no row has weight");
}

fn errors() -> impl Strategy<Value = Vec<f64>> {
    vec(prop_oneof![6 => -1e3..1e3_f64, 2 => -1.0..1.0_f64, 1 => Just(0.0)], 2..400)
}

/// Errors that 320 buckets hold in sixteenths of an octave, and weights whose sums are exact.
fn rows() -> impl Strategy<Value = Vec<Row>> {
    let weight = (0..64_u32).prop_map(|eighths| f64::from(eighths) / 8.0);
    vec((prop_oneof![3 => 0.01..1e3_f64, 3 => -1e3..-0.01_f64, 1 => Just(0.0)], weight), 2..400)
}

proptest! {
    #[test]
    fn equal_weights_change_nothing(errors in errors(), weight in 1e-3..1e3_f64) {
        let mut unweighted = Regression::new();
        unweighted.add_slice(&errors, &vec![0.0; errors.len()]);
        let rows: Vec<Row> = errors.iter().map(|error| (*error, weight)).collect();
        for (name, _) in SHARES {
            let found = figure(&rows, name);
            assert_same(found, regression(&unweighted).get(name));
            if let Some(found) = found {
                prop_assert!(close(found.effective_rows, errors.len() as f64, 1e-9));
            }
        }
    }

    #[test]
    fn the_figure_is_in_the_bucket_of_the_rows_own(rows in rows()) {
        let buckets = sketch(&rows).absolute_errors;
        for (name, q) in SHARES {
            let Some(found) = figure(&rows, name) else { continue };
            let exact = quantile_of(&rows, q);
            let bounds = buckets.iter().map(|(index, _)| buckets.bucket_bounds(index));
            let (low, high) = bounds.into_iter().find(|(low, high)| *low < exact && exact <= *high).unwrap_or_default();
            let Estimate { value, low: least, high: most } = found.estimate;
            prop_assert!(low <= value && value <= high, "{value} of {exact} in [{low}, {high}]");
            prop_assert!(least <= low && high <= most, "[{least}, {most}] holds all of [{low}, {high}]");
        }
    }

    #[test]
    fn neither_scale_nor_rows_without_weight_matter(
        rows in rows(), power in -120..120_i32, idle in vec(any::<f64>(), 0..9), at in any::<prop::sample::Index>(),
    ) {
        let mut others: Vec<Row> =
            rows.iter().map(|(error, weight)| (*error, weight * 2.0_f64.powi(power))).collect();
        let place = at.index(others.len());
        others.splice(place..place, idle.into_iter().map(|error| (error, 0.0)));
        for (name, _) in SHARES {
            assert_same(figure(&others, name), figure(&rows, name).map(|figure| figure.estimate));
        }
    }

    #[test]
    fn parts_tell_what_the_whole_does(rows in rows(), rest in rows(), at in any::<prop::sample::Index>()) {
        let (first, second) = rows.split_at(at.index(rows.len()));
        let mut merged = sketch(first);
        merged.merge(&sketch(second));
        let expected = figures(sketch(&rows));
        prop_assert_eq!(quantiles(&figures(merged.clone())), quantiles(&expected));
        merged.merge(&sketch(&rest));
        // What is left has the scale of all that there was, and buckets that hold more rows.
        let left = quantiles(&figures(merged.without(&sketch(&rest))));
        for (name, whole) in quantiles(&figures(sketch(&rows))) {
            let Some((_, found)) = left.iter().find(|figure| figure.0 == name) else { continue };
            let bound = 2.0_f64.powf(1.0 / 16.0) * (1.0 + 1e-12);
            prop_assert!(*found <= whole * bound && whole <= found * bound, "{name}: {found} {whole}");
        }
    }
}

fn quantiles(figures: &[WeightedFigure]) -> Vec<(&'static str, f64)> {
    let all = figures.iter().filter(|figure| SHARES.iter().any(|(name, _)| *name == figure.name));
    all.map(|figure| (figure.name, figure.estimate.value)).collect()
}

/// Errors with a long tail, and weights that are the larger the larger the error is.
fn drawn(seed: u64, rows: usize) -> Vec<Row> {
    let (weights, errors) = (uniforms(seed + 1, rows), bell(seed, rows));
    errors.iter().zip(weights).map(|(error, luck)| (error.exp(), luck * (0.5 + error.abs()))).collect()
}

#[test]
fn the_interval_is_that_of_the_rows_share() {
    let rows = drawn(31, 4_000);
    let all: f64 = rows.iter().map(|row| row.1).sum();
    let squares: f64 = rows.iter().map(|row| row.1 * row.1).sum();
    for (name, q) in SHARES {
        let found = figure(&rows, name).unwrap();
        assert!(close(found.effective_rows, all * all / squares, 1e-9));
        let exact = quantile_of(&rows, q);
        let terms = rows.iter().map(|(error, weight)| {
            let is_below = if *error <= exact { 1.0 } else { 0.0 };
            (weight * (is_below - q)).powi(2)
        });
        let standard_error = terms.sum::<f64>().sqrt() / all;
        let ends = [q - Z * standard_error, q + Z * standard_error].map(|share| quantile_of(&rows, share));
        let Estimate { low, high, .. } = found.estimate;
        assert!(close(low, ends[0], 0.01) && close(high, ends[1], 0.01), "[{low}, {high}] {ends:?}");
        assert!(high / low > 1.05, "there was something to agree on");
    }
}

#[test]
fn an_interval_holds_what_many_records_give() {
    let truth = drawn(1, 2_000_000);
    for (name, q) in SHARES {
        let exact = quantile_of(&truth, q);
        for rows in [400, 2_000] {
            let windows = 1_000;
            let held = (0..windows).filter(|window| {
                let found = figure(&drawn(1_000 + 2 * window, rows), name).unwrap().estimate;
                found.low <= exact && exact <= found.high
            });
            let held = held.count();
            assert!((922..=990).contains(&held), "{name}: {held} of {windows} with {rows} records");
        }
    }
}

#[test]
fn too_little_weight_has_no_upper_end() {
    let rows = |count: u32| -> Vec<Row> { (0..count).map(|row| (f64::from(row) + 1.0, 2.0)).collect() };
    assert!(figure(&rows(80), "p95_absolute_error").is_none());
    assert!(figure(&rows(100), "p95_absolute_error").is_some());
    let mut heavy = rows(100);
    heavy[99].1 = 300.0;
    assert!(figure(&heavy, "p95_absolute_error").is_none(), "one row has most of the weight");
    assert!(figure(&[(1.0, 1.0), (2.0, 1e-9)], "median_absolute_error").is_none(), "no two records' worth");
}

#[test]
fn what_left_the_range_of_doubles_has_no_quantiles() {
    let mut rows = drawn(5, 500);
    rows.push((1.0, 1e200));
    assert!(quantiles(&figures(sketch(&rows))).is_empty());
    rows.pop();
    rows.push((1e200, 1.0));
    assert!(quantiles(&figures(sketch(&rows))).is_empty());
}
