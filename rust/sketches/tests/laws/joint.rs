//! Column sets: counts merge exactly, sums up to rounding; parts and bytes come back; what no records give is refused.

use std::sync::Arc;

use driftline_sketches::joint::{
    Comoments, FeatureSums, Frame, JointColumns, JointProfile, KnownCombinations, KnownCombinationsBuilder,
    LARGEST_VALUE, MAX_EXACT_COMBINATIONS, ScaledSums, Scales, UnseenCombinations, combination_hash,
};
use driftline_sketches::{ErrorKind, Tally};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::streams::cut;
use crate::{fold, tree};

/// Three numbers, and two categories.
type Row = ([f64; 3], [u64; 2]);

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        20 => -3.0..3.0,
        5 => 1e6..1.000_001e6,
        1 => prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(-f64::MAX), Just(LARGEST_VALUE), Just(0.0)],
    ]
}

fn rows(most: usize) -> impl Strategy<Value = Vec<Row>> {
    vec(([number(), number(), number()], [0..5_u64, 0..4_u64]), 0..most)
}

fn columns(name: &str) -> Arc<JointColumns> {
    let texts = |names: [&str; 2]| names.map(str::to_owned).to_vec();
    let numeric = [texts(["b", "a"]), vec!["c".to_owned()]].concat();
    Arc::new(JointColumns::new(name.to_owned(), numeric, texts(["y", "x"])).unwrap())
}

fn scales(columns: &Arc<JointColumns>, mean: f64) -> Arc<Scales> {
    let parts = [vec![mean; 3], vec![1.5, 2.0, 0.5], vec![-1.0; 3], vec![2.0; 3]];
    let [means, deviations, lows, highs] = parts;
    Arc::new(Scales::new(Arc::clone(columns), means, deviations, lows, highs).unwrap())
}

fn known(columns: &Arc<JointColumns>, rows: &[Row]) -> Arc<KnownCombinations> {
    let mut builder = KnownCombinationsBuilder::new(Arc::clone(columns));
    builder.add(rows.iter().map(|row| combination_hash(&row.1).0));
    Arc::clone(builder.finish().known())
}

fn frame() -> Frame {
    let columns = columns("set");
    let some: Vec<Row> = (0..3).map(|value| ([0.0; 3], [value, value])).collect();
    Frame { scales: Some(scales(&columns, 0.5)), known: Some(known(&columns, &some)) }
}

fn joint_of(rows: &[Row], frame: &Frame) -> JointProfile {
    let mut joint = JointProfile::new(columns("set"), frame.clone());
    // In two calls, as two batches would.
    for rows in [&rows[..rows.len() / 3], &rows[rows.len() / 3..]] {
        let numeric: Vec<Vec<f64>> = (0..3).map(|at| rows.iter().map(|row| row.0[at]).collect()).collect();
        let combinations: Vec<_> = rows.iter().map(|row| combination_hash(&row.1)).collect();
        joint.add(rows.len(), &numeric, &combinations);
    }
    joint
}

/// Whether two sums agree up to rounding of terms as large as `scale`.
fn near(left: f64, right: f64, scale: f64) -> bool {
    (left - right).abs() <= 1e-9 * scale.max(f64::MIN_POSITIVE) || left == right
}

fn assert_alike(found: &JointProfile, whole: &JointProfile) {
    assert_eq!(found.records, whole.records);
    assert_eq!(found.combinations, whole.combinations);
    assert_eq!(found.unseen, whole.unseen);
    assert_eq!(found.moments.count(), whole.moments.count());
    let largest = whole.moments.means().iter().fold(1.0_f64, |most, mean| most.max(mean.abs()));
    for left in 0..3 {
        assert!(near(found.moments.means()[left], whole.moments.means()[left], largest));
        for right in 0..3 {
            let spread = |at| whole.moments.product(at, at).sqrt();
            let scale =
                spread(left) * spread(right) + whole.moments.count() as f64 * largest * largest * 1e-9;
            assert!(near(
                found.moments.product(left, right),
                whole.moments.product(left, right),
                scale * 1e3
            ));
        }
    }
    match (&found.scaled, &whole.scaled) {
        (Tally::Known(found), Tally::Known(whole)) => {
            assert_eq!(found.outside(), whole.outside());
            assert_eq!(found.scales(), whole.scales());
            assert_eq!(found.features().count(), whole.features().count());
            assert!(near(found.fourth_powers(), whole.fourth_powers(), whole.fourth_powers()));
            let scale = whole.features().count() as f64 * 1e3;
            let sums = found.features().sums().iter().zip(whole.features().sums());
            assert!(sums.into_iter().all(|(found, whole)| near(*found, *whole, scale)));
        }
        (found, whole) => assert_eq!(found, whole),
    }
}

fn merge(own: &mut JointProfile, other: &JointProfile) {
    own.merge(other).unwrap();
}

