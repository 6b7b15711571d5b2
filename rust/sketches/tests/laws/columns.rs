//! Column profiles: every value is counted once, in its place.

use std::collections::BTreeMap;
use std::sync::Arc;

use driftline_sketches::{
    BinCounts, Binning, CategoricalProfile, Categories, ColumnProfile, ErrorKind, ExponentialHistogram, Hll,
    NumericProfile, TDigest, Tally, canonical_float_key, coupon_of_bytes,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::streams::{cut, hard_batches, values};
use crate::{assert_exact_monoid, fold, tree};

fn binning() -> Arc<Binning> {
    Arc::new(Binning::new(vec![-1.0, 0.0f64.next_down(), 0.0, 10.0]).unwrap())
}

fn numeric_of(values: &[f64]) -> NumericProfile {
    let keys: Vec<u64> = values.iter().map(|value| canonical_float_key(*value)).collect();
    let mut profile = NumericProfile::new(Some(binning()));
    profile.add_slice(values, &keys);
    profile.add_nulls(values.len() as u64 / 3);
    profile
}

/// Up to so many values with some that are not finite.
fn rows(length: usize) -> impl Strategy<Value = Vec<f64>> {
    let strange = prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(f64::NEG_INFINITY)];
    (values(length), vec((any::<Index>(), strange), 0..8)).prop_map(|(mut values, strange)| {
        for (place, value) in strange {
            values.insert(place.index(values.len() + 1), value);
        }
        values
    })
}

/// What merges exactly, of a numeric profile.
fn exact_part(profile: &NumericProfile) -> impl PartialEq + std::fmt::Debug + use<> {
    (
        (profile.nans, profile.pos_infs, profile.neg_infs),
        (profile.moments.count(), profile.moments.min(), profile.moments.max()),
        (profile.histogram().into_owned(), profile.distinct.clone(), profile.bins().into_owned()),
        (profile.digest().count(), profile.digest().min(), profile.digest().max()),
    )
}

