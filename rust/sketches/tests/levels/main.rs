//! Every instruction set gives the same state, to the bit. The level is the process's own, so these laws have a binary
//! to themselves and take turns.

#![allow(clippy::unwrap_used)]

#[path = "../laws/streams.rs"]
mod streams;

use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};

use driftline_sketches::hll::{ShortText, coupons_of_short};
use driftline_sketches::joint::{Frame, JointColumns, JointProfile, Scales};
use driftline_sketches::simd::{Level, limit_to};
use driftline_sketches::{
    BinCounts, Binning, CategoricalProfile, Hll, Kll, NumericProfile, TDigest, canonical_float_key,
    coupon_of_bytes, coupon_of_key,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use streams::{cut, hard_batches, streams};

static TURN: Mutex<()> = Mutex::new(());

/// Makes a state at every level, and checks that all are one.
fn at_every_level<T: PartialEq + Debug>(make: impl Fn() -> T) -> T {
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let [baseline, rest @ ..] = [Level::Baseline, Level::Avx2, Level::Avx512].map(|level| {
        assert_eq!(limit_to(level), level.min(Level::available()));
        let made = make();
        assert_eq!(Level::current(), level.min(Level::available()), "nobody else has changed the level");
        (level, made)
    });
    limit_to(Level::available());
    drop(turn);
    for (level, made) in rest {
        assert_eq!(made, baseline.1, "{level:?}");
    }
    baseline.1
}

/// What a profile is made of: its state, and the bytes and bits that comparing states leaves out.
fn image(profile: &NumericProfile) -> impl PartialEq + Debug + use<> {
    let (moments, shape) = (&profile.moments, &profile.shape);
    (
        profile.clone(),
        [profile.digest().to_bytes(), profile.distinct.to_bytes()],
        profile.distinct.extra_bytes(),
        profile.bins().known().map(|bins| bins.counts().to_vec()),
        [
            moments.mean(),
            moments.min(),
            moments.max(),
            shape.skewness(moments),
            shape.excess_kurtosis(moments),
        ]
        .map(|value| value.map(f64::to_bits)),
        [moments.sum(), moments.sum_sq_dev(), shape.sum_cubed_dev(), shape.sum_fourth_dev()]
            .map(f64::to_bits),
    )
}

/// Edges that the look-up takes by a line, by the logarithm, or one by one.
fn edges() -> impl Strategy<Value = Vec<f64>> {
    prop_oneof![
        Just((-40..40).map(|edge| f64::from(edge) / 10.0).collect()),
        Just((-30..30).map(|edge| f64::from(edge).exp2()).collect()),
        Just(vec![-1.0, 0.0f64.next_down(), 0.0, 10.0]),
    ]
}

/// Values with some that are not finite.
fn rows() -> impl Strategy<Value = Vec<f64>> {
    let values = prop_oneof![streams(7000).prop_map(|stream| stream.whole), hard_batches()];
    let strange = prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(f64::NEG_INFINITY)];
    (values, vec((any::<Index>(), strange), 0..4)).prop_map(|(mut values, strange)| {
        for (place, value) in strange {
            values.insert(place.index(values.len() + 1), value);
        }
        values
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn numeric_profiles_are_alike(
        rows in rows(), edges in edges(), cuts in vec(any::<Index>(), 0..5), turn in any::<u64>(), has_keys in any::<bool>(),
    ) {
        let binning = Arc::new(Binning::new(edges).unwrap());
        let parts = cut(&rows, &cuts, turn);
        at_every_level(|| {
            let profile_of = |values: &[f64]| {
                let mut profile = NumericProfile::new(Some(Arc::clone(&binning)));
                if has_keys {
                    let keys: Vec<u64> = values.iter().map(|value| canonical_float_key(*value)).collect();
                    profile.add_slice(values, &keys);
                } else {
                    profile.add_numbers(values);
                }
                profile
            };
            let mut merged = NumericProfile::new(None);
            for part in &parts {
                merged.merge(&profile_of(part)).unwrap();
            }
            (image(&profile_of(&rows)), image(&merged))
        });
    }

    #[test]
    fn digests_are_alike(batch in hard_batches(), compression in 10u16..300) {
        at_every_level(|| {
            let mut digest = TDigest::new(compression).unwrap();
            digest.add_slice(&batch);
            let mut sketch = Kll::new(compression).unwrap();
            sketch.add_slice(&batch);
            (digest.to_bytes(), digest, sketch)
        });
    }

    #[test]
    fn bins_are_alike(stream in streams(5000), edges in edges()) {
        let binning = Arc::new(Binning::new(edges).unwrap());
        let counts = at_every_level(|| {
            let mut counts = BinCounts::new(Arc::clone(&binning));
            stream.parts.iter().for_each(|part| counts.add_slice(part));
            counts.counts().to_vec()
        });
        prop_assert_eq!(counts.iter().sum::<u64>(), stream.whole.len() as u64);
    }

    #[test]
    fn distinct_counts_are_alike(
        lg_k in 4u8..14,
        keys in prop_oneof![vec(0u64..5000, 0..4000), vec(any::<u64>(), 0..4000)],
        at_once in 1usize..4000,
    ) {
        let mut expected = Hll::new(lg_k).unwrap();
        expected.add_coupons(&keys.iter().map(|key| coupon_of_key(*key)).collect::<Vec<_>>());
        let (distinct, merged, estimate) = at_every_level(|| {
            let (mut distinct, mut merged) = (Hll::new(lg_k).unwrap(), Hll::new(lg_k).unwrap());
            for part in keys.chunks(at_once) {
                distinct.add_slice(part);
                let mut other = Hll::new(lg_k).unwrap();
                other.add_slice(part);
                merged.merge(&other).unwrap();
            }
            let estimate = merged.estimate().to_bits();
            (distinct, merged, estimate)
        });
        prop_assert_eq!(&distinct, &expected);
        prop_assert_eq!(merged, distinct);
        prop_assert_eq!(estimate, expected.estimate().to_bits());
    }

    #[test]
    fn coupons_of_short_texts_are_alike(
        windows in proptest::collection::vec((any::<[u8; 16]>(), 0..=ShortText::MAX_BYTES), 0..40),
    ) {
        at_every_level(|| {
            let texts: Vec<ShortText> =
                windows.iter().filter_map(|(window, length)| ShortText::new(window, *length)).collect();
            let mut coupons = vec![0; texts.len()];
            coupons_of_short(&texts, &mut coupons);
            coupons
        });
    }

    #[test]
    fn categorical_profiles_are_alike(items in proptest::collection::btree_map("[a-z]{1,4}", 1u64..99, 0..900)) {
        at_every_level(|| {
            let names: Vec<&[u8]> = items.keys().map(String::as_bytes).collect();
            let counts: Vec<u64> = items.values().copied().collect();
            let coupons: Vec<u32> = names.iter().map(|item| coupon_of_bytes(item)).collect();
            let mut profile = CategoricalProfile::new(None);
            profile.add_counted(&coupons, &counts, |index| names[index]);
            (profile.distinct.to_bytes(), profile)
        });
    }

    #[test]
    fn column_sets_are_alike(rows in proptest::collection::vec([-9.0..9.0f64, -9.0..9.0, -9.0..9.0], 0..1200)) {
        let names = ["a", "b", "c"].map(str::to_owned).to_vec();
        let columns = Arc::new(JointColumns::new("set".into(), names, Vec::new()).unwrap());
        let parts = [vec![0.5; 3], vec![2.0; 3], vec![-3.0; 3], vec![4.0; 3]];
        let [means, deviations, lows, highs] = parts;
        let scales = Arc::new(Scales::new(Arc::clone(&columns), means, deviations, lows, highs).unwrap());
        let values: Vec<Vec<f64>> = (0..3).map(|at| rows.iter().map(|row| row[at]).collect()).collect();
        at_every_level(|| {
            let frame = Frame { scales: Some(Arc::clone(&scales)), known: None };
            let mut joint = JointProfile::new(Arc::clone(&columns), frame);
            joint.add(rows.len(), &values, &[]);
            joint
        });
    }
}
