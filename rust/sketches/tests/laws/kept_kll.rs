//! The KLL sketch of a column: it holds every finite value of the profile, or it is not there.

use std::borrow::Cow;

use driftline_sketches::{ErrorKind, Kll, NumericProfile};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::streams::{cut, values};
use crate::{fold, tree};

fn empty(keeps_kll: bool) -> NumericProfile {
    if keeps_kll { NumericProfile::with_kll(None) } else { NumericProfile::new(None) }
}

fn profile_of(values: &[f64], keeps_kll: bool) -> NumericProfile {
    let mut profile = empty(keeps_kll);
    profile.add_numbers(values);
    profile
}

fn merge(own: &mut NumericProfile, other: &NumericProfile) {
    own.merge(other).unwrap();
}

/// How many values the sketch holds, and its extremes.
fn held(profile: &NumericProfile) -> Option<(u64, Option<f64>, Option<f64>)> {
    profile.kll().map(|kll| (kll.count(), kll.min(), kll.max()))
}

fn finite(values: &[f64]) -> Vec<f64> {
    values.iter().copied().filter(|value| value.is_finite()).collect()
}

/// Values with NaN and infinities in between.
fn rows(length: usize) -> impl Strategy<Value = Vec<f64>> {
    let strange = prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(f64::NEG_INFINITY)];
    (values(length), vec((any::<Index>(), strange), 0..4)).prop_map(|(mut values, strange)| {
        for (place, value) in strange {
            values.insert(place.index(values.len() + 1), value);
        }
        values
    })
}

proptest! {
    #[test]
    fn it_holds_what_a_sketch_of_the_finite_values_holds(rows in rows(6000)) {
        let mut alone = Kll::default();
        alone.add_slice(&finite(&rows));
        let profile = profile_of(&rows, true);
        let kll = profile.kll().map(Cow::into_owned);
        prop_assert_eq!(kll, Some(alone));
        prop_assert!(profile_of(&rows, false).kll().is_none());
    }

    #[test]
    fn it_holds_everything_after_any_merge_or_is_not_there(
        rows in rows(3000),
        cuts in vec(any::<Index>(), 0..5),
        turn in any::<u64>(),
        keepers in prop_oneof![Just(u8::MAX), any::<u8>()],
    ) {
        let keeps = |part: usize| keepers & (1 << part) != 0;
        let cut = cut(&rows, &cuts, turn);
        let parts: Vec<_> = cut.iter().enumerate().map(|(at, part)| profile_of(part, keeps(at))).collect();
        let has_all = cut.iter().enumerate().all(|(at, part)| keeps(at) || finite(part).is_empty());
        let is_asked_for = (0..parts.len()).any(keeps);
        for merged in [fold(&parts, empty(false), merge), tree(&parts, empty(false), merge)] {
            let moments = &merged.moments;
            let all = (moments.count(), moments.min(), moments.max());
            prop_assert_eq!(held(&merged), (has_all && is_asked_for).then_some(all));
        }
    }

    #[test]
    fn values_added_after_a_merge_are_held_or_it_goes(before in rows(400), after in rows(400), keepers in 0u8..4) {
        let (own, other) = (keepers & 1 != 0, keepers & 2 != 0);
        let mut profile = empty(own);
        profile.merge(&profile_of(&before, other)).unwrap();
        profile.add_numbers(&after);
        match held(&profile) {
            Some((count, ..)) => prop_assert_eq!(count, profile.moments.count()),
            None if finite(&before).is_empty() => prop_assert!(!own && !other),
            None => prop_assert!(!other),
        }
    }

    #[test]
    fn nothing_is_the_identity(rows in rows(2000), keeps_kll in any::<bool>(), other in any::<bool>()) {
        let profile = profile_of(&rows, keeps_kll);
        let (mut left, mut right) = (profile.clone(), empty(other));
        merge(&mut left, &empty(other));
        merge(&mut right, &profile);
        prop_assert_eq!(left.kll(), right.kll());
        if profile.moments.count() > 0 || !other {
            prop_assert_eq!(left.kll(), profile.kll());
        }
    }
}

#[test]
fn a_sketch_that_holds_something_else_is_refused() {
    let mut profile = profile_of(&[1.0, 2.0, f64::NAN], false);
    let mut kll = Kll::default();
    kll.add_slice(&[1.0]);
    let error = profile.set_kll(kll.clone()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert_eq!(error.message(), "the KLL sketch must hold all 2 finite values, got 1");
    assert_eq!(profile.kll(), None);
    kll.add_slice(&[2.0]);
    profile.set_kll(kll).unwrap();
    profile.add_numbers(&[3.0]);
    assert_eq!(held(&profile), Some((3, Some(1.0), Some(3.0))));
}
