//! The cost of every kernel, at every instruction set that the processor has:
//! `cargo bench -p driftline-sketches --bench kernels -- moments`.
//!
//! A kernel is fed the batches of a stream in turn, so that it is measured in its steady state. Throughput counts
//! values; of the merges it counts sketches.

#![allow(missing_docs, clippy::unwrap_used)]

#[path = "../examples/streams/mod.rs"]
mod streams;

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{
    BatchSize, BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main,
};
use driftline_sketches::hll::{ShortText, coupons_of_short};
use driftline_sketches::joint::{Frame, JointColumns, JointProfile, Scales};
use driftline_sketches::simd::{Level, limit_to};
use driftline_sketches::{
    BinCounts, Binning, CategoricalProfile, ExponentialHistogram, FrequentItems, Hll, Kll, Moments,
    NumericProfile, TDigest, canonical_float_key, coupon_of_bytes,
};

use streams::gaussians;

const VALUES: usize = 500_000;
const BATCH: usize = 10_000;
const BINS: usize = 20;
const LEVELS: [(Level, &str); 3] =
    [(Level::Baseline, "baseline"), (Level::Avx2, "avx2"), (Level::Avx512, "avx512")];

/// A stream of normally distributed numbers and their keys.
struct Stream {
    values: Vec<f64>,
    keys: Vec<u64>,
}

impl Stream {
    fn new() -> Self {
        let values: Vec<f64> = gaussians(1, 2_000_003).take(VALUES).collect();
        let keys = values.iter().map(|value| canonical_float_key(*value)).collect();
        Self { values, keys }
    }

    fn digest(&self, values: usize) -> TDigest {
        let mut digest = TDigest::default();
        self.values[..values].chunks(BATCH).for_each(|batch| digest.add_slice(batch));
        digest
    }

    fn distinct(&self, keys: std::ops::Range<usize>) -> Hll {
        let mut distinct = Hll::default();
        distinct.add_slice(&self.keys[keys]);
        distinct
    }

    fn binning(&self) -> Arc<Binning> {
        Arc::new(Binning::from_digest(&self.digest(BATCH), BINS).unwrap())
    }
}

/// Measures at every level that the processor has; `measure` gets the name of each.
fn at_every_level(mut measure: impl FnMut(&str)) {
    for (level, name) in LEVELS {
        if limit_to(level) == level {
            measure(name);
        }
    }
    limit_to(Level::available());
}

/// Feeds one batch after the other, from the first again after the last.
fn feed<T>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    level: &str,
    (stream, size): (&[T], usize),
    mut add: impl FnMut(&[T]),
) {
    group.throughput(Throughput::Elements(size as u64));
    group.bench_function(BenchmarkId::new(level, size), |bencher| {
        let mut batches = stream.chunks_exact(size).cycle();
        bencher.iter(|| batches.next().into_iter().for_each(|batch| add(black_box(batch))));
    });
}

fn numbers(criterion: &mut Criterion) {
    let stream = Stream::new();
    let values = (stream.values.as_slice(), BATCH);
    let binning = stream.binning();
    at_every_level(|level| {
        let mut moments = Moments::new();
        let group = &mut criterion.benchmark_group("moments");
        feed(group, level, values, |batch| moments.add_slice(batch));
    });
    at_every_level(|level| {
        let mut histogram = ExponentialHistogram::new();
        let group = &mut criterion.benchmark_group("histogram");
        feed(group, level, values, |batch| histogram.add_slice(batch));
    });
    at_every_level(|level| {
        let mut counts = BinCounts::new(Arc::clone(&binning));
        let group = &mut criterion.benchmark_group("bins");
        feed(group, level, values, |batch| counts.add_slice(batch));
    });
    at_every_level(|level| {
        let group = &mut criterion.benchmark_group("tdigest_add");
        for size in [100, 1_000, BATCH] {
            let mut digest = TDigest::default();
            feed(group, level, (values.0, size), |batch| digest.add_slice(batch));
        }
    });
    at_every_level(|level| {
        let group = &mut criterion.benchmark_group("kll_add");
        for size in [100, 1_000, BATCH] {
            let mut sketch = Kll::default();
            feed(group, level, (values.0, size), |batch| sketch.add_slice(batch));
        }
    });
    at_every_level(|level| {
        let mut distinct = Hll::default();
        let group = &mut criterion.benchmark_group("hll_add");
        feed(group, level, (&stream.keys, BATCH), |batch| distinct.add_slice(batch));
    });
}

