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
}

impl MemoryStatus {
    pub(crate) fn of(engine: &Engine) -> Self {
        let budget = engine.budget();
        Self { used: budget.used(), limit: budget.limit() }
    }
}