proptest! {
    #[test]
    fn column_sets_merge(rows in rows(700), cuts in vec(any::<Index>(), 0..5), turn in any::<u64>()) {
        let frame = frame();
        let whole = joint_of(&rows, &frame);
        let parts: Vec<_> = cut(&rows, &cuts, turn).iter().map(|part| joint_of(part, &frame)).collect();
        let empty = JointProfile::new(columns("set"), Frame::default());
        for merged in [fold(&parts, empty.clone(), merge), tree(&parts, empty.clone(), merge)] {
            assert_alike(&merged, &whole);
        }
        let mut same = whole.clone();
        same.merge(&empty).unwrap();
        prop_assert_eq!(&same, &whole);
        let mut same = empty;
        same.merge(&whole).unwrap();
        prop_assert_eq!(&same, &whole);
    }

    #[test]
    fn counts_are_those_of_the_records(rows in rows(300)) {
        let joint = joint_of(&rows, &frame());
        prop_assert_eq!(joint.records, rows.len() as u64);
        let complete = |row: &&Row| row.0.iter().all(|value| value.abs() <= LARGEST_VALUE);
        prop_assert_eq!(joint.moments.count(), rows.iter().filter(complete).count() as u64);
        let distinct: std::collections::BTreeSet<_> = rows.iter().map(|row| row.1).collect();
        prop_assert_eq!(joint.combinations.estimate().round() as usize, distinct.len());
        prop_assert_eq!(joint.scaled.known().is_none(), rows.is_empty());
        let Some(scaled) = joint.scaled.known() else { return Ok(()) };
        for (count, found) in scaled.outside().iter().enumerate() {
            let outside = |row: &&Row| row.0.iter().filter(|value| **value < -1.0 || **value > 2.0).count() == count;
            prop_assert_eq!(*found, rows.iter().filter(outside).count() as u64);
        }
        let unseen = joint.unseen.known().unwrap();
        prop_assert_eq!(unseen.records(), rows.len() as u64);
        let is_unseen = |row: &&Row| row.1[0] != row.1[1] || row.1[0] > 2;
        prop_assert_eq!(unseen.unseen(), rows.iter().filter(is_unseen).count() as u64);
    }

    #[test]
    fn parts_come_back(rows in rows(200)) {
        let joint = joint_of(&rows, &frame());
        let moments = &joint.moments;
        let again = Comoments::from_parts(moments.count(), moments.means().to_vec(), moments.products().to_vec());
        prop_assert_eq!(&again.unwrap(), moments);
        let Some(scaled) = joint.scaled.known() else { return Ok(()) };
        let features = FeatureSums::from_parts(scaled.features().count(), scaled.features().sums().to_vec()).unwrap();
        let own = scaled.scales();
        let [means, deviations, lows, highs] =
            [own.means(), own.deviations(), own.lows(), own.highs()].map(<[f64]>::to_vec);
        let scales = Scales::new(Arc::clone(own.columns()), means, deviations, lows, highs).unwrap();
        let again = ScaledSums::from_parts(Arc::new(scales), features, scaled.fourth_powers(), &scaled.outside()[..4]).unwrap();
        prop_assert_eq!(&again, scaled);
        let unseen = joint.unseen.known().unwrap();
        let known = KnownCombinations::from_bytes(columns("set"), &unseen.known().to_bytes().unwrap()).unwrap();
        prop_assert_eq!(&known, &**unseen.known());
        let again = UnseenCombinations::from_parts(Arc::new(known), unseen.records(), unseen.unseen());
        prop_assert_eq!(&again.unwrap(), unseen);
    }

    #[test]
    fn any_bytes_are_combinations_or_an_error(bytes in vec(any::<u8>(), 0..400), kind in 0..3_u8, rises in any::<bool>()) {
        let mut framed = vec![1, kind];
        if rises {
            let mut words: Vec<u64> = bytes.as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word)).collect();
            words.sort_unstable();
            framed.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        } else {
            framed.extend(&bytes);
        }
        for bytes in [&bytes, &framed] {
            if let Ok(known) = KnownCombinations::from_bytes(columns("set"), bytes) {
                prop_assert_eq!(&known.to_bytes().unwrap(), bytes);
                prop_assert!(bytes[2..].as_chunks::<8>().0.iter().all(|word| known.contains(u64::from_le_bytes(*word))));
            }
        }
    }

    #[test]
    fn no_numbers_make_co_moments_that_rows_cannot_have(
        count in prop_oneof![Just(0), Just(1), Just(u64::MAX)],
        means in vec(prop_oneof![any::<f64>(), -1.0..1.0], 0..3),
        products in vec(prop_oneof![any::<f64>(), 0.0..1.0], 0..7),
    ) {
        if let Ok(moments) = Comoments::from_parts(count, means, products) {
            let mut twice = moments.clone();
            twice.merge(&moments).unwrap();
            prop_assert!(twice.means().iter().chain(twice.products()).all(|number| number.is_finite()));
        }
    }
}