fn merges(criterion: &mut Criterion) {
    let stream = Stream::new();
    let digests = (stream.digest(VALUES), stream.digest(VALUES / 2));
    let distincts = (stream.distinct(0..VALUES / 2), stream.distinct(VALUES / 2..VALUES));
    at_every_level(|level| {
        let mut group = criterion.benchmark_group("merge");
        group.throughput(Throughput::Elements(1));
        group.bench_function(BenchmarkId::new("tdigest", level), |bencher| {
            let copy = || digests.0.clone();
            bencher.iter_batched_ref(
                copy,
                |digest| digest.merge(black_box(&digests.1)),
                BatchSize::SmallInput,
            );
        });
        group.bench_function(BenchmarkId::new("hll", level), |bencher| {
            let copy = || distincts.0.clone();
            bencher.iter_batched_ref(
                copy,
                |distinct| distinct.merge(black_box(&distincts.1)).unwrap(),
                BatchSize::SmallInput,
            );
        });
    });
}

/// Texts of which each batch has 1,000 different ones, counted beforehand as a dictionary's are.
fn texts(criterion: &mut Criterion) {
    let names: Vec<String> = (0..20_000).map(|number| format!("item {number}")).collect();
    let coupons: Vec<u32> = names.iter().map(|name| coupon_of_bytes(name.as_bytes())).collect();
    let counts: Vec<u64> = (0..20_000).map(|number| number % 97 + 1).collect();
    let places: Vec<usize> = (0..20_000).collect();
    let item = |batch: &[usize], index: usize| names[batch[index]].as_bytes();
    let counted = (places.as_slice(), 1_000);
    let windows: Vec<ShortText> = names
        .iter()
        .filter_map(|name| {
            let mut window = [0; 16];
            window[..name.len()].copy_from_slice(name.as_bytes());
            ShortText::new(&window, name.len())
        })
        .collect();
    at_every_level(|level| {
        let group = &mut criterion.benchmark_group("coupons_of_short");
        let mut coupons = vec![0; BATCH];
        feed(group, level, (&windows, BATCH), |batch| coupons_of_short(batch, black_box(&mut coupons)));
    });
    at_every_level(|level| {
        let mut frequent = FrequentItems::default();
        let group = &mut criterion.benchmark_group("frequent");
        feed(group, level, counted, |batch| {
            let range = batch[0]..batch[0] + batch.len();
            frequent.add_distinct(&counts[range], |index| item(batch, index));
        });
    });
    at_every_level(|level| {
        let mut profile = CategoricalProfile::new(None);
        let group = &mut criterion.benchmark_group("categorical_profile");
        feed(group, level, counted, |batch| {
            let range = batch[0]..batch[0] + batch.len();
            profile.add_counted(&coupons[range.clone()], &counts[range], |index| item(batch, index));
        });
    });
}

/// The whole profile of a numeric column, keys included.
fn profiles(criterion: &mut Criterion) {
    let stream = Stream::new();
    let binning = stream.binning();
    at_every_level(|level| {
        let group = &mut criterion.benchmark_group("numeric_profile");
        for size in [100, 1_000, BATCH] {
            let mut profile = NumericProfile::new(Some(Arc::clone(&binning)));
            let mut keys = Vec::with_capacity(size);
            feed(group, level, (&stream.values, size), |batch| {
                keys.clear();
                keys.extend(batch.iter().map(|value| canonical_float_key(*value)));
                profile.add_slice(batch, &keys);
            });
        }
    });
}

/// Five numeric columns of a set, without a baseline and beside one; throughput counts records.
fn joint_profiles(criterion: &mut Criterion) {
    const COLUMNS: usize = 5;
    let stream = Stream::new();
    let names = (0..COLUMNS).map(|column| column.to_string()).collect();
    let columns = Arc::new(JointColumns::new("set".into(), names, Vec::new()).unwrap());
    let [means, deviations, lows, highs] = [0.0, 1.0, -3.0, 3.0].map(|each| vec![each; COLUMNS]);
    let scales = Arc::new(Scales::new(Arc::clone(&columns), means, deviations, lows, highs).unwrap());
    let records = 1_000;
    let batches: Vec<Vec<Vec<f64>>> = stream
        .values
        .chunks_exact(COLUMNS * records)
        .map(|batch| batch.chunks_exact(records).map(<[f64]>::to_vec).collect())
        .collect();
    at_every_level(|level| {
        for (name, scales) in [("joint_profile", None), ("joint_profile_scaled", Some(Arc::clone(&scales)))] {
            let mut profile = JointProfile::new(Arc::clone(&columns), Frame { scales, known: None });
            let mut group = criterion.benchmark_group(name);
            group.throughput(Throughput::Elements(records as u64));
            group.bench_function(BenchmarkId::new(level, records), |bencher| {
                let mut batches = batches.iter().cycle();
                bencher.iter(|| {
                    batches.next().into_iter().for_each(|batch| profile.add(records, black_box(batch), &[]));
                });
            });
        }
    });
}

/// Short, as there are many: a figure is good to some percent, which is what a shared machine gives anyway.
fn short() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(600))
        .sample_size(20)
}

criterion_group! {
    name = kernels;
    config = short();
    targets = numbers, merges, texts, profiles, joint_profiles
}
criterion_main!(kernels);
