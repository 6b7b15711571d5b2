//! Sketches that merge exactly, and what their answers promise.

use std::sync::Arc;

use driftline_sketches::histogram::{MAX_BUCKETS, MAX_SCALE};
use driftline_sketches::{
    BinCounts, Binning, Categories, CategoryCounts, ExponentialHistogram, Hll, TDigest, Tally,
    canonical_float_key,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::assert_exact_monoid;
use crate::streams::{cut, streams, values};

fn histogram_of(values: &[f64]) -> ExponentialHistogram {
    let mut histogram = ExponentialHistogram::new();
    histogram.add_slice(values);
    histogram
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(|left, right| left.partial_cmp(right).unwrap());
    sorted
}

proptest! {
    #[test]
    fn histograms_merge_exactly(stream in streams(800)) {
        let parts: Vec<_> = stream.parts.iter().map(|part| histogram_of(part)).collect();
        let whole = histogram_of(&stream.whole);
        assert_exact_monoid(&whole, &parts, &ExponentialHistogram::new(), ExponentialHistogram::merge);
        prop_assert_eq!(whole.count(), stream.whole.len() as u64);
    }

    #[test]
    fn histograms_merge_exactly_after_downscaling(stream in streams(300), scale in -4i32..8) {
        let parts: Vec<_> = stream.parts.iter().map(|part| histogram_of(part)).collect();
        let mut merged = histogram_of(&[]).downscale_to(scale);
        for part in &parts {
            merged.merge(part);
        }
        prop_assert_eq!(merged, histogram_of(&stream.whole).downscale_to(scale));
    }

    #[test]
    fn histograms_of_blocks_are_those_of_single_values(stream in streams(6000)) {
        let mut single = ExponentialHistogram::new();
        stream.whole.iter().for_each(|value| single.add_counted(*value, 1));
        prop_assert_eq!(&histogram_of(&stream.whole), &single);
        let mut grown = ExponentialHistogram::new();
        stream.parts.iter().for_each(|part| grown.add_slice(part));
        prop_assert_eq!(grown, single);
    }

    #[test]
    fn histogram_scale_is_the_largest_that_fits(values in values(300)) {
        let histogram = histogram_of(&values);
        let span = |buckets: &[(i32, u64)]| match buckets {
            [(first, _), .., (last, _)] => (last - first + 1) as usize,
            other => other.len(),
        };
        prop_assert!(span(&histogram.positive()) <= MAX_BUCKETS);
        prop_assert!(span(&histogram.negative()) <= MAX_BUCKETS);
        if histogram.scale() < MAX_SCALE {
            // One scale finer, the outermost values would lie too far apart.
            let base = (-f64::from(histogram.scale() + 1)).exp2().exp2();
            let ratio = |values: Vec<f64>| {
                let logs = || values.iter().map(|value| value.log2() / base.log2());
                logs().fold(f64::NEG_INFINITY, f64::max) - logs().fold(f64::INFINITY, f64::min)
            };
            let positive = ratio(values.iter().copied().filter(|value| *value > 0.0).collect());
            let negative = ratio(values.iter().map(|value| -value).filter(|value| *value > 0.0).collect());
            prop_assert!(positive.max(negative) > MAX_BUCKETS as f64 - 1.0 - 1e-6);
        }
    }

    #[test]
    fn histogram_counts_each_value_in_its_bucket(values in values(300)) {
        let histogram = histogram_of(&values);
        let in_bucket = |sign: f64, (index, count): (i32, u64)| {
            let (lower, upper) = histogram.bucket_bounds(index);
            let members = values.iter().filter(|value| lower < *value * sign && *value * sign <= upper);
            members.count() as u64 == count
        };
        prop_assert!(histogram.positive().into_iter().all(|bucket| in_bucket(1.0, bucket)));
        prop_assert!(histogram.negative().into_iter().all(|bucket| in_bucket(-1.0, bucket)));
        prop_assert_eq!(histogram.zero_count(), values.iter().filter(|value| **value == 0.0).count() as u64);
    }

    #[test]
    fn histogram_quantiles_keep_their_relative_error(values in values(500), q in 0.0..=1.0f64) {
        let histogram = histogram_of(&values);
        let sorted = sorted(&values);
        let Some(quantile) = histogram.quantile(q) else {
            prop_assert!(values.is_empty());
            return Ok(());
        };
        let exact = sorted[((q * sorted.len() as f64).ceil() as usize).clamp(1, sorted.len()) - 1];
        let allowed = histogram.relative_error() * (1.0 + 1e-9) * exact.abs() + f64::from_bits(1);
        prop_assert!((quantile - exact).abs() <= allowed, "{} for {}", quantile, exact);
    }

    #[test]
    fn histogram_ranks_rise_and_are_exact_at_bounds(values in values(300)) {
        let histogram = histogram_of(&values);
        let mut previous = 0.0;
        for (index, _) in histogram.positive() {
            let (_, upper) = histogram.bucket_bounds(index);
            let exact = values.iter().filter(|value| **value <= upper).count() as f64;
            prop_assert_eq!(histogram.cumulative_below(upper), exact);
        }
        for bound in sorted(&values) {
            let rank = histogram.rank(bound).unwrap();
            prop_assert!(previous <= rank && rank <= 1.0);
            previous = rank;
        }
    }

    #[test]
    fn histogram_parts_come_back(values in values(300)) {
        let histogram = histogram_of(&values);
        let again = ExponentialHistogram::from_parts(
            histogram.scale(), histogram.zero_count(), &histogram.positive(), &histogram.negative(),
        );
        prop_assert_eq!(again.unwrap(), histogram);
    }

    #[test]
    fn histogram_parts_are_checked(
        scale in -20i32..20, zeros in any::<u64>(), buckets in vec(any::<(i32, u64)>(), 0..4),
    ) {
        if let Ok(histogram) = ExponentialHistogram::from_parts(scale, zeros, &buckets, &[]) {
            prop_assert!(histogram.count() >= zeros);
            prop_assert!(histogram.quantile(1.0).is_none_or(f64::is_finite));
        }
    }

    #[test]
    fn bins_are_found_exactly_and_merge_exactly(stream in streams(800), bins in 2usize..400) {
        let mut digest = TDigest::default();
        digest.add_slice(&stream.whole);
        let Some(binning) = Binning::from_digest(&digest, bins).map(Arc::new) else {
            prop_assert!(stream.whole.is_empty());
            return Ok(());
        };
        let counts_of = |values: &[f64]| {
            let mut counts = BinCounts::new(Arc::clone(&binning));
            counts.add_slice(values);
            counts
        };
        let whole = counts_of(&stream.whole);
        let mut expected = vec![0; binning.bins()];
        for value in &stream.whole {
            let bin = binning.edges().iter().filter(|edge| *edge < value).count();
            prop_assert_eq!(binning.index_of(*value), bin);
            expected[bin] += 1;
        }
        prop_assert_eq!(whole.counts(), expected);
        let parts: Vec<_> = stream.parts.iter().map(|part| counts_of(part)).collect();
        assert_exact_monoid(&whole, &parts, &counts_of(&[]), |own, other| own.merge(other).unwrap());
    }

    #[test]
    fn edges_of_any_spacing_find_their_bin(edges in values(60), probes in values(200)) {
        let mut edges = sorted(&edges);
        edges.dedup();
        let Ok(binning) = Binning::new(edges.clone()) else {
            prop_assert!(edges.is_empty());
            return Ok(());
        };
        let near = edges.iter().flat_map(|edge| [edge.next_down(), *edge, edge.next_up()]);
        for probe in near.chain(probes).chain([f64::INFINITY, f64::NEG_INFINITY]) {
            prop_assert_eq!(binning.index_of(probe), edges.iter().filter(|edge| **edge < probe).count());
        }
    }

    #[test]
    fn categories_merge_exactly(
        names in vec("[a-e]{1,2}", 0..60), cuts in vec(any::<Index>(), 0..5), turn in any::<u64>(),
    ) {
        let categories = Arc::new(Categories::new(["a", "b", "ab"].map(String::from).to_vec()).unwrap());
        let counts_of = |names: &[String]| {
            let mut counts = CategoryCounts::new(Arc::clone(&categories));
            for name in names {
                counts.add(name, 1);
            }
            counts
        };
        let whole = counts_of(&names);
        let exact = |wanted: &str| names.iter().filter(|name| *name == wanted).count() as u64;
        prop_assert_eq!(whole.counts(), [exact("a"), exact("ab"), exact("b")]);
        prop_assert_eq!(whole.total(), names.len() as u64);
        let parts: Vec<_> = cut(&names, &cuts, turn).iter().map(|part| counts_of(part)).collect();
        assert_exact_monoid(&whole, &parts, &counts_of(&[]), |own, other| own.merge(other).unwrap());
        // The same as tallies, where another layout spoils the sum for good.
        let parts: Vec<_> = parts.into_iter().map(Tally::Known).collect();
        assert_exact_monoid(&Tally::Known(whole.clone()), &parts, &Tally::Empty, Tally::merge);
        let mut mixed = Tally::Known(CategoryCounts::new(Arc::new(Categories::new(Vec::new()).unwrap())));
        mixed.merge(&Tally::Known(whole.clone()));
        mixed.merge(&Tally::Known(whole));
        prop_assert_eq!(mixed, Tally::Mixed);
    }
}

#[test]
fn values_that_are_not_finite_are_in_no_bucket() {
    let strange = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -f64::NAN];
    for near in [1.0, f64::MAX, f64::MIN_POSITIVE, f64::from_bits(1)] {
        let values: Vec<f64> =
            (0..400).map(|index| if index % 2 == 0 { near } else { strange[index / 2 % 4] }).collect();
        let histogram = histogram_of(&values);
        assert_eq!((histogram.count(), histogram.zero_count()), (200, 0));
        assert_eq!(histogram, histogram_of(&[near; 200]));
    }
}

#[test]
fn a_value_that_fills_a_bin_gets_one_of_its_own() {
    let mut digest = TDigest::default();
    let values: Vec<f64> =
        (0..5000).map(|index| if index % 4 == 0 { f64::from(index) } else { 0.0 }).collect();
    digest.add_slice(&values);
    let binning = Binning::from_digest(&digest, 10).unwrap();
    let zero = binning.index_of(0.0);
    assert_eq!(&binning.edges()[zero - 1..=zero], &[0.0f64.next_down(), 0.0]);
}

#[test]
fn floats_that_are_equal_have_one_key() {
    assert_eq!(canonical_float_key(-0.0), canonical_float_key(0.0));
    assert_ne!(canonical_float_key(-1.0), canonical_float_key(1.0));
}

#[test]
fn sizes_that_differ_cannot_be_merged() {
    let error = Hll::new(10).unwrap().merge(&Hll::default()).unwrap_err();
    assert_eq!(error.to_string(), "distinct counts must have the same lg_k, got 10 and 12");
}
