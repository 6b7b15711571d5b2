//! Principals: what merges, what is kept, and what frames do.
#![allow(missing_docs, clippy::unwrap_used)]

use std::collections::BTreeMap;

use driftline_sketches::principals::{Frame, PrincipalProfile, Principals};
use proptest::prelude::*;

const FRAME: Frame = Frame::Known(7);

fn profile(records: u64, first: u64) -> PrincipalProfile {
    let mut profile =
        PrincipalProfile { records, scored: records, near_boundary: records / 2, ..Default::default() };
    let keys: Vec<u64> = (first..first + records).collect();
    profile.queries.add_slice(&keys);
    profile.rounded.add_slice(&keys);
    profile
}

/// What adds a profile to another.
fn adding(added: &PrincipalProfile) -> impl FnOnce(&mut PrincipalProfile) + use<> {
    let added = added.clone();
    move |profile| profile.merge(&added)
}

/// Batches of names and counts.
fn batches() -> impl Strategy<Value = Vec<Vec<(u8, u64)>>> {
    prop::collection::vec(prop::collection::vec((0..12_u8, 1..20_u64), 0..8), 0..6)
}

fn add(principals: &mut Principals, most: usize, frame: Frame, batch: &[(u8, u64)]) {
    let mut grouped: BTreeMap<String, PrincipalProfile> = BTreeMap::new();
    for &(name, records) in batch {
        grouped.entry(format!("p{name:02}")).or_default().merge(&profile(records, u64::from(name) * 1_000));
    }
    principals.add(most, frame, grouped.iter().map(|(name, each)| (name.as_str(), adding(each))));
}

fn of(batches: &[Vec<(u8, u64)>], most: usize) -> Principals {
    let mut principals = Principals::new(most);
    for batch in batches {
        add(&mut principals, most, FRAME, batch);
    }
    principals
}

fn true_counts(batches: &[Vec<(u8, u64)>]) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for &(name, records) in batches.iter().flatten() {
        *counts.entry(format!("p{name:02}")).or_default() += records;
    }
    counts
}

proptest! {
    #[test]
    fn with_room_for_all_merging_is_exact_in_any_order(left in batches(), right in batches(), most in 12..20_usize) {
        let (one, other) = (of(&left, most), of(&right, most));
        let mut merged = one.clone();
        merged.merge(&other);
        let mut turned = other.clone();
        turned.merge(&one);
        prop_assert_eq!(&merged, &turned);
        let all: Vec<_> = left.iter().chain(&right).cloned().collect();
        prop_assert_eq!(&merged, &of(&all, most));
        let mut with_nothing = merged.clone();
        with_nothing.merge(&Principals::default());
        prop_assert_eq!(&with_nothing, &merged);
    }

    #[test]
    fn no_record_is_lost_and_no_count_is_off_by_more_than_is_said(
        left in batches(), right in batches(), most in 1..6_usize,
    ) {
        let mut merged = of(&left, most);
        merged.merge(&of(&right, most));
        let all: Vec<_> = left.iter().chain(&right).cloned().collect();
        let counts = true_counts(&all);
        prop_assert!(merged.named().len() <= most);
        let kept: u64 = merged.named().map(|(_, profile)| profile.records).sum();
        prop_assert_eq!(kept + merged.other().records, counts.values().sum::<u64>());
        for ((name, profile), missed) in merged.named().zip(merged.missed()) {
            let count = counts[name];
            prop_assert!(profile.records <= count && count <= profile.records + missed, "{name}: {count}");
        }
        for (name, count) in &counts {
            if merged.named().all(|(known, _)| known != name) {
                prop_assert!(*count <= merged.floor(), "{name}: {count} above {}", merged.floor());
            }
        }
    }

    #[test]
    fn stored_parts_make_the_same(batches in batches(), most in 1..6_usize) {
        let made = of(&batches, most);
        let named = made.named().zip(made.missed()).map(|((name, profile), missed)| {
            (name.to_owned(), profile.clone(), missed)
        });
        let again =
            Principals::from_parts(most, made.frame(), named.collect(), made.other().clone(), made.floor()).unwrap();
        prop_assert_eq!(again, made);
    }
}

#[test]
fn the_one_with_most_records_is_named_however_late_it_comes() {
    let mut principals = Principals::new(4);
    for round in 0..100_u64 {
        let crowd: Vec<String> = (0..50).map(|name| format!("c{}", (name * 7 + round) % 200)).collect();
        principals.add(4, FRAME, crowd.iter().map(|name| (name.as_str(), adding(&profile(1, 0)))));
        if round >= 50 {
            principals.add(4, FRAME, [("heavy", adding(&profile(20, 0)))]);
        }
    }
    let heavy = principals.named().find(|(name, _)| *name == "heavy").unwrap().1;
    assert!(heavy.records > 900, "{}", heavy.records);
}

#[test]
fn what_was_counted_beside_two_frames_says_nothing() {
    let mut principals = Principals::new(4);
    principals.add(4, FRAME, [("a", adding(&profile(10, 0)))]);
    let mut other = Principals::new(4);
    other.add(4, Frame::Known(8), [("a", adding(&profile(10, 5))), ("b", adding(&profile(3, 0)))]);
    principals.merge(&other);
    assert_eq!(principals.frame(), Frame::Mixed);
    let (_, a) = principals.named().next().unwrap();
    assert_eq!((a.records, a.scored, a.near_boundary), (20, 0, 0));
    assert!(a.rounded.is_empty());
    assert!((a.queries.estimate() - 15.0).abs() < 0.01);
    principals.add(4, FRAME, [("a", adding(&profile(1, 0)))]);
    assert_eq!((principals.frame(), principals.named().next().unwrap().1.scored), (Frame::Mixed, 0));
}

#[test]
fn impossible_counts_are_refused() {
    let refused = |profile: PrincipalProfile| {
        let parts = vec![("a".to_owned(), profile, 0)];
        Principals::from_parts(1, FRAME, parts, PrincipalProfile::default(), 0).unwrap_err().to_string()
    };
    let nothing = PrincipalProfile::default;
    assert!(refused(PrincipalProfile { flips: 1, ..nothing() }).contains("labels that contradict"));
    assert!(refused(PrincipalProfile { scored: 1, ..nothing() }).contains("scored records"));
    assert!(refused(PrincipalProfile { outside: 1, ..nothing() }).contains("outside the range"));
    let two = |name: &str| (name.to_owned(), nothing(), 0);
    let twice = Principals::from_parts(2, FRAME, vec![two("a"), two("a")], nothing(), 0).unwrap_err();
    assert!(twice.to_string().contains("comes twice"));
    let many = Principals::from_parts(1, FRAME, vec![two("a"), two("b")], nothing(), 0).unwrap_err();
    assert!(many.to_string().contains("at most 1, got 2"));
}