/// What a profile holds, but for the moments, when every value is handled on its own.
fn assert_as_one_by_one(profile: &NumericProfile, rows: &[f64]) {
    let finite: Vec<f64> = rows.iter().copied().filter(|value| value.is_finite()).collect();
    let number_of = |is_one: fn(f64) -> bool| rows.iter().filter(|value| is_one(**value)).count() as u64;
    assert_eq!(profile.nans, number_of(f64::is_nan));
    assert_eq!(profile.pos_infs, number_of(|value| value == f64::INFINITY));
    assert_eq!(profile.neg_infs, number_of(|value| value == f64::NEG_INFINITY));
    let (mut histogram, mut distinct, mut digest) =
        (ExponentialHistogram::new(), Hll::default(), TDigest::default());
    let mut bins = vec![0; binning().bins()];
    for value in &finite {
        histogram.add_counted(*value, 1);
        distinct.add_slice(&[canonical_float_key(*value)]);
        bins[binning().edges().iter().filter(|edge| *edge < value).count()] += 1;
    }
    digest.add_slice(&finite);
    assert_eq!(*profile.histogram(), histogram);
    assert_eq!(profile.distinct, distinct);
    assert_eq!(*profile.digest(), digest);
    assert_eq!(profile.bins().known().map(BinCounts::counts), (!finite.is_empty()).then_some(&bins[..]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn numeric_profiles_hold_what_values_one_by_one_give(rows in rows(7000)) {
        let profile = numeric_of(&rows);
        assert_as_one_by_one(&profile, &rows);
        let finite = || rows.iter().copied().filter(|value| value.is_finite());
        prop_assert_eq!(profile.moments.count(), finite().count() as u64);
        prop_assert_eq!(profile.moments.min(), finite().reduce(f64::min));
        prop_assert_eq!(profile.moments.max(), finite().reduce(f64::max));
    }

    #[test]
    fn batches_that_are_hard_to_arrange_are_counted_exactly(rows in hard_batches()) {
        assert_as_one_by_one(&numeric_of(&rows), &rows);
    }
}

proptest! {
    #[test]
    fn numeric_profiles_merge(rows in rows(600), cuts in vec(any::<Index>(), 0..5), turn in any::<u64>()) {
        let whole = numeric_of(&rows);
        let parts: Vec<_> = cut(&rows, &cuts, turn).iter().map(|part| numeric_of(part)).collect();
        let merge = |own: &mut NumericProfile, other: &NumericProfile| own.merge(other).unwrap();
        for merged in [fold(&parts, NumericProfile::new(None), merge), tree(&parts, NumericProfile::new(None), merge)] {
            prop_assert_eq!(exact_part(&merged), exact_part(&whole));
            prop_assert_eq!(merged.count(), rows.len() as u64);
        }
        let finite = rows.iter().filter(|value| value.is_finite()).count() as u64;
        prop_assert_eq!(whole.moments.count(), finite);
        prop_assert_eq!(whole.nans, rows.iter().filter(|value| value.is_nan()).count() as u64);
        prop_assert_eq!(whole.bins().known().map_or(0, BinCounts::total), finite);
        let mut same = whole.clone();
        same.merge(&NumericProfile::new(None)).unwrap();
        prop_assert_eq!(same, whole);
    }

    #[test]
    fn categorical_profiles_merge(
        names in vec("[a-f]{1,2}", 0..100), cuts in vec(any::<Index>(), 0..5), turn in any::<u64>(),
    ) {
        let categories = Arc::new(Categories::new(vec!["a".to_owned(), "bc".to_owned()]).unwrap());
        let profile_of = |names: &[String]| {
            let mut items: BTreeMap<&str, u64> = BTreeMap::new();
            for name in names {
                *items.entry(name).or_default() += 1;
            }
            let items: Vec<_> = items.into_iter().collect();
            let coupons: Vec<u32> = items.iter().map(|(name, _)| coupon_of_bytes(name.as_bytes())).collect();
            let counts: Vec<u64> = items.iter().map(|(_, count)| *count).collect();
            let mut profile = CategoricalProfile::new(Some(Arc::clone(&categories)));
            profile.add_counted(&coupons, &counts, |index| items[index].0.as_bytes());
            profile
        };
        let whole = profile_of(&names);
        prop_assert_eq!(whole.count, names.len() as u64);
        let coupons: Vec<u32> = names.iter().map(|name| coupon_of_bytes(name.as_bytes())).collect();
        let mut by_rows = CategoricalProfile::new(Some(Arc::clone(&categories)));
        by_rows.add_rows(&coupons, |index| names[index].as_bytes());
        prop_assert_eq!((by_rows.count, &by_rows.distinct), (whole.count, &whole.distinct));
        prop_assert_eq!(&by_rows.categories, &whole.categories);
        let parts: Vec<_> = cut(&names, &cuts, turn).iter().map(|part| profile_of(part)).collect();
        assert_exact_monoid(&whole, &parts, &profile_of(&[]), |own, other| own.merge(other).unwrap());
    }
}

/// Profiles of three parts, each with bins of its own or none.
fn differently_binned() -> impl Strategy<Value = Vec<NumericProfile>> {
    let other = Arc::new(Binning::new(vec![0.5]).unwrap());
    let part = (rows(900), proptest::sample::select(vec![None, Some(binning()), Some(other)]));
    vec(part, 3).prop_map(|parts| {
        let profile_of = |(rows, binning): (Vec<f64>, Option<Arc<Binning>>)| {
            let mut profile = NumericProfile::new(binning);
            profile.add_numbers(&rows);
            profile
        };
        parts.into_iter().map(profile_of).collect()
    })
}

proptest! {
    #[test]
    fn values_that_wait_are_counted(rows in rows(7000), cuts in vec(any::<Index>(), 0..40), packed in any::<Index>()) {
        let parts = cut(&rows, &cuts, 0);
        let (mut profile, mut seen) = (NumericProfile::new(Some(binning())), Vec::new());
        for (index, part) in parts.iter().enumerate() {
            profile.add_numbers(part);
            seen.extend_from_slice(part);
            if index == packed.index(parts.len()) {
                profile.pack();
            }
        }
        let mut whole = NumericProfile::new(Some(binning()));
        whole.add_numbers(&seen);
        prop_assert_eq!(exact_part(&profile), exact_part(&whole));
        let before = profile.clone();
        profile.settle();
        prop_assert_eq!(exact_part(&profile), exact_part(&before));
        prop_assert_eq!(profile.digest().centroids(), before.digest().centroids());
        prop_assert_eq!(profile.bins().known().map_or(0, BinCounts::total), profile.moments.count());
    }

    #[test]
    fn what_waits_is_merged_as_what_does_not(parts in differently_binned(), settled in 0usize..8) {
        let merge = |mut whole: NumericProfile, part: &NumericProfile| {
            whole.merge(part).unwrap();
            whole
        };
        let merge_all = |parts: &[NumericProfile]| parts.iter().fold(NumericProfile::new(None), merge);
        let mut rested = parts.clone();
        for (index, part) in rested.iter_mut().enumerate() {
            if settled >> index & 1 == 1 {
                part.settle();
            }
        }
        prop_assert_eq!(exact_part(&merge_all(&parts)), exact_part(&merge_all(&rested)));
        rested.reverse();
        prop_assert_eq!(exact_part(&merge_all(&parts)), exact_part(&merge_all(&rested)));
    }
}

#[test]
fn kinds_and_sizes_that_differ_are_refused_and_change_nothing() {
    let numeric = ColumnProfile::Numeric(Box::new(numeric_of(&[1.0, 2.0])));
    let categorical = ColumnProfile::Categorical(Box::default());
    let mut column = numeric.clone();
    let error = column.merge(&categorical).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Incompatible);
    assert_eq!(error.message(), "column profiles must be of the same kind, got numeric and categorical");
    let mut other = NumericProfile::new(None);
    other.distinct = Hll::new(10).unwrap();
    other.add_nulls(3);
    assert!(column.merge(&ColumnProfile::Numeric(Box::new(other))).is_err());
    assert_eq!(column, numeric);
    assert_eq!((column.rows(), column.nulls(), column.count()), (2, 0, 2));
}

#[test]
fn values_counted_without_bins_spoil_the_bin_counts() {
    let mut profile = NumericProfile::new(None);
    profile.add_slice(&[], &[]);
    assert_eq!(*profile.bins(), Tally::Empty);
    profile.add_slice(&[f64::NAN], &[0]);
    assert_eq!(*profile.bins(), Tally::Empty);
    profile.add_slice(&[1.0], &[canonical_float_key(1.0)]);
    profile.merge(&numeric_of(&[1.0])).unwrap();
    assert_eq!(*profile.bins(), Tally::Mixed);
}
