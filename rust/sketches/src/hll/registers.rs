//! Registers of eight bits, those of `UltraLogLog` (Ertl, arXiv 2308.16862), filled from coupons:
//!
//! ```text
//! bits 7-2  the largest value of the coupons of this register, 0 for none: the register of HLL_8
//! bit  1    whether the value one below it was seen
//! bit  0    whether the value two below it was seen
//! ```
//!
//! Registers read from a `DataSketches` image do not know the two bits: they are *plain*, and their two
//! bits stay zero. What plain registers touch becomes plain. As dropping the bits and merging can be
//! swapped, merging remains associative and commutative.

use super::coupon::{MAX_VALUE, value_of, value_of_word, value_of_zeros};
use super::hashes::Hashes;
use crate::error::{Error, Result};
use crate::simd::dispatch;

const SEEN_BITS: u8 = 0b11;
/// Registers whose two bits share a byte.
const PER_EXTRA_BYTE: usize = 4;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Registers {
    /// A power of two.
    bytes: Box<[u8]>,
    is_plain: bool,
}

impl Registers {
    pub(super) fn new(lg_k: u8) -> Self {
        Self { bytes: vec![0; 1 << lg_k].into(), is_plain: false }
    }

    /// Plain registers of largest values.
    pub(super) fn from_values(mut values: Vec<u8>) -> Result<Self> {
        if let Some(value) = values.iter().find(|value| **value > MAX_VALUE) {
            return Err(Error::invalid_data(format!("register must be at most {MAX_VALUE}, got {value}")));
        }
        for value in &mut values {
            *value <<= 2;
        }
        Ok(Self { bytes: values.into(), is_plain: true })
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn is_plain(&self) -> bool {
        self.is_plain
    }

    /// The largest value of each register.
    pub(super) fn values(&self) -> impl Iterator<Item = u8> + '_ {
        self.bytes.iter().map(|register| register >> 2)
    }

    /// How many registers hold each byte.
    pub(super) fn histogram(&self) -> [u32; 256] {
        let mut histogram = [0; 256];
        for register in &self.bytes {
            histogram[usize::from(*register)] += 1;
        }
        histogram
    }

    pub(super) fn add_coupons(&mut self, coupons: impl Iterator<Item = u32>) {
        let mask = self.bytes.len() - 1;
        for coupon in coupons {
            let register = &mut self.bytes[coupon as usize & mask];
            let raised = raise(*register, value_of(coupon));
            *register = if self.is_plain { raised & !SEEN_BITS } else { raised };
        }
    }

    /// Adds a slice of coupons, whose values are at least 1.
    pub(super) fn add_coupon_slice(&mut self, coupons: &[u32]) {
        if self.is_plain {
            self.add_coupons(coupons.iter().copied());
        } else {
            raise_coupons(&mut self.bytes, coupons);
        }
    }

    /// Adds keys by their hashes.
    pub(super) fn add_hashes(&mut self, hashes: Hashes<'_>) {
        if self.is_plain {
            raise_plain(&mut self.bytes, hashes);
        } else {
            raise_all(&mut self.bytes, hashes);
        }
    }

    /// Adds the registers of `other`, which are as many.
    pub(super) fn merge(&mut self, other: &Self) {
        if other.is_plain && !self.is_plain {
            for register in &mut self.bytes {
                *register &= !SEEN_BITS;
            }
            self.is_plain = true;
        }
        if self.is_plain {
            for (register, other) in self.bytes.iter_mut().zip(&other.bytes) {
                *register = (*register).max(other & !SEEN_BITS);
            }
        } else {
            join_all(&mut self.bytes, &other.bytes);
        }
    }

    /// The two bits of each register, the first one's in the lowest bits of the first byte; none if plain.
    pub(super) fn extra_bytes(&self) -> Option<Vec<u8>> {
        let pack =
            |group: &[u8]| group.iter().rev().fold(0, |byte, register| (byte << 2) | (register & SEEN_BITS));
        (!self.is_plain).then(|| self.bytes.chunks_exact(PER_EXTRA_BYTE).map(pack).collect())
    }

    /// Plain registers with the two bits that [`Self::extra_bytes`] gave.
    pub(super) fn with_extra_bytes(mut self, extra: &[u8]) -> Result<Self> {
        let expected = self.bytes.len() / PER_EXTRA_BYTE;
        if extra.len() != expected {
            return Err(Error::invalid_data(format!(
                "extra bytes of {} registers must be {expected}, got {}",
                self.bytes.len(),
                extra.len()
            )));
        }
        if !self.is_plain {
            return Err(Error::invalid_data(
                "extra bytes must be given once, got them for registers that have them",
            ));
        }
        for (group, packed) in self.bytes.chunks_exact_mut(PER_EXTRA_BYTE).zip(extra) {
            for (place, register) in group.iter_mut().enumerate() {
                let seen = (packed >> (2 * place)) & SEEN_BITS;
                let value = *register >> 2;
                if seen & !possible_bits(value) != 0 {
                    return Err(Error::invalid_data(format!(
                        "values seen below a register must be at least 1, got bits {seen} below {value}"
                    )));
                }
                *register |= seen;
            }
        }
        self.is_plain = false;
        Ok(self)
    }
}

