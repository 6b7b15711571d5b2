//! Keys seen not long ago, which need no hashing: where a counter stays sparse, most keys are.

use super::hashes::BLOCK;

pub(super) struct RecentKeys {
    slots: [u64; RecentKeys::SLOTS],
    fresh: [u64; BLOCK],
}

impl RecentKeys {
    const SLOTS_LG: u32 = 9;
    const SLOTS: usize = 1 << Self::SLOTS_LG;

    pub(super) fn new() -> Self {
        let mut slots = [0; Self::SLOTS];
        // Key 0 belongs into slot 0, which may not look as if it had been seen; key 1 does not.
        slots[0] = 1;
        Self { slots, fresh: [0; BLOCK] }
    }

    /// Those of at most [`BLOCK`] keys that were not seen lately.
    pub(super) fn sift(&mut self, keys: &[u64]) -> &[u64] {
        let mut count = 0;
        for key in keys {
            if self.is_fresh(*key) {
                self.fresh[count] = *key;
                count += 1;
            }
        }
        &self.fresh[..count]
    }

    #[inline]
    fn is_fresh(&mut self, key: u64) -> bool {
        let spread = key.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let slot = &mut self.slots[(spread >> (u64::BITS - Self::SLOTS_LG)) as usize];
        let is_fresh = *slot != key;
        *slot = key;
        is_fresh
    }
}
