//! What the label joins of all models take together.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Budget;

/// Share of the limit that label joins may take, in percent.
const SHARE_PERCENT: u64 = 40;

/// Bytes in the joins, and in how many.
#[derive(Debug, Default)]
pub(crate) struct JoinSizes {
    bytes: AtomicU64,
    models: AtomicU64,
}

impl JoinSizes {
    /// Notes that the join of a model takes other bytes than before.
    pub(crate) fn change(&self, before: u64, after: u64) {
        // Wraps around where it becomes less; the sum does not.
        self.bytes.fetch_add(after.wrapping_sub(before), Ordering::Relaxed);
        let models = u64::from(after > 0).wrapping_sub(u64::from(before > 0));
        self.models.fetch_add(models, Ordering::Relaxed);
    }

    /// Whether a model whose join takes so many bytes must let something go: all together take more than their share, and
    /// this one more than an equal part of it.
    pub(crate) fn is_over(&self, own: u64, budget: &Budget) -> bool {
        if budget.limit().is_none() {
            return false;
        }
        let share = budget.percent(SHARE_PERCENT);
        let models = self.models.load(Ordering::Relaxed).max(1);
        self.bytes.load(Ordering::Relaxed) > share && own > share / models
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::Meter;

    #[test]
    fn who_takes_more_than_an_equal_part_lets_go() {
        let (sizes, budget) = (JoinSizes::default(), Budget::new(1_000, Meter::Allocator));
        sizes.change(0, 300);
        assert!(!sizes.is_over(300, &budget));
        sizes.change(0, 150);
        assert!(sizes.is_over(300, &budget) && !sizes.is_over(150, &budget));
        assert!(!sizes.is_over(300, &Budget::default()));
        sizes.change(300, 0);
        assert!(!sizes.is_over(150, &budget));
        sizes.change(150, 401);
        assert!(sizes.is_over(401, &budget), "alone again");
    }
}
