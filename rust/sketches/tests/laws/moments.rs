//! Moments: extremes and count exact, mean and spread stable.

use driftline_sketches::Moments;
use proptest::prelude::*;

use crate::streams::{streams, values};
use crate::{fold, tree};

fn moments_of(values: &[f64]) -> Moments {
    let mut moments = Moments::new();
    moments.add_slice(values);
    moments
}

fn assert_close(left: &Moments, right: &Moments, largest: f64) {
    assert_eq!(left.count(), right.count());
    assert_eq!((left.min(), left.max()), (right.min(), right.max()));
    let (Some(own), Some(other)) = (left.mean(), right.mean()) else {
        return;
    };
    assert!(
        (own / 2.0 - other / 2.0).abs() <= 1e-13 * largest + 16.0 * f64::from_bits(1),
        "mean {own} and {other}"
    );
    let (own, other) = (left.sum_sq_dev(), right.sum_sq_dev());
    // What rounding the mean of values of this size may cost.
    let rounding = 1e-13 * largest * (own.max(other) * left.count() as f64).sqrt();
    let tiny = (1e-14 * largest).powi(2) * left.count() as f64;
    // A square below the normal numbers is off by a step, that of each value.
    let steps = 2.0 * left.count() as f64 * f64::from_bits(1);
    assert!(
        own == other || (own - other).abs() <= 1e-11 * own.max(other) + rounding + tiny + steps,
        "{own} and {other}"
    );
}

proptest! {
    #[test]
    fn merged_moments_are_those_of_the_stream(stream in streams(3000)) {
        let whole = moments_of(&stream.whole);
        let largest = stream.whole.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
        let parts: Vec<_> = stream.parts.iter().map(|part| moments_of(part)).collect();
        assert_close(&fold(&parts, Moments::new(), Moments::merge), &whole, largest);
        assert_close(&tree(&parts, Moments::new(), Moments::merge), &whole, largest);
    }

    #[test]
    fn nothing_is_the_identity_and_parts_come_back(values in values(1000)) {
        let whole = moments_of(&values);
        let mut merged = Moments::new();
        merged.merge(&whole);
        merged.merge(&Moments::new());
        prop_assert_eq!(&merged, &whole);
        let again = Moments::from_parts(
            whole.count(),
            whole.mean().unwrap_or(0.0),
            whole.sum_sq_dev(),
            whole.min().unwrap_or(0.0),
            whole.max().unwrap_or(0.0),
        );
        prop_assert_eq!(again.unwrap(), whole);
    }
}

#[test]
fn a_large_offset_keeps_ten_digits() {
    // 1e9 + k / 1024 is exact; the spread of k is known in integers.
    let numbers: Vec<u64> = (0..100_000u64).map(|index| index.wrapping_mul(0x9e37_79b9) % 4096).collect();
    let values: Vec<f64> = numbers.iter().map(|number| 1e9 + *number as f64 / 1024.0).collect();
    let (count, sum): (u128, u128) =
        (numbers.len() as u128, numbers.iter().map(|number| u128::from(*number)).sum());
    let squares: u128 = numbers.iter().map(|number| u128::from(number * number)).sum();
    let exact = (count * squares - sum * sum) as f64 / count as f64 / (1024.0 * 1024.0);
    for (size, allowed) in [(1, 1e-12), (100, 1e-12), (1000, 1e-12), (100_000, 1e-12)] {
        let mut moments = Moments::new();
        values.chunks(size).for_each(|slice| moments.add_slice(slice));
        let relative = (moments.sum_sq_dev() - exact).abs() / exact;
        assert!(relative < allowed, "{relative:e} with slices of {size}");
        let mean = 1e9 + sum as f64 / count as f64 / 1024.0;
        assert!((moments.mean().unwrap() - mean).abs() < 2e-7);
    }
}

#[test]
fn an_outlier_in_the_middle_of_a_block_costs_no_digits() {
    // The mean lies far from every value. Sums of a thousand numbers may lose some units in the last place.
    let mut values: Vec<f64> = (0..1000).map(|index| f64::from(index % 7)).collect();
    values[500] = 1e12;
    let moments = moments_of(&values);
    let others: Vec<i128> = (0..1000).filter(|index| *index != 500).map(|index| index % 7).collect();
    let sum: i128 = others.iter().sum::<i128>() + 1_000_000_000_000;
    let squares: i128 = others.iter().map(|number| number * number).sum::<i128>() + 10i128.pow(24);
    let exact = (1000 * squares - sum * sum) as f64 / 1000.0;
    assert!((moments.sum_sq_dev() / exact - 1.0).abs() < 1e-14);
    assert!((moments.mean().unwrap() / (sum as f64 / 1000.0) - 1.0).abs() < 1e-14);
}

#[test]
fn the_largest_values_do_not_overflow_the_mean() {
    let moments = moments_of(&[f64::MAX, f64::MAX, f64::MAX]);
    assert!((moments.mean().unwrap() / f64::MAX - 1.0).abs() < 1e-15);
    let mut moments = moments_of(&[f64::MAX; 10]);
    moments.merge(&moments_of(&[-f64::MAX; 10]));
    assert!(moments.mean().unwrap().abs() <= f64::MAX * 1e-15);
    assert_eq!(moments.variance(), Some(f64::INFINITY));
}

#[test]
fn variance_is_that_of_a_sample() {
    let moments = moments_of(&[1.0, 2.0, 3.0, 4.0]);
    assert_eq!(moments.variance(), Some(5.0 / 3.0));
    assert_eq!(moments.sum(), 10.0);
    assert_eq!(moments_of(&[1.0]).variance(), None);
    assert_eq!(Moments::new().mean(), None);
}

#[test]
fn stored_parts_are_checked() {
    assert!(Moments::from_parts(2, 1.0, 0.5, 0.0, 2.0).is_ok());
    assert!(Moments::from_parts(2, 3.0, 0.5, 0.0, 2.0).is_err());
    assert!(Moments::from_parts(2, 1.0, -0.5, 0.0, 2.0).is_err());
    assert!(Moments::from_parts(2, f64::NAN, 0.5, 0.0, 2.0).is_err());
    assert!(Moments::from_parts(2, 1.0, f64::NAN, 0.0, f64::INFINITY).is_err());
}
