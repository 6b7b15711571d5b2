//! Keys of numbers that some senders write as integers and others as floats.

use super::coupon::canonical_float_key;
use crate::simd::dispatch;

/// Added to a number of at most [`LARGE`], this leaves the number, rounded to a whole one, in the lowest bits.
const ROUNDING: f64 = (3u64 << 51) as f64;
const LARGE: f64 = (1u64 << 51) as f64;

/// The key of a number: whole ones as 64-bit integers, so that a column that comes as integers from one sender and as
/// floats from another (pandas does so when a value is missing) has each value once; others as the `DataSketches`
/// library hashes doubles.
#[inline]
pub fn number_key(value: f64) -> u64 {
    let whole = value as i64;
    if whole as f64 == value { whole as u64 } else { canonical_float_key(value) }
}

/// [`number_key`] of values that are at most [`LARGE`].
#[inline(always)]
fn small_keys_kernel(values: &[f64], keys: &mut [u64]) {
    for (key, value) in keys.iter_mut().zip(values) {
        let rounded = value + ROUNDING;
        let whole = rounded.to_bits().wrapping_sub(ROUNDING.to_bits());
        *key = if rounded - ROUNDING == *value { whole } else { value.to_bits() };
    }
}

dispatch! {
    fn small_keys(values: &[f64], keys: &mut [u64]) = small_keys_kernel;
}

/// [`number_key`] of each value, none of which is larger than `largest`; the slices are equally long.
pub(crate) fn number_keys(values: &[f64], largest: f64, keys: &mut [u64]) {
    if largest <= LARGE {
        return small_keys(values, keys);
    }
    for (key, value) in keys.iter_mut().zip(values) {
        *key = number_key(*value);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn whole_numbers_have_the_key_of_the_integer() {
        assert_eq!(number_key(-3.0), -3i64 as u64);
        assert_eq!(number_key(-0.0), 0);
        assert_eq!(number_key(0.5), 0.5f64.to_bits());
        assert_eq!(number_key(LARGE + 1.0), (1 << 51) + 1);
    }

    proptest! {
        #[test]
        fn keys_of_many_are_those_of_each(
            values in proptest::collection::vec(
                prop_oneof![
                    any::<i32>().prop_map(|half| f64::from(half) / 2.0),
                    any::<i64>().prop_map(|whole| whole as f64),
                    any::<u64>().prop_map(f64::from_bits),
                    (-4i32..4, any::<bool>()).prop_map(|(step, negative)| {
                        let near = (LARGE.to_bits() as i64 + i64::from(step)) as u64;
                        f64::from_bits(near | u64::from(negative) << 63)
                    }),
                    Just(-0.0),
                    Just(5e-324),
                ],
                0..40,
            )
        ) {
            for one_or_all in [1, 40] {
                for values in values.chunks(one_or_all) {
                    let mut keys = vec![0; values.len()];
                    let magnitudes = values.iter().map(|value| value.abs());
                    let largest = if values.iter().any(|value| value.is_nan()) { f64::NAN } else { magnitudes.fold(0.0, f64::max) };
                    number_keys(values, largest, &mut keys);
                    for (key, value) in keys.iter().zip(values) {
                        prop_assert!(value.is_nan() || *key == number_key(*value), "{value:e}");
                    }
                }
            }
        }
    }
}
