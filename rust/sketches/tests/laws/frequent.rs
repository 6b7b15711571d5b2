//! Frequent items: exact while few, bounded afterwards.

use std::collections::HashMap;

use driftline_sketches::FrequentItems;
use driftline_sketches::frequent::MAX_ITEM_BYTES;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::streams::cut;
use crate::{assert_exact_monoid, fold, tree};

type Item = (String, u64);

fn summary_of(capacity: usize, items: &[Item]) -> FrequentItems {
    let mut summary = FrequentItems::new(capacity).unwrap();
    for (item, count) in items {
        summary.add(item, *count);
    }
    summary
}

/// Items whose lower numbers are much more frequent.
fn items(different: u32) -> impl Strategy<Value = Vec<Item>> {
    let item = (0.0..1.0f64, 1u64..20).prop_map(move |(rank, count)| {
        (format!("item {}", (rank.powi(3) * f64::from(different)) as u32), count)
    });
    vec(item, 0..400)
}

fn assert_bounds(summary: &FrequentItems, items: &[Item]) {
    let mut exact: HashMap<&str, u64> = HashMap::new();
    for (item, count) in items {
        *exact.entry(item).or_default() += count;
    }
    assert_eq!(summary.total(), exact.values().sum::<u64>());
    assert!(summary.items().len() <= summary.capacity());
    assert!(summary.error() <= 2 * summary.total() / summary.capacity() as u64);
    for (item, count) in &exact {
        let (lower, upper) = summary.estimate(item);
        assert!(lower <= *count && *count <= upper, "{count} outside [{lower}, {upper}]");
        assert!(*count <= lower + summary.error());
    }
    for (item, lower) in summary.items() {
        assert!(lower <= exact[item]);
    }
    assert!(
        summary.items().is_sorted_by(|left, right| left.1 > right.1 || left.1 == right.1 && left.0 < right.0)
    );
}

proptest! {
    #[test]
    fn bounds_hold_after_any_merge(
        items in items(300), capacity in 8usize..60, cuts in vec(any::<Index>(), 0..6), turn in any::<u64>(),
    ) {
        assert_bounds(&summary_of(capacity, &items), &items);
        let parts: Vec<_> = cut(&items, &cuts, turn).iter().map(|part| summary_of(capacity, part)).collect();
        let empty = FrequentItems::new(capacity).unwrap();
        assert_bounds(&fold(&parts, empty.clone(), FrequentItems::merge), &items);
        assert_bounds(&tree(&parts, empty, FrequentItems::merge), &items);
    }

    #[test]
    fn bounds_hold_for_items_added_a_batch_at_a_time(
        batches in vec(items(300), 1..5), capacity in 8usize..60, long in 0u64..4,
    ) {
        let mut summary = FrequentItems::new(capacity).unwrap();
        let mut all = Vec::new();
        for mut batch in batches {
            batch.sort();
            batch.dedup_by(|later, earlier| later.0 == earlier.0);
            // Two items that are one when they are cut.
            let stem = "x".repeat(MAX_ITEM_BYTES);
            batch.extend((0..2).filter(|_| long > 0).map(|tail| (format!("{stem}{tail}"), long)));
            let counts: Vec<u64> = batch.iter().map(|(_, count)| *count).collect();
            summary.add_distinct(&counts, |index| batch[index].0.as_bytes());
            all.extend(batch.into_iter().map(|(item, count)| {
                (item[..item.len().min(MAX_ITEM_BYTES)].to_owned(), count)
            }));
        }
        assert_bounds(&summary, &all);
    }

    #[test]
    fn bounds_hold_when_rare_items_are_dropped(
        batches in vec((items(300), 0u64..4), 1..5), capacity in 8usize..60,
    ) {
        let mut summary = FrequentItems::new(capacity).unwrap();
        let mut all = Vec::new();
        for (mut batch, rare) in batches {
            batch.sort();
            batch.dedup_by(|later, earlier| later.0 == earlier.0);
            // As many of one each as the bound needs.
            batch.extend((0..(rare * capacity as u64).div_ceil(2)).map(|number| (format!("rare {number}"), 1)));
            // Those that come more often, and some that do not.
            let is_named = |item: &Item| item.1 > rare || item.0.ends_with('7') && !item.0.starts_with("rare");
            let often: Vec<&Item> = batch.iter().filter(|item| is_named(item)).collect();
            let counts: Vec<u64> = often.iter().map(|(_, count)| *count).collect();
            let count = batch.iter().map(|(_, count)| count).sum();
            summary.add_often(count, &counts, |index| often[index].0.as_bytes(), rare);
            all.extend(batch);
        }
        assert_bounds(&summary, &all);
    }

    #[test]
    fn few_items_merge_exactly(items in items(50), cuts in vec(any::<Index>(), 0..6), turn in any::<u64>()) {
        let whole = summary_of(50, &items);
        prop_assert_eq!(whole.error(), 0);
        let parts: Vec<_> = cut(&items, &cuts, turn).iter().map(|part| summary_of(50, part)).collect();
        assert_exact_monoid(&whole, &parts, &FrequentItems::new(50).unwrap(), FrequentItems::merge);
    }

    #[test]
    fn parts_come_back(items in items(300), capacity in 8usize..60) {
        let summary = summary_of(capacity, &items);
        let parts = summary.items().into_iter().map(|(item, count)| (item.to_owned(), count));
        let again = FrequentItems::from_parts(capacity, summary.total(), summary.error(), parts).unwrap();
        prop_assert_eq!(&again, &summary);
        prop_assert_eq!(FrequentItems::from_bytes(&summary.to_bytes()).unwrap(), summary);
    }

    #[test]
    fn long_items_are_cut_between_characters(item in "[aé漢😀]{80,200}") {
        let mut summary = FrequentItems::default();
        summary.add(&item, 2);
        let kept = summary.items()[0].0;
        prop_assert!(kept.len() <= MAX_ITEM_BYTES && item.starts_with(kept));
        prop_assert!(item.len() <= MAX_ITEM_BYTES || kept.len() > MAX_ITEM_BYTES - 4);
        prop_assert_eq!(summary.estimate(&item), (2, 2));
    }
}

#[test]
fn stored_parts_are_checked() {
    let parts = |total, error, items: &[(&str, u64)]| {
        let items: Vec<Item> = items.iter().map(|(item, count)| ((*item).to_owned(), *count)).collect();
        FrequentItems::from_parts(8, total, error, items)
    };
    assert!(parts(10, 3, &[("a", 4), ("b", 6)]).is_ok());
    assert!(parts(9, 0, &[("a", 4), ("b", 6)]).is_err());
    assert!(parts(10, 11, &[]).is_err());
    assert!(parts(10, 0, &[("a", 4), ("a", 4)]).is_err());
    assert!(parts(10, 0, &[("a", 0)]).is_err());
    assert!(parts(10, 0, &[(&"x".repeat(257), 1)]).is_err());
    let many: Vec<String> = (0..9).map(|number| number.to_string()).collect();
    let many: Vec<(&str, u64)> = many.iter().map(|name| (name.as_str(), 1)).collect();
    assert!(parts(10, 0, &many).is_err());
}
