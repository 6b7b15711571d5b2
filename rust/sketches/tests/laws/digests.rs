//! What a t-digest promises whatever the data: certified intervals, order, exact extremes.

use driftline_sketches::{Centroid, TDigest};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::streams::{Stream, cut, hard_batches, streams, values};
use crate::{fold, tree};

fn digest_of(compression: u16, values: &[f64]) -> TDigest {
    let mut digest = TDigest::new(compression).unwrap();
    digest.add_slice(values);
    digest
}

/// Everything that must hold between a digest and the values it has seen.
fn assert_faithful(digest: &TDigest, values: &[f64]) {
    assert_eq!(digest.count(), values.len() as u64);
    assert_eq!(digest.min(), values.iter().copied().reduce(f64::min));
    assert_eq!(digest.max(), values.iter().copied().reduce(f64::max));
    assert_centroids_in_order(&digest.centroids(), values.len() as u64);
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(|left, right| left.partial_cmp(right).unwrap());
    assert_ranks_certified(digest, &sorted);
    assert_quantiles_certified(digest, &sorted);
}

fn assert_centroids_in_order(centroids: &[Centroid], count: u64) {
    assert_eq!(centroids.iter().map(|centroid| centroid.weight).sum::<u64>(), count);
    assert!(centroids.windows(2).all(|pair| pair[0].mean <= pair[1].mean));
    assert!(centroids.iter().all(|centroid| centroid.low <= centroid.mean && centroid.mean <= centroid.high));
    assert!(centroids.first().is_none_or(|first| first.weight == 1 && first.is_atom()));
    assert!(centroids.last().is_none_or(|last| last.weight == 1 && last.is_atom()));
}

fn assert_ranks_certified(digest: &TDigest, sorted: &[f64]) {
    let mut previous = 0.0;
    let probes = sorted.iter().step_by(1 + sorted.len() / 50);
    for probe in probes.flat_map(|value| [value.next_down(), *value, value.next_up()]) {
        let exact = sorted.partition_point(|value| *value <= probe) as f64 / sorted.len() as f64;
        let (low, high) = digest.rank_interval(probe).unwrap();
        assert!(low <= exact && exact <= high, "{exact} outside [{low}, {high}] at {probe}");
        let rank = digest.rank(probe).unwrap();
        assert!(low <= rank && rank <= high);
        // Neighbouring probes may overlap by a step.
        if probe >= previous {
            assert!(digest.rank(previous).unwrap_or(0.0) <= rank);
        }
        previous = probe;
    }
}

fn assert_quantiles_certified(digest: &TDigest, sorted: &[f64]) {
    let mut previous = f64::NEG_INFINITY;
    for step in 0..=60 {
        let q = f64::from(step) / 60.0;
        let Some(quantile) = digest.quantile(q) else {
            assert!(sorted.is_empty());
            return;
        };
        let statistic = ((q * sorted.len() as f64).ceil() as usize).clamp(1, sorted.len());
        let exact = sorted[statistic - 1];
        let (low, high) = digest.quantile_interval(q).unwrap();
        assert!(low <= exact && exact <= high, "{exact} outside [{low}, {high}] at {q}");
        assert!(previous <= quantile, "{previous} before {quantile} at {q}");
        assert!(low <= quantile && quantile <= high, "{quantile} outside [{low}, {high}] at {q}");
        previous = quantile;
    }
}