/// The two bits that a register of this value may have: values begin at 1.
fn possible_bits(value: u8) -> u8 {
    match value {
        0 | 1 => 0,
        2 => 0b10,
        _ => SEEN_BITS,
    }
}

/// The register after a coupon of `value`, at least 1.
#[inline(always)]
const fn raise(register: u8, value: u8) -> u8 {
    let largest = register >> 2;
    if value <= largest {
        // Its bit is 2 one below the largest value and 1 two below; the largest itself has none.
        return if largest - value > 2 {
            register
        } else {
            register | ((4 >> (largest - value)) & SEEN_BITS)
        };
    }
    // The largest value so far, if there is one, and its two bits move down.
    let seen = if largest == 0 { 0 } else { 4 | (register & SEEN_BITS) };
    (value << 2) | if value - largest > 2 { 0 } else { seen >> (value - largest) }
}

/// For each register, the numbers of leading zeros of a second word that change it, as bits.
static CHANGING_ZEROS: [u64; 256] = changing_zeros();

const fn changing_zeros() -> [u64; 256] {
    let mut table = [0; 256];
    let mut register = 0;
    while register < 256 {
        let mut zeros = 0;
        while zeros < u64::BITS {
            let raised = raise(register as u8, value_of_zeros(zeros));
            table[register] |= ((raised != register as u8) as u64) << zeros;
            zeros += 1;
        }
        register += 1;
    }
    table
}

/// Keys among which those that change a register are picked out at once.
const SIFTED: usize = 128;

/// Raises registers by at most [`SIFTED`] keys, each given by its place and the leading zeros of its second word, at
/// most 63. First picks the keys that change their register, without a branch, then raises the registers: few keys do,
/// and a branch on them would often be guessed wrong.
#[inline(always)]
fn raise_sifted(registers: &mut [u8], keys: impl Iterator<Item = (u32, u32)>) {
    let mask = registers.len() - 1;
    // The zeros in the lowest six bits, above them the place.
    let mut picked = [0u32; SIFTED];
    let mut count = 0;
    for (place, zeros) in keys {
        picked[count % SIFTED] = (place << 6) | zeros;
        let register = registers[place as usize & mask];
        count += (CHANGING_ZEROS[usize::from(register)] >> zeros) as usize & 1;
    }
    for pick in &picked[..count] {
        let register = &mut registers[(*pick >> 6) as usize & mask];
        *register = raise(*register, value_of_zeros(*pick & 63));
    }
}

#[inline(always)]
fn raise_all_kernel(registers: &mut [u8], hashes: Hashes<'_>) {
    let chunks = hashes.first_words.chunks(SIFTED).zip(hashes.second_words.chunks(SIFTED));
    for (first_words, second_words) in chunks {
        // 63 zeros are as good as 64.
        let zeros = second_words.iter().map(|second| (second | 1).leading_zeros());
        raise_sifted(registers, first_words.iter().map(|first| *first as u32).zip(zeros));
    }
}

#[inline(always)]
fn raise_coupons_kernel(registers: &mut [u8], coupons: &[u32]) {
    for coupons in coupons.chunks(SIFTED) {
        // A key of value `v` has `v - 1` leading zeros.
        let zeros = |coupon: u32| u32::from(value_of(coupon).wrapping_sub(1) & 63);
        raise_sifted(registers, coupons.iter().map(|coupon| (*coupon, zeros(*coupon))));
    }
}

#[inline(always)]
fn raise_plain_kernel(registers: &mut [u8], hashes: Hashes<'_>) {
    let mask = registers.len() - 1;
    for (first, second) in hashes.first_words.iter().zip(hashes.second_words) {
        let register = &mut registers[*first as usize & mask];
        *register = (*register).max(value_of_word(*second) << 2);
    }
}

#[inline(always)]
fn join_all_kernel(registers: &mut [u8], others: &[u8]) {
    for (register, other) in registers.iter_mut().zip(others) {
        let (larger, smaller) = ((*register).max(*other), (*register).min(*other));
        let seen = smaller & SEEN_BITS;
        let bits = match (larger >> 2) - (smaller >> 2) {
            0 => seen,
            1 => 2 | (seen >> 1),
            2 => 1,
            _ => 0,
        };
        // A smaller register without a value has seen nothing.
        *register = larger | if smaller == 0 { 0 } else { bits };
    }
}

dispatch! {
    fn raise_all(registers: &mut [u8], hashes: Hashes<'_>) = raise_all_kernel;
    fn raise_coupons(registers: &mut [u8], coupons: &[u32]) = raise_coupons_kernel;
    fn raise_plain(registers: &mut [u8], hashes: Hashes<'_>) = raise_plain_kernel;
    fn join_all(registers: &mut [u8], others: &[u8]) = join_all_kernel;
}
