//! Strings are counted the same whatever way the counting takes.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::borrow::Cow;
use std::collections::BTreeMap;

use driftline_engine::batch::{Column, DataType, Text, Values};
use driftline_engine::engine::Engine;
use driftline_engine::monitor::Monitor;
use driftline_engine::offline::profile;
use driftline_engine::snapshot::{SnapshotContent, SnapshotRow};
use driftline_sketches::frequent::MAX_ITEM_BYTES;
use driftline_sketches::{CategoricalProfile, ColumnProfile, Hll, coupon_of_bytes};
use proptest::prelude::*;
use support::{Table, all, bitmap, send};

/// What becomes of a number below `distinct`: short, or long enough to be cut.
fn name(number: u32, length: usize) -> String {
    format!("{}{number}", "é".repeat(length))
}

fn table(rows: &[Option<String>], large: bool) -> Table {
    let mut offsets = if large { 0u64.to_le_bytes().to_vec() } else { 0u32.to_le_bytes().to_vec() };
    let mut bytes = Vec::new();
    for row in rows {
        bytes.extend_from_slice(row.as_deref().unwrap_or_default().as_bytes());
        let end = bytes.len() as u64;
        if large { offsets.extend(end.to_le_bytes()) } else { offsets.extend((end as u32).to_le_bytes()) }
    }
    let is_valid: Vec<bool> = rows.iter().map(Option::is_some).collect();
    let column = Column {
        validity: is_valid.contains(&false).then(|| bitmap(&is_valid)),
        values: Values::Text(Text { offsets: Cow::Owned(offsets), large, bytes: Cow::Owned(bytes) }),
    };
    Table::new().column("name", DataType::Text, rows.len(), column)
}

fn exact_counts(rows: &[Option<String>]) -> BTreeMap<&str, u64> {
    let mut counts = BTreeMap::new();
    rows.iter().flatten().for_each(|row| *counts.entry(row.as_str()).or_default() += 1);
    counts
}

/// Counts of names that are cut, as frequent items and categories are.
fn cut(exact: BTreeMap<&str, u64>) -> BTreeMap<&str, u64> {
    let mut counts = BTreeMap::new();
    for (name, count) in exact {
        let end = (0..=name.len().min(MAX_ITEM_BYTES)).rfind(|end| name.is_char_boundary(*end)).unwrap();
        *counts.entry(&name[..end]).or_default() += count;
    }
    counts
}

fn assert_counted(profile: &CategoricalProfile, rows: &[Option<String>]) {
    let exact = exact_counts(rows);
    let count: u64 = exact.values().sum();
    assert_eq!((profile.count, profile.nulls), (count, rows.len() as u64 - count));
    let mut distinct = Hll::default();
    distinct.add_coupons(&exact.keys().map(|name| coupon_of_bytes(name.as_bytes())).collect::<Vec<_>>());
    assert_eq!(profile.distinct, distinct);
    let frequent = &profile.frequent;
    assert_eq!(frequent.total(), count);
    assert!(frequent.error() <= 2 * count / frequent.capacity() as u64, "error {}", frequent.error());
    for (name, count) in cut(exact) {
        let (lower, upper) = frequent.estimate(name);
        assert!((lower..=upper).contains(&count), "{name:?}: {count} outside [{lower}, {upper}]");
    }
}

/// The profile of the column in all rows.
fn categorical(rows: &[SnapshotRow]) -> &CategoricalProfile {
    let mut profiles = rows.iter().filter_map(|row| match &row.content {
        SnapshotContent::Column { profile: ColumnProfile::Categorical(profile), .. } => Some(profile),
        _ => None,
    });
    profiles.next_back().unwrap()
}

/// Rows of which most differ, most are the same, or anything between.
fn rows() -> impl Strategy<Value = Vec<Option<String>>> {
    let sizes = prop_oneof![0usize..600, 2_000usize..6_000, 16_000usize..20_000];
    (sizes, prop_oneof![1u32..5, 500u32..3_000, Just(1u32 << 20)], any::<u32>(), 0usize..140, any::<bool>())
        .prop_map(|(rows, distinct, seed, length, has_nulls)| {
            let row = |number: u32| {
                let spread =
                    number.wrapping_add(seed).wrapping_mul(0x9e37_79b1).rotate_left(15).wrapping_mul(5);
                // A tenth of the rows have one of few values.
                let value = if spread % 10 == 0 { spread % 7 } else { spread % distinct };
                let length = if spread % 4 == 0 { length } else { length % 4 };
                (!has_nulls || spread % 11 > 0).then(|| name(value, length))
            };
            (0..rows as u32).map(row).collect()
        })
}

/// Names of the baseline are cut to the bytes that frequent items have; those that come later have all of theirs.
#[test]
fn long_categories_are_found_again() {
    let rows = vec![Some("x".repeat(300)), Some("y".to_owned())];
    let of = |baseline| profile(&[table(&rows, false).build()], Monitor::new("m"), baseline).unwrap();
    let again = of(Some(of(None)));
    let counts = categorical(&again).categories.known().unwrap();
    assert_eq!((counts.counts(), counts.unseen()), ([1, 1].as_slice(), 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn counts_are_those_of_the_strings(rows in rows(), large in any::<bool>()) {
        prop_assume!(rows.iter().any(Option::is_some));
        let engine = Engine::new("test");
        send(&engine, "m", table(&rows, large).build());
        let (snapshot, _) = engine.profile(&all("m"), &[]).unwrap();
        assert_counted(categorical(&snapshot), &rows);
    }

    #[test]
    fn categories_are_counted_exactly(rows in rows(), later in rows()) {
        prop_assume!(rows.iter().any(Option::is_some) && later.iter().any(Option::is_some));
        let baseline = profile(&[table(&rows, false).build()], Monitor::new("m"), None).unwrap();
        let compared = profile(&[table(&later, false).build()], Monitor::new("m"), Some(baseline.clone())).unwrap();
        for (snapshot, rows) in [(&baseline, &rows), (&compared, &later)] {
            let exact = cut(exact_counts(rows));
            let counts = categorical(snapshot).categories.known().unwrap();
            for (name, count) in counts.categories().names().iter().zip(counts.counts()) {
                prop_assert_eq!(exact.get(name.as_str()).copied().unwrap_or(0), *count, "{:?}", name);
            }
            prop_assert_eq!(counts.total(), exact.values().sum::<u64>());
        }
    }
}
