//! Short texts as numbers, which are hashed and compared without a branch on their length.

use super::coupon::coupon_of_hash;
use crate::hash::{LANES, hash_short_lanes};
use crate::simd::dispatch;

/// At most 15 bytes, the missing ones zero, and in a sixteenth their number: little endian in two words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShortText {
    /// The first eight bytes.
    pub low: u64,
    /// The others; in the highest byte their number.
    pub high: u64,
}

impl ShortText {
    /// The most bytes of a short text.
    pub const MAX_BYTES: usize = 15;

    /// The first `length` bytes of a window; `None` if they are too many.
    #[inline(always)]
    pub fn new(window: &[u8; 16], length: usize) -> Option<Self> {
        let masks = MASKS.get(length)?;
        let word = u128::from_le_bytes(*window);
        let high = (word >> 64) as u64 & masks.high;
        Some(Self { low: word as u64 & masks.low, high: high | (length as u64) << 56 })
    }
}

/// The bits of texts of each length.
static MASKS: [ShortText; ShortText::MAX_BYTES + 1] = {
    let mut masks = [ShortText { low: 0, high: 0 }; ShortText::MAX_BYTES + 1];
    let mut length = 1;
    while length <= ShortText::MAX_BYTES {
        let mask = (1u128 << (8 * length)) - 1;
        masks[length] = ShortText { low: mask as u64, high: (mask >> 64) as u64 };
        length += 1;
    }
    masks
};

#[inline(always)]
fn coupons_of_lanes(texts: &[ShortText; LANES]) -> [u32; LANES] {
    let hashes = hash_short_lanes(texts.map(|text| text.low), texts.map(|text| text.high));
    std::array::from_fn(|lane| coupon_of_hash((hashes.0[lane], hashes.1[lane])))
}

#[inline(always)]
fn coupons_kernel(texts: &[ShortText], coupons: &mut [u32]) {
    let (groups, last) = texts.as_chunks::<LANES>();
    let (coupon_groups, last_coupons) = coupons.as_chunks_mut::<LANES>();
    for (texts, coupons) in groups.iter().zip(coupon_groups) {
        *coupons = coupons_of_lanes(texts);
    }
    let mut padded = [ShortText::default(); LANES];
    padded[..last.len()].copy_from_slice(last);
    for (coupon, padded) in last_coupons.iter_mut().zip(coupons_of_lanes(&padded)) {
        *coupon = padded;
    }
}

dispatch! {
    /// The coupon of each text, see [`super::coupon_of_bytes`]; there are as many coupons as texts.
    pub fn coupons_of_short(texts: &[ShortText], coupons: &mut [u32]) = coupons_kernel;
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::coupon_of_bytes;

    proptest! {
        #[test]
        fn coupons_are_those_of_the_bytes(
            windows in proptest::collection::vec((any::<[u8; 16]>(), 0..=ShortText::MAX_BYTES), 0..600),
        ) {
            let texts: Vec<ShortText> =
                windows.iter().filter_map(|(window, length)| ShortText::new(window, *length)).collect();
            let mut coupons = vec![0; texts.len()];
            coupons_of_short(&texts, &mut coupons);
            let expected: Vec<u32> =
                windows.iter().map(|(window, length)| coupon_of_bytes(&window[..*length])).collect();
            prop_assert_eq!(coupons, expected);
        }

        #[test]
        fn texts_are_equal_when_their_bytes_are(
            left in any::<[u8; 16]>(), right in any::<[u8; 16]>(),
            lengths in (0..=ShortText::MAX_BYTES, 0..=ShortText::MAX_BYTES), shared in 0..=16usize,
        ) {
            let mut right = right;
            right[..shared].copy_from_slice(&left[..shared]);
            let are_equal = ShortText::new(&left, lengths.0) == ShortText::new(&right, lengths.1);
            prop_assert_eq!(are_equal, left[..lengths.0] == right[..lengths.1]);
        }
    }

    #[test]
    fn longer_texts_are_none() {
        assert_eq!(ShortText::new(&[7; 16], 16), None);
    }
}
