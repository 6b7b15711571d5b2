//! What was given up to stay within the budget.

use std::sync::atomic::{AtomicU64, Ordering};

/// What was given up since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Relief {
    /// Records of new segments that were counted as `__other__`.
    pub overflow_records: u64,
    /// Predictions and labels that were let go before their time.
    pub pending_released: u64,
}

/// The same while it changes.
#[derive(Debug, Default)]
pub(crate) struct ReliefCounters {
    overflow_records: AtomicU64,
    pending_released: AtomicU64,
}

impl ReliefCounters {
    pub(crate) fn add(&self, relief: Relief) {
        self.overflow_records.fetch_add(relief.overflow_records, Ordering::Relaxed);
        self.pending_released.fetch_add(relief.pending_released, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> Relief {
        Relief {
            overflow_records: self.overflow_records.load(Ordering::Relaxed),
            pending_released: self.pending_released.load(Ordering::Relaxed),
        }
    }
}
