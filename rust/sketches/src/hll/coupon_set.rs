//! A set of coupons by open addressing.

/// Coupons without duplicates. A slot of zero is free: no coupon is zero.
#[derive(Clone, Debug, Default)]
pub(super) struct CouponSet {
    /// A power of two, or none at all.
    slots: Vec<u32>,
    length: usize,
}

const FIRST_SLOTS: usize = 8;

impl CouponSet {
    pub(super) fn len(&self) -> usize {
        self.length
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.slots.iter().copied().filter(|coupon| *coupon != 0)
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
        if 4 * (self.length + 1) > 3 * self.slots.len() {
            self.grow();
        }
        let mask = self.slots.len() - 1;
        let mut slot = coupon as usize & mask;
        while self.slots[slot] != coupon {
            if self.slots[slot] == 0 {
                self.slots[slot] = coupon;
                self.length += 1;
                return;
            }
            slot = (slot + 1) & mask;
        }
    }

    #[cold]
    fn grow(&mut self) {
        let larger = vec![0; (2 * self.slots.len()).max(FIRST_SLOTS)];
        let smaller = std::mem::replace(&mut self.slots, larger);
        self.length = 0;
        for coupon in smaller.into_iter().filter(|coupon| *coupon != 0) {
            self.insert(coupon);
        }
    }
}

impl PartialEq for CouponSet {
    fn eq(&self, other: &Self) -> bool {
        self.length == other.length && self.sorted() == other.sorted()
    }
}