proptest! {
    #[test]
    fn hard_batches_are_certified(batches in vec(hard_batches(), 1..4), compression in 10u16..300) {
        let whole = batches.concat();
        let mut digest = digest_of(compression, &[]);
        for batch in &batches {
            digest.add_slice(batch);
        }
        assert_faithful(&digest, &whole);
        assert_faithful(&digest_of(compression, &whole), &whole);
        let parts: Vec<_> = batches.iter().map(|batch| digest_of(compression, batch)).collect();
        assert_faithful(&tree(&parts, digest_of(compression, &[]), TDigest::merge), &whole);
    }

    #[test]
    fn few_different_values_of_large_batches_are_answered_exactly(
        batch in vec((0i32..180).prop_map(|value| f64::from(value * value * value)), 2048..6000),
    ) {
        let digest = digest_of(200, &batch);
        let mut sorted = batch;
        sorted.sort_unstable_by(f64::total_cmp);
        for step in 0..=200 {
            let q = f64::from(step) / 200.0;
            prop_assert_eq!(digest.quantile(q), Some(exact_quantile(&sorted, q)), "{}", q);
        }
    }

    #[test]
    fn digests_are_faithful_after_any_merge(stream in streams(5000), compression in 10u16..300) {
        let Stream { whole, parts } = stream;
        assert_faithful(&digest_of(compression, &whole), &whole);
        let parts: Vec<_> = parts.iter().map(|part| digest_of(compression, part)).collect();
        let empty = digest_of(compression, &[]);
        assert_faithful(&fold(&parts, empty.clone(), TDigest::merge), &whole);
        assert_faithful(&tree(&parts, empty, TDigest::merge), &whole);
    }

    #[test]
    fn few_different_values_are_answered_exactly(
        values in (1i32..120).prop_flat_map(|different| vec((0..different).prop_map(f64::from), 1..4000)),
        cuts in vec(any::<Index>(), 0..6),
        turn in any::<u64>(),
    ) {
        let mut sorted = values.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let parts: Vec<_> = cut(&values, &cuts, turn).iter().map(|part| digest_of(200, part)).collect();
        for digest in [digest_of(200, &values), tree(&parts, digest_of(200, &[]), TDigest::merge)] {
            for step in 0..=200 {
                let q = f64::from(step) / 200.0;
                prop_assert_eq!(digest.quantile(q), Some(exact_quantile(&sorted, q)), "{}", q);
            }
            for probe in &sorted {
                let exact = sorted.partition_point(|value| value <= probe) as f64 / sorted.len() as f64;
                prop_assert_eq!(digest.rank_interval(*probe), Some((exact, exact)));
            }
        }
    }

    #[test]
    fn digests_are_faithful_to_small_slices(values in values(4000), size in 1usize..1500) {
        let mut digest = TDigest::default();
        values.chunks(size).for_each(|slice| digest.add_slice(slice));
        assert_faithful(&digest, &values);
    }

    #[test]
    fn nothing_is_the_identity(values in values(2000)) {
        let digest = digest_of(100, &values);
        let mut merged = digest.clone();
        merged.merge(&TDigest::default());
        prop_assert_eq!(&merged, &digest);
        if !values.is_empty() {
            let mut merged = TDigest::default();
            merged.merge(&digest);
            prop_assert_eq!(&merged, &digest);
        }
    }

    #[test]
    fn few_values_stay_exact(values in values(150)) {
        let digest = digest_of(200, &values[..values.len().min(200)]);
        for value in &values {
            let (low, high) = digest.rank_interval(*value).unwrap();
            prop_assert_eq!(low, high);
            prop_assert_eq!(digest.rank(*value), Some(low));
        }
    }

    #[test]
    fn digests_are_faithful_after_their_bytes(stream in streams(3000)) {
        let parts: Vec<_> = stream.parts.iter().map(|part| digest_of(50, part)).collect();
        let again: Vec<_> = parts.iter().map(|part| TDigest::from_bytes(&part.to_bytes()).unwrap()).collect();
        for (part, again) in parts.iter().zip(&again) {
            prop_assert_eq!(part.to_bytes(), again.to_bytes());
        }
        assert_faithful(&fold(&again, digest_of(50, &[]), TDigest::merge), &stream.whole);
    }

    #[test]
    fn digests_are_faithful_after_their_centroids(values in values(3000)) {
        let digest = digest_of(100, &values);
        let again = TDigest::from_centroids(100, &digest.centroids()).unwrap();
        prop_assert_eq!(again.centroids(), digest.centroids());
        assert_faithful(&again, &values);
    }

    #[test]
    fn heavy_ends_are_split(values in values(400), size in 1usize..30) {
        let mut sorted = values;
        sorted.sort_unstable_by(|left, right| left.partial_cmp(right).unwrap());
        let centroids: Vec<_> = sorted
            .chunks(size)
            .map(|chunk| Centroid {
                mean: chunk[chunk.len() / 2],
                weight: chunk.len() as u64,
                low: chunk[0],
                high: chunk[chunk.len() - 1],
            })
            .collect();
        assert_faithful(&TDigest::from_centroids(100, &centroids).unwrap(), &sorted);
    }
}

