//! The bits of a hash that stand beside a slot of the index, compared for a whole line of it.
//!
//! A tag ends in a one and zeros; the bits before that one are those it knows.
#![allow(unsafe_code)]

/// Tags of a line, and slots.
pub(super) const TAGS: usize = 10;
/// Bits that a tag knows at least, by which it has its line.
pub(super) const LEAST_KNOWN: u32 = 10;

/// Bits that a tag knows.
pub(super) fn known(tag: u16) -> u32 {
    15 - tag.trailing_zeros()
}

/// The tags that agree with one that knows all bits, in those that they know; as bits.
#[cfg(target_arch = "x86_64")]
#[inline]
pub(super) fn agreeing(tags: &[u16; TAGS], tag: u16) -> u32 {
    // SAFETY: each x86-64 has SSE2.
    unsafe { agreeing_at_once(tags, tag) }
}

#[cfg(not(target_arch = "x86_64"))]
pub(super) use agreeing_one_by_one as agreeing;

/// Compilers find a way that takes three times as many instructions.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse2")]
#[inline]
fn agreeing_at_once(tags: &[u16; TAGS], tag: u16) -> u32 {
    use std::arch::x86_64::{
        __m128i, _mm_add_epi16, _mm_andnot_si128, _mm_cmpeq_epi16, _mm_movemask_epi8, _mm_packs_epi16,
        _mm_set_epi16, _mm_set1_epi16, _mm_setzero_si128, _mm_xor_si128,
    };
    let agree = |others: __m128i| {
        let unknown = _mm_xor_si128(others, _mm_add_epi16(others, _mm_set1_epi16(-1)));
        let differ = _mm_andnot_si128(unknown, _mm_xor_si128(others, _mm_set1_epi16(tag.cast_signed())));
        _mm_cmpeq_epi16(differ, _mm_setzero_si128())
    };
    let [a, b, c, d, e, f, g, h, i, j] = tags.map(u16::cast_signed);
    let first = agree(_mm_set_epi16(h, g, f, e, d, c, b, a));
    let rest = agree(_mm_set_epi16(0, 0, 0, 0, 0, 0, j, i));
    _mm_movemask_epi8(_mm_packs_epi16(first, rest)).cast_unsigned()
}

#[cfg(any(test, not(target_arch = "x86_64")))]
fn agreeing_one_by_one(tags: &[u16; TAGS], tag: u16) -> u32 {
    let agrees = |other: u16| {
        let unknown = other ^ other.wrapping_sub(1);
        (other ^ tag) & !unknown == 0
    };
    tags.iter().rev().fold(0, |bits, &other| bits << 1 | u32::from(agrees(other)))
}

/// The slots of a line, in the bits of a mask, from a first one up to `span` more than it; as bits.
#[cfg(target_arch = "x86_64")]
#[inline]
pub(super) fn within(slots: &[u32; TAGS], mask: u32, first: u32, span: u32) -> u32 {
    // SAFETY: each x86-64 has SSE2.
    unsafe { within_at_once(slots, mask, first, span) }
}

#[cfg(not(target_arch = "x86_64"))]
pub(super) use within_one_by_one as within;

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse2")]
#[inline]
fn within_at_once(slots: &[u32; TAGS], mask: u32, first: u32, span: u32) -> u32 {
    use std::arch::x86_64::{
        __m128i, _mm_and_si128, _mm_cmpgt_epi32, _mm_movemask_epi8, _mm_packs_epi16, _mm_packs_epi32,
        _mm_set_epi32, _mm_set1_epi32, _mm_sub_epi32, _mm_xor_si128,
    };
    // Signed numbers are compared: those whose first bit is not what it was lie in the order of unsigned ones.
    let flipped = |vector| _mm_xor_si128(vector, _mm_set1_epi32(i32::MIN));
    let (first, span) = (_mm_set1_epi32(first.cast_signed()), flipped(_mm_set1_epi32(span.cast_signed())));
    let mask = _mm_set1_epi32(mask.cast_signed());
    let from_first = |slots: __m128i| _mm_sub_epi32(_mm_and_si128(slots, mask), first);
    let beyond = |slots: __m128i| _mm_cmpgt_epi32(flipped(from_first(slots)), span);
    let [a, b, c, d, e, f, g, h, i, j] = slots.map(u32::cast_signed);
    let start = _mm_packs_epi32(beyond(_mm_set_epi32(d, c, b, a)), beyond(_mm_set_epi32(h, g, f, e)));
    let rest = beyond(_mm_set_epi32(j, i, j, i));
    let beyond = _mm_movemask_epi8(_mm_packs_epi16(start, _mm_packs_epi32(rest, rest)));
    !beyond.cast_unsigned() & ((1 << TAGS) - 1)
}

#[cfg(any(test, not(target_arch = "x86_64")))]
fn within_one_by_one(slots: &[u32; TAGS], mask: u32, first: u32, span: u32) -> u32 {
    slots.iter().rev().fold(0, |bits, slot| bits << 1 | u32::from((slot & mask).wrapping_sub(first) <= span))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A tag that knows so many bits.
    fn knowing(bits: u16, known: u32) -> u16 {
        (bits | 1 << (15 - known)) & (u16::MAX << (15 - known))
    }

    proptest! {
        #[test]
        fn tags_agree_in_the_bits_that_they_know(
            others in prop::array::uniform10((any::<u16>(), any::<bool>(), 0..=15_u32)), tag: u16,
        ) {
            let tag = knowing(tag, 15);
            let tags = others.map(|(bits, is_like_it, known)| knowing(if is_like_it { tag } else { bits }, known));
            let agree = (0..TAGS).filter(|&at| tag >> 1 >> (15 - known(tags[at])) == tags[at] >> 1 >> (15 - known(tags[at])));
            let expected = agree.fold(0, |bits, at| bits | 1 << at);
            prop_assert_eq!(agreeing(&tags, tag) & ((1 << TAGS) - 1), expected);
            prop_assert_eq!(agreeing_one_by_one(&tags, tag), expected);
        }

        #[test]
        fn slots_lie_within_a_range(
            slots in prop::array::uniform10((any::<u32>(), any::<bool>())), mask: u32, first: u32, span: u32,
        ) {
            let slots = slots.map(|(slot, is_in_it)| {
                if is_in_it { first.saturating_add(if span == u32::MAX { slot } else { slot % (span + 1) }) } else { slot }
            });
            let span = span.min(u32::MAX - first);
            let within = (0..TAGS).filter(|&at| (first..=first + span).contains(&(slots[at] & mask)));
            let expected = within.fold(0, |bits, at| bits | 1 << at);
            prop_assert_eq!(super::within(&slots, mask, first, span), expected);
            prop_assert_eq!(within_one_by_one(&slots, mask, first, span), expected);
        }
    }
}
