//! A limit, and how near it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::live_bytes;
use crate::error::{EngineError, Result};

/// When a batch that was refused for want of memory is to come again, nanoseconds: half a second, in which windows leave.
const COME_AGAIN: u64 = 500_000_000;

/// Shares of the limit, in percent, from which something is done.
const HIGH_PERCENT: u64 = 75;
const TIGHT_PERCENT: u64 = 90;

/// Tells how many bytes are in use.
#[derive(Debug, Clone, Default)]
pub enum Meter {
    /// The whole process's, as [`super::CountingAllocator`] counts them.
    #[default]
    Allocator,
    /// What somebody says.
    Given(Arc<AtomicU64>),
}

/// How near the limit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// There is room.
    Calm,
    /// Windows should leave memory.
    High,
    /// Batches make no new segments.
    Tight,
    /// Nothing more fits.
    Full,
}

/// A limit for what the core holds.
#[derive(Debug)]
pub struct Budget {
    limit: u64,
    meter: Meter,
    /// Bytes that requests at work may still come to need.
    reserved: AtomicU64,
}

impl Default for Budget {
    /// No limit.
    fn default() -> Self {
        Self::new(u64::MAX, Meter::default())
    }
}

impl Budget {
    /// A limit in bytes.
    pub fn new(limit: u64, meter: Meter) -> Self {
        Self { limit, meter, reserved: AtomicU64::new(0) }
    }

    /// The limit in bytes; `None`: there is none.
    pub fn limit(&self) -> Option<u64> {
        (self.limit < u64::MAX).then_some(self.limit)
    }

    /// Bytes in use, those not counted that requests at work may still come to need.
    pub fn used(&self) -> u64 {
        match &self.meter {
            Meter::Allocator => live_bytes(),
            Meter::Given(bytes) => bytes.load(Ordering::Relaxed),
        }
    }

    /// How near the limit is.
    pub fn level(&self) -> Level {
        if self.limit == u64::MAX {
            return Level::Calm;
        }
        let used = self.used();
        match used {
            _ if used >= self.limit => Level::Full,
            _ if used >= self.percent(TIGHT_PERCENT) => Level::Tight,
            _ if used >= self.percent(HIGH_PERCENT) => Level::High,
            _ => Level::Calm,
        }
    }

    /// So many hundredths of the limit, in bytes.
    pub fn percent(&self, percent: u64) -> u64 {
        (u128::from(self.limit) * u128::from(percent) / 100) as u64
    }

    /// Sets bytes aside that a request may come to need, until what is returned is dropped.
    ///
    /// # Errors
    /// [`EngineError::Memory`] when they do not fit beside what is in use and set aside.
    pub fn reserve(&self, bytes: u64) -> Result<Reservation<'_>> {
        if self.limit == u64::MAX {
            return Ok(Reservation { budget: self, bytes: 0 });
        }
        let before = self.reserved.fetch_add(bytes, Ordering::Relaxed);
        let reservation = Reservation { budget: self, bytes };
        let needed = self.used().saturating_add(before).saturating_add(bytes);
        if needed > self.limit {
            return Err(EngineError::Memory {
                message: format!(
                    "memory_bytes is {}, and this batch would need {needed}: {} in use, {before} for batches at work, \
                     {bytes} for this one; send it again later",
                    self.limit,
                    self.used()
                ),
                retry_after: COME_AGAIN,
            });
        }
        Ok(reservation)
    }
}

/// Bytes set aside.
#[derive(Debug)]
pub struct Reservation<'b> {
    budget: &'b Budget,
    bytes: u64,
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        self.budget.reserved.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::Level::{Calm, Full, High, Tight};
    use super::*;

    fn budget(limit: u64) -> (Budget, Arc<AtomicU64>) {
        let used = Arc::new(AtomicU64::new(0));
        (Budget::new(limit, Meter::Given(Arc::clone(&used))), used)
    }

    #[test]
    fn levels_rise_with_what_is_in_use() {
        let (budget, used) = budget(1_000);
        let mut levels = Vec::new();
        for bytes in [0, 749, 750, 899, 900, 999, 1_000, u64::MAX] {
            used.store(bytes, Ordering::Relaxed);
            levels.push(budget.level());
        }
        assert_eq!(levels, [Calm, Calm, High, High, Tight, Tight, Full, Full]);
    }

    #[test]
    fn what_is_set_aside_is_not_given_twice_and_comes_back() {
        let (budget, used) = budget(1_000);
        used.store(500, Ordering::Relaxed);
        let first = budget.reserve(400).map_err(|error| error.to_string());
        assert!(first.is_ok());
        let refused = budget.reserve(101);
        assert!(
            matches!(&refused, Err(EngineError::Memory { message, .. })
                if message.contains("memory_bytes is 1000") && message.contains("would need 1001")),
            "{refused:?}"
        );
        assert!(budget.reserve(100).is_ok());
        drop(first);
        assert!(budget.reserve(500).is_ok());
        assert_eq!(budget.reserved.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn without_a_limit_everything_fits() {
        let budget = Budget::default();
        assert_eq!((budget.limit(), budget.level()), (None, Level::Calm));
        let most: Vec<_> = (0..3).map(|_| budget.reserve(u64::MAX)).collect();
        assert!(most.iter().all(Result::is_ok));
    }
}
