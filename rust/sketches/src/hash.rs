//! `MurmurHash3` x64 128 (Austin Appleby, public domain), the hash of every Apache `DataSketches`
//! distinct count.

/// The seed that `DataSketches` uses everywhere; another one makes sketches that cannot be merged.
pub const SEED: u64 = 9001;

const C1: u64 = 0x87c3_7b91_1142_53d5;
const C2: u64 = 0x4cf5_ad43_2745_937f;

#[inline]
fn mix_first(word: u64) -> u64 {
    word.wrapping_mul(C1).rotate_left(31).wrapping_mul(C2)
}

#[inline]
fn mix_second(word: u64) -> u64 {
    word.wrapping_mul(C2).rotate_left(33).wrapping_mul(C1)
}

#[inline]
fn avalanche(mut word: u64) -> u64 {
    word ^= word >> 33;
    word = word.wrapping_mul(0xff51_afd7_ed55_8ccd);
    word ^= word >> 33;
    word = word.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    word ^ (word >> 33)
}

#[inline]
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

/// Up to eight bytes as a little-endian word, the missing ones zero.
fn word_of(bytes: &[u8]) -> u64 {
    let mut word = [0; 8];
    word[..bytes.len()].copy_from_slice(bytes);
    u64::from_le_bytes(word)
}

/// The 128 bits of the hash as two words, the low one first.
pub fn murmur3_x64_128(bytes: &[u8], seed: u64) -> (u64, u64) {
    let (mut first, mut second) = (seed, seed);
    let mut blocks = bytes.chunks_exact(16);
    for block in &mut blocks {
        first ^= mix_first(word_of(&block[..8]));
        first = first.rotate_left(27).wrapping_add(second);
        first = first.wrapping_mul(5).wrapping_add(0x52dc_e729);
        second ^= mix_second(word_of(&block[8..]));
        second = second.rotate_left(31).wrapping_add(first);
        second = second.wrapping_mul(5).wrapping_add(0x3849_5ab5);
    }
    let tail = blocks.remainder();
    if tail.len() > 8 {
        second ^= mix_second(word_of(&tail[8..]));
    }
    if !tail.is_empty() {
        first ^= mix_first(word_of(&tail[..tail.len().min(8)]));
    }
    finish(first, second, bytes.len() as u64)
}

/// The hash of the eight little-endian bytes of `key` under [`SEED`].
#[inline]
pub fn hash_key(key: u64) -> (u64, u64) {
    finish(SEED ^ mix_first(key), SEED, 8)
}
