//! Third and fourth moments: as summed in one go, however the values are cut.

use driftline_sketches::{Moments, NumericProfile, Shape};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::streams::cut;
use crate::{fold, tree};

fn profile_of(values: &[f64]) -> NumericProfile {
    let mut profile = NumericProfile::new(None);
    profile.add_numbers(values);
    profile
}

/// Sums of cubes and of fourth powers of deviations, and how large their terms are.
fn exact(values: &[f64]) -> ([f64; 2], [f64; 2]) {
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    let sum = |power: i32| values.iter().map(|value| (value - mean).powi(power)).sum::<f64>();
    let size = values.iter().map(|value| (value - mean).abs().powi(3)).sum::<f64>();
    ([sum(3), sum(4)], [size, sum(4)])
}

fn assert_close(profile: &NumericProfile, values: &[f64]) {
    let (sums, sizes) = exact(values);
    let found = [profile.shape.sum_cubed_dev(), profile.shape.sum_fourth_dev()];
    for ((sum, size), found) in sums.into_iter().zip(sizes).zip(found) {
        assert!((found - sum).abs() <= 1e-9 * size + 1e-12, "{found} is not {sum} within 1e-9 of {size}");
    }
}

proptest! {
    #[test]
    fn powers_are_those_of_all_values(
        values in vec(prop_oneof![-3.0..3.0f64, 0.0..50.0f64, Just(1.0)], 0..3000),
        cuts in vec(any::<Index>(), 0..5), turn in any::<u64>(),
    ) {
        assert_close(&profile_of(&values), &values);
        let parts: Vec<_> = cut(&values, &cuts, turn).iter().map(|part| profile_of(part)).collect();
        let merge = |own: &mut NumericProfile, other: &NumericProfile| own.merge(other).unwrap();
        assert_close(&fold(&parts, NumericProfile::new(None), merge), &values);
        assert_close(&tree(&parts, NumericProfile::new(None), merge), &values);
    }

    #[test]
    fn the_largest_values_make_no_nan(values in vec(any::<u64>().prop_map(f64::from_bits), 0..50)) {
        let profile = profile_of(&values);
        let (cubed, fourth) = (profile.shape.sum_cubed_dev(), profile.shape.sum_fourth_dev());
        prop_assert_eq!(Shape::from_parts(cubed, fourth).unwrap(), profile.shape.clone());
        let mut twice = profile.clone();
        twice.merge(&profile).unwrap();
        prop_assert!(!twice.shape.sum_cubed_dev().is_nan() && !twice.shape.sum_fourth_dev().is_nan());
    }
}

#[test]
fn a_large_offset_keeps_the_digits() {
    let values: Vec<f64> = (0..10_000u32).map(|n| 1e9 + f64::from(n % 100).powi(2) / 1e4).collect();
    let small: Vec<f64> = (0..10_000u32).map(|n| f64::from(n % 100).powi(2) / 1e4).collect();
    let (offset, plain) = (profile_of(&values), profile_of(&small));
    let skewness = |profile: &NumericProfile| profile.shape.skewness(&profile.moments).unwrap();
    let kurtosis = |profile: &NumericProfile| profile.shape.excess_kurtosis(&profile.moments).unwrap();
    // At 1e9 doubles lie 1.2e-7 apart.
    assert!((skewness(&offset) - skewness(&plain)).abs() < 1e-6);
    assert!((kurtosis(&offset) - kurtosis(&plain)).abs() < 1e-6);
}

#[test]
fn constants_have_no_shape() {
    let profile = profile_of(&[2.0; 10]);
    assert_eq!(profile.shape.skewness(&profile.moments), None);
    assert_eq!(Shape::default().excess_kurtosis(&Moments::new()), None);
    assert!(Shape::from_parts(f64::NAN, 1.0).is_err());
    assert!(Shape::from_parts(1.0, -1.0).is_err());
}
