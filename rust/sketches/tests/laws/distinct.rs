//! Distinct counts: they merge exactly, and know what their bytes and extra bytes hold.

use driftline_sketches::{Hll, coupon_of_key};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::streams::cut;
use crate::{assert_exact_monoid, fold, tree};

/// Where the registers begin in the bytes.
const REGISTERS: usize = 40;

fn hll_of(lg_k: u8, keys: &[u64]) -> Hll {
    let mut distinct = Hll::new(lg_k).unwrap();
    distinct.add_slice(keys);
    distinct
}

/// The counter that another reader of `DataSketches` bytes would hand back.
fn portable(distinct: &Hll) -> Hll {
    Hll::from_bytes(&distinct.to_bytes()).unwrap()
}

fn merge(own: &mut Hll, other: &Hll) {
    own.merge(other).unwrap();
}

/// Keys of which some repeat.
fn keys(length: usize) -> impl Strategy<Value = Vec<u64>> {
    prop_oneof![vec(0u64..5000, 0..length), vec(any::<u64>(), 0..length)]
}

/// The values that keys have in each of `2^lg_k` registers, as bits.
fn values_seen(lg_k: u8, keys: &[u64]) -> Vec<u64> {
    let mut seen = vec![0; 1 << lg_k];
    for coupon in keys.iter().map(|key| coupon_of_key(*key)) {
        seen[coupon as usize % (1 << lg_k)] |= 1 << (coupon >> 26);
    }
    seen
}