/// The usual accuracy, which is a property of the data and not a guarantee.
#[test]
fn usual_data_is_ranked_within_half_a_percent() {
    let values: Vec<f64> =
        (0..200_000u64).map(|index| (index.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 11) as f64).collect();
    let exact_rank = |value: f64| {
        let below = values.iter().filter(|other| **other <= value).count();
        below as f64 / values.len() as f64
    };
    for size in [100, 1500, 10_000] {
        let mut digest = TDigest::default();
        values.chunks(size).for_each(|slice| digest.add_slice(slice));
        let mut merged = TDigest::default();
        values.chunks(size.max(1000)).for_each(|slice| merged.merge(&digest_of(200, slice)));
        for digest in [digest, merged] {
            assert!(digest.centroids().len() < 400);
            for step in 1..50 {
                let value = digest.quantile(f64::from(step) / 50.0).unwrap();
                let rank = exact_rank(value);
                assert!((rank - f64::from(step) / 50.0).abs() < 0.005, "{rank} at {step}");
                assert!((digest.rank(value).unwrap() - rank).abs() < 0.005);
            }
        }
    }
}

#[test]
fn heavy_values_are_steps() {
    let mut values = vec![0.0; 9000];
    values.extend((1..=1000).map(f64::from));
    let digest = digest_of(200, &values);
    assert_eq!(digest.quantile(0.5), Some(0.0));
    assert_eq!(digest.quantile(0.89), Some(0.0));
    let rank = digest.rank(0.0).unwrap();
    assert!((rank - 0.9).abs() < 0.01, "{rank}");
}

#[test]
fn compressions_that_are_too_low_are_refused() {
    let error = TDigest::new(3).unwrap_err();
    assert_eq!(error.to_string(), "compression must be at least 10, got 3");
}

/// The exact quantile that the digest answers where it has single values.
fn exact_quantile(sorted: &[f64], q: f64) -> f64 {
    sorted[((q * sorted.len() as f64).ceil() as usize).clamp(1, sorted.len()) - 1]
}

#[test]
fn values_heavier_than_the_size_limit_are_answered_exactly() {
    // Three of a thousand values hold most of the mass, and every batch cuts them in the middle.
    let values: Vec<f64> = (0..60_000u32).map(|n| f64::from(n.wrapping_mul(2_654_435_761) >> 30)).collect();
    let mut digest = TDigest::default();
    for batch in values.chunks(5_000) {
        digest.add_slice(batch);
    }
    let mut merged = TDigest::default();
    for batch in values.chunks(777) {
        merged.merge(&digest_of(100, batch));
    }
    let mut sorted = values.clone();
    sorted.sort_unstable_by(f64::total_cmp);
    for step in 0..=1_000 {
        let q = f64::from(step) / 1_000.0;
        assert_eq!(digest.quantile(q), Some(exact_quantile(&sorted, q)), "{q}");
        assert_eq!(merged.quantile(q), Some(exact_quantile(&sorted, q)), "{q} after merges");
    }
    for value in 0..4 {
        let (low, high) = digest.rank_interval(f64::from(value)).unwrap();
        assert_eq!(low, high, "the rank of {value} is certain");
    }
}
