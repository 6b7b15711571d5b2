//! `MurmurHash3` x64 128 (Austin Appleby, public domain), the hash of every Apache `DataSketches`
//! distinct count.

use crate::simd::dispatch;

/// The seed that `DataSketches` uses everywhere; another one makes sketches that cannot be merged.
pub const SEED: u64 = 9001;

const C1: u64 = 0x87c3_7b91_1142_53d5;
const C2: u64 = 0x4cf5_ad43_2745_937f;

#[inline(always)]
fn mix_first(word: u64) -> u64 {
    word.wrapping_mul(C1).rotate_left(31).wrapping_mul(C2)
}

#[inline(always)]
fn mix_second(word: u64) -> u64 {
    word.wrapping_mul(C2).rotate_left(33).wrapping_mul(C1)
}

#[inline(always)]
fn avalanche(mut word: u64) -> u64 {
    word ^= word >> 33;
    word = word.wrapping_mul(0xff51_afd7_ed55_8ccd);
    word ^= word >> 33;
    word = word.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    word ^ (word >> 33)
}

#[inline(always)]
fn finish(mut first: u64, mut second: u64, length: u64) -> (u64, u64) {
    first ^= length;
    second ^= length;
    first = first.wrapping_add(second);
    second = second.wrapping_add(first);
    first = avalanche(first);
    second = avalanche(second);
    first = first.wrapping_add(second);
    second = second.wrapping_add(first);
    (first, second)
}

/// The bytes after the last whole block of 16 as a little-endian word, the missing ones zero. Made of loads of a fixed
/// size that may overlap, because a copy of a variable size is a call.
#[inline]
fn tail_of(bytes: &[u8]) -> u128 {
    let length = bytes.len() % 16;
    if let Some(last) = bytes.last_chunk::<16>() {
        return u128::from_le_bytes(*last).checked_shr(128 - 8 * length as u32).unwrap_or(0);
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        let last = u128::from(u64::from_le_bytes(*last)) << (8 * (length - 8));
        return u128::from(u64::from_le_bytes(*first)) | last;
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        let last = u128::from(u32::from_le_bytes(*last)) << (8 * (length - 4));
        return u128::from(u32::from_le_bytes(*first)) | last;
    }
    let byte = |index: usize| u128::from(bytes[index]) << (8 * index);
    if bytes.is_empty() { 0 } else { byte(0) | byte(bytes.len() / 2) | byte(bytes.len() - 1) }
}

/// The 128 bits of the hash as two words, the low one first.
pub fn murmur3_x64_128(bytes: &[u8], seed: u64) -> (u64, u64) {
    let (mut first, mut second) = (seed, seed);
    for block in bytes.as_chunks::<16>().0 {
        let word = u128::from_le_bytes(*block);
        first ^= mix_first(word as u64);
        first = first.rotate_left(27).wrapping_add(second);
        first = first.wrapping_mul(5).wrapping_add(0x52dc_e729);
        second ^= mix_second((word >> 64) as u64);
        second = second.rotate_left(31).wrapping_add(first);
        second = second.wrapping_mul(5).wrapping_add(0x3849_5ab5);
    }
    // What is missing is zero, and mixes to zero.
    let tail = tail_of(bytes);
    first ^= mix_first(tail as u64);
    second ^= mix_second((tail >> 64) as u64);
    finish(first, second, bytes.len() as u64)
}

/// All 128 bits of a hash as one number.
pub fn hash_of_bytes(bytes: &[u8]) -> u128 {
    let (low, high) = murmur3_x64_128(bytes, SEED);
    u128::from(high) << 64 | u128::from(low)
}

/// The hash of the eight little-endian bytes of `key` under [`SEED`].
#[inline(always)]
pub fn hash_key(key: u64) -> (u64, u64) {
    finish(SEED ^ mix_first(key), SEED, 8)
}

/// Keys that are hashed at once: one vector of AVX-512, two of AVX2.
pub(crate) const LANES: usize = 8;

#[inline(always)]
fn each(words: [u64; LANES], step: impl Fn(u64) -> u64) -> [u64; LANES] {
    let mut stepped = [0; LANES];
    for (stepped, word) in stepped.iter_mut().zip(words) {
        *stepped = step(word);
    }
    stepped
}

#[inline(always)]
fn both(left: [u64; LANES], right: [u64; LANES], step: impl Fn(u64, u64) -> u64) -> [u64; LANES] {
    let mut stepped = left;
    for (stepped, right) in stepped.iter_mut().zip(right) {
        *stepped = step(*stepped, right);
    }
    stepped
}

/// [`finish`] of each lane, whose words have been mixed with the length.
#[inline(always)]
fn finish_lanes(first: [u64; LANES], second: [u64; LANES]) -> ([u64; LANES], [u64; LANES]) {
    let first = both(first, second, u64::wrapping_add);
    let second = both(second, first, u64::wrapping_add);
    let (first, second) = (each(first, avalanche), each(second, avalanche));
    let first = both(first, second, u64::wrapping_add);
    (first, both(second, first, u64::wrapping_add))
}

/// [`hash_key`] of each lane, step by step for all of them: in this order every step is a vector
/// instruction, and the processor has independent multiplications to overlap.
#[inline(always)]
fn hash_lanes(keys: [u64; LANES]) -> ([u64; LANES], [u64; LANES]) {
    const SEED_AND_LENGTH: u64 = SEED ^ 8;
    finish_lanes(each(keys, |key| SEED_AND_LENGTH ^ mix_first(key)), [SEED_AND_LENGTH; LANES])
}

/// Bits of the second word of a short text that hold bytes; above them is their number.
const SHORT_BYTES: u64 = (1 << 56) - 1;

/// [`murmur3_x64_128`] under [`SEED`] of the [`ShortText`](crate::hll::ShortText) in each lane, without a branch on its
/// length.
#[inline(always)]
pub(crate) fn hash_short_lanes(lows: [u64; LANES], highs: [u64; LANES]) -> ([u64; LANES], [u64; LANES]) {
    let seeds = each(highs, |high| SEED ^ (high >> 56));
    let first = both(each(lows, mix_first), seeds, |word, seed| word ^ seed);
    let second = both(each(highs, |high| mix_second(high & SHORT_BYTES)), seeds, |word, seed| word ^ seed);
    finish_lanes(first, second)
}

#[inline(always)]
fn hash_keys_kernel(keys: &[u64], first_words: &mut [u64], second_words: &mut [u64]) {
    let (groups, rest) = keys.as_chunks::<LANES>();
    let (first_groups, first_rest) = first_words.as_chunks_mut::<LANES>();
    let (second_groups, second_rest) = second_words.as_chunks_mut::<LANES>();
    for ((keys, first), second) in groups.iter().zip(first_groups).zip(second_groups) {
        (*first, *second) = hash_lanes(*keys);
    }
    for ((key, first), second) in rest.iter().zip(first_rest).zip(second_rest) {
        (*first, *second) = hash_key(*key);
    }
}

dispatch! {
    /// [`hash_key`] of each of `keys`, the two words apart. Each slice of words is as long as `keys`.
    pub(crate) fn hash_keys(keys: &[u64], first_words: &mut [u64], second_words: &mut [u64]) = hash_keys_kernel;
}
