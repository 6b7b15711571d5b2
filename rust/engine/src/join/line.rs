//! A line of a table of the index is one line of the processor's cache: ten slots, the bits of each, and how many entries
//! went on to another line because this one was full. That is not the next one, which such entries would fill in turn, but
//! one far away, and they are counted by two bits of their own: of those who ask for what is not here, few look any further.

use std::ops::RangeInclusive;

use super::marks::Marks;
use super::tags::{self, LEAST_KNOWN};

/// Slots of a line.
pub(super) const SLOTS: usize = tags::TAGS;

/// So many entries of a class, or more.
pub(super) const MANY: u16 = 15;

/// Some entries of a table: slots with their tags.
#[derive(Debug, Clone, Copy, Default)]
#[repr(align(64))]
pub(super) struct Line {
    /// With their marks.
    pub(super) slots: [u32; SLOTS],
    pub(super) tags: [u16; SLOTS],
    pub(super) used: u16,
    /// Entries that would be here if there were room, by class of their tags: four bits each, which stay as they are
    /// from [`MANY`] on.
    pub(super) overflowed: u16,
}

/// By the last two of the bits that all tags know.
fn class_shift(tag: u16) -> u32 {
    u32::from(tag >> (16 - LEAST_KNOWN) & 3) * 4
}

impl Line {
    /// Tags and marked slots.
    #[inline]
    pub(super) fn entries(&self) -> impl Iterator<Item = (u16, u32)> {
        let used = usize::from(self.used);
        self.tags[..used].iter().copied().zip(self.slots[..used].iter().copied())
    }

    /// The place of the slot of which `is_it` says so, with a tag that agrees.
    #[inline]
    pub(super) fn find(&self, tag: u16, is_it: impl Fn(u32) -> bool) -> Option<usize> {
        let mut matches = self.matches(tag);
        while matches != 0 {
            let place = matches.trailing_zeros() as usize;
            if is_it(self.slots[place]) {
                return Some(place);
            }
            matches &= matches - 1;
        }
        None
    }

    /// How many tags begin with a one.
    pub(super) fn upper(&self) -> usize {
        self.entries().map(|(tag, _)| usize::from(tag >> 15)).sum()
    }

    /// Puts an entry here, if there is room.
    #[inline]
    pub(super) fn push(&mut self, tag: u16, slot: u32) -> bool {
        let place = usize::from(self.used);
        let has_room = place < SLOTS;
        if has_room {
            (self.slots[place], self.tags[place]) = (slot, tag);
            self.used += 1;
        }
        has_room
    }

    /// The places whose tags agree with one that knows all bits, in those that they know; as bits. All are compared: a
    /// branch for each would be foreseen by no processor.
    #[inline]
    fn matches(&self, tag: u16) -> u32 {
        tags::agreeing(&self.tags, tag) & ((1 << self.used) - 1)
    }

    /// Whether an entry like this may have gone on to another line, or would go.
    pub(super) fn goes_on(&self, tag: u16) -> bool {
        self.overflowed(tag) || usize::from(self.used) == SLOTS
    }

    /// The places of slots that lie in a range, as bits, without their marks.
    #[inline]
    pub(super) fn within(&self, slots: &RangeInclusive<u32>, marks: Marks) -> u32 {
        let span = slots.end().saturating_sub(*slots.start());
        tags::within(&self.slots, marks.mask(), *slots.start(), span) & ((1 << self.used) - 1)
    }

    /// Clears bits of all slots.
    pub(super) fn clear(&mut self, bits: u32) {
        self.slots.iter_mut().for_each(|slot| *slot &= !bits);
    }

    /// Whether an entry like this may have gone on to another line.
    pub(super) fn overflowed(&self, tag: u16) -> bool {
        self.overflowed >> class_shift(tag) & MANY > 0
    }

    pub(super) fn count_overflow(&mut self, tag: u16) {
        let shift = class_shift(tag);
        if self.overflowed >> shift & MANY < MANY {
            self.overflowed += 1 << shift;
        }
    }

    pub(super) fn uncount_overflow(&mut self, tag: u16) {
        let shift = class_shift(tag);
        if self.overflowed >> shift & MANY < MANY {
            self.overflowed -= 1 << shift;
        }
    }
}