proptest! {
    #[test]
    fn distinct_counts_merge_exactly(
        lg_k in 4u8..14, keys in keys(2500), cuts in vec(any::<Index>(), 0..6), turn in any::<u64>(),
    ) {
        let parts: Vec<_> = cut(&keys, &cuts, turn).iter().map(|part| hll_of(lg_k, part)).collect();
        let whole = hll_of(lg_k, &keys);
        assert_exact_monoid(&whole, &parts, &Hll::new(lg_k).unwrap(), merge);
        prop_assert_eq!(hll_of(lg_k, &[keys.clone(), keys].concat()), whole);
    }

    #[test]
    fn distinct_counts_without_extra_bytes_merge_exactly(
        lg_k in 4u8..12, keys in keys(1500), cuts in vec(any::<Index>(), 0..6), turn in any::<u64>(), lossy in any::<u8>(),
    ) {
        let parts: Vec<_> = cut(&keys, &cuts, turn).iter().map(|part| hll_of(lg_k, part)).enumerate()
            .map(|(place, part)| if lossy >> (place % 8) & 1 == 1 { portable(&part) } else { part })
            .collect();
        let whole = hll_of(lg_k, &keys);
        let empty = Hll::new(lg_k).unwrap();
        let merged = fold(&parts, empty.clone(), merge);
        assert_exact_monoid(&merged, &parts, &empty, merge);
        prop_assert_eq!(&tree(&parts, empty, merge), &merged);
        let lacks = |part: &Hll| part.extra_bytes().is_none() && part.to_bytes().len() == REGISTERS + (1 << lg_k)
            && part.to_bytes()[7] & 3 == 2;
        let expected = if parts.iter().any(lacks) { portable(&whole) } else { whole };
        prop_assert_eq!(&merged, &expected);
        // More keys do not bring back what was lost, and count as in the counter that has it.
        let (mut more, mut full) = (portable(&merged), hll_of(lg_k, &keys));
        let added: Vec<u64> = (0..2000).map(|key| key << 40).collect();
        more.add_slice(&added);
        full.add_slice(&added);
        prop_assert_eq!(more.to_bytes(), full.to_bytes());
    }

    #[test]
    fn distinct_counts_come_back_with_their_extra_bytes(lg_k in 4u8..14, keys in keys(2500)) {
        let distinct = hll_of(lg_k, &keys);
        let read = portable(&distinct);
        prop_assert_eq!(read.to_bytes(), distinct.to_bytes());
        let registers = f64::from(1 << lg_k);
        let Some(extra) = distinct.extra_bytes() else {
            prop_assert_eq!(&read, &distinct);
            prop_assert!(read.with_extra_bytes(&[]).is_err());
            return Ok(());
        };
        prop_assert_eq!(read.extra_bytes(), None);
        prop_assert_eq!(read.standard_error(), 1.04 / registers.sqrt());
        prop_assert_eq!(distinct.standard_error(), 0.76 / registers.sqrt());
        prop_assert_eq!(read.with_extra_bytes(&extra).unwrap(), distinct.clone());
        prop_assert!(distinct.with_extra_bytes(&extra).is_err());
    }

    #[test]
    fn registers_hold_the_largest_value_and_the_two_below(lg_k in 4u8..10, keys in keys(2500), at_once in 1usize..2500) {
        let mut distinct = Hll::new(lg_k).unwrap();
        keys.chunks(at_once).for_each(|part| distinct.add_slice(part));
        let Some(extra) = distinct.extra_bytes() else { return Ok(()) };
        let bytes = distinct.to_bytes();
        for (place, seen) in values_seen(lg_k, &keys).into_iter().enumerate() {
            let largest = seen.checked_ilog2().unwrap_or(0);
            let below = |distance| largest > distance && seen >> (largest - distance) & 1 == 1;
            let bits = u8::from(below(1)) << 1 | u8::from(below(2));
            prop_assert_eq!(u32::from(bytes[REGISTERS + place]), largest);
            prop_assert_eq!(extra[place / 4] >> (place % 4 * 2) & 3, bits);
        }
    }

    #[test]
    fn any_extra_bytes_are_kept_or_refused(
        registers in vec(0u8..66, 16), extra in vec(any::<u8>(), 3..6), keys in vec(any::<u64>(), 0..9),
    ) {
        let mut bytes = hll_of(4, &(0..100).collect::<Vec<_>>()).to_bytes();
        bytes[REGISTERS..].copy_from_slice(&registers);
        let Ok(read) = Hll::from_bytes(&bytes) else {
            prop_assert!(registers.iter().any(|register| *register > 63));
            return Ok(());
        };
        let impossible = |(place, register): (usize, &u8)| {
            let bits = extra.get(place / 4).map_or(0, |byte| byte >> (place % 4 * 2) & 3);
            (bits & 2 > 0 && *register < 2) || (bits & 1 > 0 && *register < 3)
        };
        let is_valid = extra.len() == 4 && !registers.iter().enumerate().any(impossible);
        match read.clone().with_extra_bytes(&extra) {
            Err(_) => prop_assert!(!is_valid),
            Ok(mut distinct) => {
                prop_assert!(is_valid);
                prop_assert_eq!(distinct.to_bytes(), read.to_bytes());
                prop_assert_eq!(distinct.extra_bytes(), Some(extra));
                let (lower, upper) = distinct.bounds(2.0);
                prop_assert!(distinct.estimate() >= 0.0 && lower <= upper);
                distinct.add_slice(&keys);
                prop_assert!(distinct.extra_bytes().is_some());
            }
        }
    }

    #[test]
    fn distinct_counts_stay_within_six_standard_errors(
        lg_k in 8u8..14, count in 0u64..40_000, first in any::<u32>(), loses_extra in any::<bool>(),
    ) {
        let keys: Vec<u64> = (0..count).map(|key| key + u64::from(first)).collect();
        let distinct = hll_of(lg_k, &keys);
        let distinct = if loses_extra { portable(&distinct) } else { distinct };
        let (lower, upper) = distinct.bounds(6.0);
        prop_assert!(lower.floor() <= count as f64 && count as f64 <= upper.ceil(), "{} {}", lower, upper);
    }
}

#[test]
fn impossible_extra_bytes_are_refused_with_a_reason() {
    let distinct = portable(&hll_of(4, &(0..100).collect::<Vec<_>>()));
    let message = |extra: &[u8]| distinct.clone().with_extra_bytes(extra).unwrap_err().message().to_owned();
    assert_eq!(message(&[0; 3]), "extra bytes of 16 registers must be 4, got 3");
    let sparse = hll_of(12, &[1]).with_extra_bytes(&[0; 1024]).unwrap_err();
    assert_eq!(sparse.message(), "extra bytes must come with registers, got 1024 of them with coupons");
}
