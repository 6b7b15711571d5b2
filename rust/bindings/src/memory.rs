//! What an engine says of its memory, and the allocator that counts it.

use driftline_engine::engine::Engine;
use driftline_engine::memory::CountingAllocator;
use pyo3::prelude::*;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// How the core stands with its memory.
#[pyclass(frozen, get_all, module = "driftline._core")]
pub(crate) struct MemoryStatus {
    /// Bytes that the core holds, of all engines of this process.
    used: u64,
    /// Most bytes that it may hold; ``None``: any number.
    limit: Option<u64>,
    /// Records of new segments that were counted as ``__other__``.
    overflow_records: u64,
    /// Predictions and labels that were let go before their time.
    pending_released: u64,
    /// Windows, by segment, that left memory and are on disk.
    windows_evicted: u64,
    /// Windows, by segment, that were dropped.
    windows_dropped: u64,
    /// Whether windows should leave memory.
    is_short: bool,
}

impl MemoryStatus {
    pub(crate) fn of(engine: &Engine) -> Self {
        let (budget, relief) = (engine.budget(), engine.relief());
        Self {
            used: budget.used(),
            limit: budget.limit(),
            overflow_records: relief.overflow_records,
            pending_released: relief.pending_released,
            windows_evicted: relief.windows_evicted,
            windows_dropped: relief.windows_dropped,
            is_short: engine.is_short_of_memory(),
        }
    }
}
