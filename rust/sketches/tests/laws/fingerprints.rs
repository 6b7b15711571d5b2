//! What is told of the data of a profile, and bins made from a histogram.

use std::collections::BTreeMap;

use driftline_sketches::{
    BinCounts, CategoricalProfile, ColumnProfile, ExponentialHistogram, NumericProfile, coupon_of_bytes,
};
use proptest::prelude::*;

fn numbers(values: &[f64], batch: usize) -> ColumnProfile {
    let mut whole = NumericProfile::new(None);
    for part in values.chunks(batch.max(1)) {
        let mut profile = NumericProfile::new(None);
        profile.add_numbers(part);
        whole.merge(&profile).unwrap();
    }
    ColumnProfile::Numeric(Box::new(whole))
}

fn words(values: &[u16], batch: usize) -> ColumnProfile {
    let mut whole = CategoricalProfile::new(None);
    for part in values.chunks(batch.max(1)) {
        let mut counted: BTreeMap<String, u64> = BTreeMap::new();
        for value in part {
            *counted.entry(format!("word {value}")).or_default() += 1;
        }
        let (items, counts): (Vec<_>, Vec<_>) = counted.into_iter().unzip();
        let coupons: Vec<u32> = items.iter().map(|item| coupon_of_bytes(item.as_bytes())).collect();
        let mut profile = CategoricalProfile::new(None);
        profile.add_counted(&coupons, &counts, |index| items[index].as_bytes());
        whole.merge(&profile).unwrap();
    }
    ColumnProfile::Categorical(Box::new(whole))
}

fn value() -> impl Strategy<Value = f64> {
    prop_oneof![-1e3..1e3, Just(0.0), Just(-0.0), (-5i32..5).prop_map(f64::from), any::<f64>()]
}

proptest! {
    #[test]
    fn order_and_batches_change_no_fingerprint(
        values in prop::collection::vec(value(), 1..2_000),
        seed in any::<u64>(),
        batches in (1usize..500, 1usize..500),
    ) {
        let mut shuffled = values.clone();
        shuffled.sort_by_key(|value| value.to_bits().wrapping_mul(seed | 1));
        prop_assert_eq!(
            numbers(&values, batches.0).fingerprint(),
            numbers(&shuffled, batches.1).fingerprint()
        );
    }

    #[test]
    fn order_and_batches_change_no_fingerprint_of_words(
        values in prop::collection::vec(0u16..1_000, 1..2_000),
        distinct in 1u16..1_000,
        batches in (1usize..500, 1usize..500),
    ) {
        let values: Vec<u16> = values.iter().map(|value| value % distinct).collect();
        let mut sorted = values.clone();
        sorted.sort_unstable();
        prop_assert_eq!(words(&values, batches.0).fingerprint(), words(&sorted, batches.1).fingerprint());
    }

    #[test]
    fn one_more_value_changes_the_fingerprint(
        values in prop::collection::vec(-1e3..1e3, 1..100),
        added in -1e3..1e3,
    ) {
        let mut more = values.clone();
        more.push(added);
        prop_assert_ne!(numbers(&values, 100).fingerprint(), numbers(&more, 100).fingerprint());
    }

    #[test]
    fn bins_of_a_histogram_count_exactly(
        values in prop::collection::vec(value().prop_filter("finite", |value| value.is_finite()), 1..2_000),
        bins in 0usize..40,
    ) {
        let mut histogram = ExponentialHistogram::new();
        histogram.add_slice(&values);
        let Some(counts) = BinCounts::from_histogram(&histogram, bins) else { return Ok(()) };
        prop_assert!(counts.counts().len() <= bins);
        prop_assert!(counts.counts().iter().all(|&count| count > 0));
        let mut counted = BinCounts::new(counts.binning().clone());
        counted.add_slice(&values);
        prop_assert_eq!(counted.counts(), counts.counts());
    }
}

#[test]
fn swapped_counts_of_words_change_the_fingerprint() {
    assert_ne!(words(&[1, 1, 2], 9).fingerprint(), words(&[1, 2, 2], 9).fingerprint());
}

#[test]
fn bins_of_a_histogram_are_of_equal_depth() {
    let values: Vec<f64> = (1..=10_000).map(f64::from).collect();
    let mut histogram = ExponentialHistogram::new();
    histogram.add_slice(&values);
    let counts = BinCounts::from_histogram(&histogram, 10).unwrap();
    assert_eq!(counts.counts().len(), 10);
    // A bucket at the upper end is 1.5 % of its values wide.
    assert!(counts.counts().iter().all(|&count| (800..=1_200).contains(&count)), "{counts:?}");
    assert!(BinCounts::from_histogram(&ExponentialHistogram::new(), 10).is_none());
    histogram = ExponentialHistogram::new();
    histogram.add_slice(&[3.0; 50]);
    assert!(BinCounts::from_histogram(&histogram, 10).is_none(), "one value makes one bin");
}
