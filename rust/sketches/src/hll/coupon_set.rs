//! A set of coupons by open addressing.

/// Coupons without duplicates. A slot of zero is free: no coupon is zero.
#[derive(Clone, Debug, Default)]
pub(super) struct CouponSet {
    /// A power of two of slots, then the number of coupons: a set has to be small in a cell without values. Or nothing.
    slots: Box<[u32]>,
}

const FIRST_SLOTS: usize = 8;

impl CouponSet {
    pub(super) fn len(&self) -> usize {
        self.slots.last().map_or(0, |length| *length as usize)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        let slots = self.slots.split_last().map_or(&[][..], |(_, slots)| slots);
        slots.iter().copied().filter(|coupon| *coupon != 0)
    }

    /// The coupons in rising order: one order for equal sets.
    pub(super) fn sorted(&self) -> Vec<u32> {
        let mut coupons: Vec<u32> = self.iter().collect();
        coupons.sort_unstable();
        coupons
    }

    #[inline]
    pub(super) fn insert(&mut self, coupon: u32) {
        // At most three quarters full, so that a probe always ends.
        if 4 * (self.len() + 1) > 3 * self.slots.len().saturating_sub(1) {
            self.grow();
        }
        let Some((length, slots)) = self.slots.split_last_mut() else { return };
        let mask = slots.len() - 1;
        let mut slot = coupon as usize & mask;
        while slots[slot] != coupon {
            if slots[slot] == 0 {
                slots[slot] = coupon;
                *length += 1;
                return;
            }
            slot = (slot + 1) & mask;
        }
    }

    #[cold]
    fn grow(&mut self) {
        let slots = (2 * self.slots.len().saturating_sub(1)).max(FIRST_SLOTS);
        let smaller = std::mem::replace(self, Self { slots: vec![0; slots + 1].into() });
        smaller.iter().for_each(|coupon| self.insert(coupon));
    }
}

impl PartialEq for CouponSet {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.sorted() == other.sorted()
    }
}
