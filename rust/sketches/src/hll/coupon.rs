//! From a key to its coupon: 26 bits that pick a register, 6 bits of value.

use crate::hash::{SEED, hash_key, murmur3_x64_128};

const SLOT_BITS: u32 = 26;
const SLOT_MASK: u32 = (1 << SLOT_BITS) - 1;
/// The largest value of a coupon.
pub(super) const MAX_VALUE: u8 = 63;

/// The value of a key whose hash has this second word, in `[1, MAX_VALUE]`.
#[inline(always)]
pub(super) fn value_of_word(second: u64) -> u8 {
    value_of_zeros(second.leading_zeros())
}

/// The value of a key by the leading zeros of the second word of its hash.
#[inline(always)]
pub(super) const fn value_of_zeros(zeros: u32) -> u8 {
    if zeros < MAX_VALUE as u32 { zeros as u8 + 1 } else { MAX_VALUE }
}

#[inline]
pub(crate) fn coupon_of_hash((first, second): (u64, u64)) -> u32 {
    (u32::from(value_of_word(second)) << SLOT_BITS) | (first as u32 & SLOT_MASK)
}

/// The coupon of an integer, hashed as eight little-endian bytes. Narrower integers are widened to
/// 64 bits with their sign; floats go through [`canonical_float_key`].
#[inline]
pub fn coupon_of_key(key: u64) -> u32 {
    coupon_of_hash(hash_key(key))
}

/// The coupon of a string or of other bytes.
pub fn coupon_of_bytes(bytes: &[u8]) -> u32 {
    coupon_of_hash(murmur3_x64_128(bytes, SEED))
}

/// The key of a float: its bits, with one key for both zeros.
#[inline]
pub fn canonical_float_key(value: f64) -> u64 {
    (value + 0.0).to_bits()
}

/// The value of a coupon, at least 1 in a valid one.
#[inline]
pub(super) fn value_of(coupon: u32) -> u8 {
    (coupon >> SLOT_BITS) as u8
}
