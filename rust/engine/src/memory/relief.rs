//! What was given up to stay within the budget.

use std::sync::atomic::{AtomicU64, Ordering};

/// What was given up since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Relief {
    /// Records of new segments that were counted as `__other__`.
    pub overflow_records: u64,
    /// Predictions and labels that were let go before their time.
    pub pending_released: u64,
    /// Windows, by segment, that left memory and are on disk.
    pub windows_evicted: u64,
    /// Windows, by segment, that were dropped.
    pub windows_dropped: u64,
}

/// The same while it changes.
#[derive(Debug, Default)]
pub(crate) struct ReliefCounters {
    overflow_records: AtomicU64,
    pending_released: AtomicU64,
    windows_evicted: AtomicU64,
    windows_dropped: AtomicU64,
}

impl ReliefCounters {
    pub(crate) fn add(&self, relief: Relief) {
        self.overflow_records.fetch_add(relief.overflow_records, Ordering::Relaxed);
        self.pending_released.fetch_add(relief.pending_released, Ordering::Relaxed);
        self.windows_evicted.fetch_add(relief.windows_evicted, Ordering::Relaxed);
        self.windows_dropped.fetch_add(relief.windows_dropped, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> Relief {
        Relief {
            overflow_records: self.overflow_records.load(Ordering::Relaxed),
            pending_released: self.pending_released.load(Ordering::Relaxed),
            windows_evicted: self.windows_evicted.load(Ordering::Relaxed),
            windows_dropped: self.windows_dropped.load(Ordering::Relaxed),
        }
    }
}