#[test]
fn different_baselines_do_not_mix() {
    let rows: Vec<Row> = (0..40).map(|n| ([f64::from(n), 1.0, 2.0], [n as u64 % 3, 0])).collect();
    let (columns, first) = (columns("set"), frame());
    let other = Frame { scales: Some(scales(&columns, 0.25)), known: Some(known(&columns, &rows)) };
    let mut mixed = joint_of(&rows, &first);
    mixed.merge(&joint_of(&rows, &other)).unwrap();
    assert_eq!((&mixed.scaled, &mixed.unseen), (&Tally::Mixed, &Tally::Mixed));
    assert_eq!((mixed.records, mixed.moments.count()), (80, 80));
    let without = joint_of(&rows, &Frame::default());
    assert_eq!((&without.scaled, &without.unseen), (&Tally::Mixed, &Tally::Mixed));
}

#[test]
fn sets_of_other_columns_are_refused() {
    let mut joint = JointProfile::new(columns("set"), Frame::default());
    let refused = joint.merge(&JointProfile::new(columns("other"), Frame::default())).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Incompatible);
    for (numeric, categorical) in [(&["a"][..], &[][..]), (&["a", "a"], &[]), (&["a"], &["a"])] {
        let texts = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        assert!(JointColumns::new("set".into(), texts(numeric), texts(categorical)).is_err());
    }
    let many = (0..33).map(|number| number.to_string()).collect();
    assert!(JointColumns::new("set".into(), many, Vec::new()).is_err());
}

#[test]
fn known_combinations_that_are_kept_elsewhere_are_found_again() {
    let rows: Vec<Row> = (0..40).map(|n| ([0.0, 1.0, 2.0], [n % 7, n % 2])).collect();
    let frame = frame();
    let whole = joint_of(&rows, &frame);
    let mut light = whole.clone();
    light.drop_known();
    assert!(light.unseen.known().unwrap().known().to_bytes().is_none());
    assert_eq!(light, whole);
    for (mut first, second) in [(whole.clone(), &light), (light.clone(), &whole)] {
        first.merge(second).unwrap();
        assert!(first.unseen.known().unwrap().known().is_here());
    }
    light.restore_known(&known(&columns("set"), &rows));
    assert!(!light.unseen.known().unwrap().known().is_here(), "these are others");
    light.restore_known(frame.known.as_ref().unwrap());
    assert!(light.unseen.known().unwrap().known().is_here());
}

#[test]
fn more_combinations_than_are_kept_go_into_a_filter_of_the_rate_that_it_states() {
    let count = 5 * MAX_EXACT_COMBINATIONS as u64;
    let hash = |value: u64| combination_hash(&[value, 1]).0;
    let mut builder = KnownCombinationsBuilder::new(columns("set"));
    builder.add((0..count).map(hash));
    builder.add((0..count / 2).map(hash));
    let counted = builder.finish();
    let known = counted.known();
    assert!((0..count).all(|value| known.contains(hash(value))));
    let rate = known.false_positive_rate().unwrap();
    let trials = 1_000_000;
    let passed = (count..count + trials).filter(|value| known.contains(hash(*value))).count() as f64;
    let expected = rate * trials as f64;
    assert!(rate > 1e-5 && (passed - expected).abs() < 5.0 * expected.sqrt() + 5.0, "{passed} {expected}");
    assert_eq!(counted.records(), count * 3 / 2);
    assert!((counted.unseen() as f64 / (count / 2) as f64 - 1.0).abs() < 1e-3, "{}", counted.unseen());
    let again = KnownCombinations::from_bytes(columns("set"), &known.to_bytes().unwrap()).unwrap();
    assert_eq!((again.fingerprint(), again.false_positive_rate()), (known.fingerprint(), Some(rate)));
    let mut exact = KnownCombinationsBuilder::new(columns("set"));
    exact.add((0..MAX_EXACT_COMBINATIONS as u64).map(hash));
    exact.add([hash(1), hash(1), hash(2)]);
    let exact = exact.finish();
    assert_eq!(exact.known().false_positive_rate(), Some(0.0));
    assert_eq!(exact.unseen(), MAX_EXACT_COMBINATIONS as u64 - 2);
}

#[test]
fn a_large_offset_keeps_the_digits_of_a_small_spread() {
    let left: Vec<f64> = (0..10_000).map(|n| 1e9 + f64::from(n % 7)).collect();
    let right: Vec<f64> = left.iter().map(|value| 3.0 * (value - 1e9) - 1e9).collect();
    let mut moments = Comoments::new(2);
    moments.add_columns(&[left.clone(), right]);
    let mean = left.iter().map(|value| value - 1e9).sum::<f64>() / 10_000.0;
    let spread: f64 = left.iter().map(|value| (value - 1e9 - mean).powi(2)).sum();
    assert!((moments.product(0, 0) / spread - 1.0).abs() < 1e-9);
    assert!((moments.product(1, 0) / spread - 3.0).abs() < 1e-8);
    assert!((moments.product(1, 1) / spread - 9.0).abs() < 1e-8);
}
