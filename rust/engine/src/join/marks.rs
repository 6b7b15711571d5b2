//! Slots as the index keeps them: with bits of the hash in those that no slot needs so far.
//!
//! Ten slots of a line are told from each other by tags, of which a line's own place says half. With eight more bits hardly
//! any is taken for another, for which a prediction would be read that is another's, anywhere in memory.

use super::index::Hash;

/// Slots that there is room for at least. Tests are to need more.
const LEAST_SLOTS: u32 = if cfg!(test) { 1 << 8 } else { 1 << 24 };

/// Which bits of a kept slot are of the slot, and which of the hash.
#[derive(Debug, Clone, Copy)]
pub(super) struct Marks {
    /// Those of the slot, which are the last.
    mask: u32,
}

impl Default for Marks {
    fn default() -> Self {
        Self { mask: LEAST_SLOTS - 1 }
    }
}

impl Marks {
    pub(super) fn has_room(self, slot: u32) -> bool {
        slot <= self.mask
    }

    /// Makes room for a slot that needs more bits, and gives those that are to be cleared in slots that are kept.
    pub(super) fn widen(&mut self, slot: u32) -> u32 {
        let before = self.mask;
        self.mask |= u32::MAX >> slot.leading_zeros();
        self.mask & !before
    }

    #[inline]
    pub(super) fn mark(self, slot: u32, hash: Hash) -> u32 {
        slot | hash.mark() & !self.mask
    }

    #[inline]
    pub(super) fn slot(self, marked: u32) -> u32 {
        marked & self.mask
    }

    /// Whether a kept slot may be that of a hash.
    #[inline]
    pub(super) fn agree(self, marked: u32, hash: Hash) -> bool {
        (marked ^ hash.mark()) & !self.mask == 0
    }

    pub(super) fn mask(self) -> u32 {
        self.mask
    }
}
