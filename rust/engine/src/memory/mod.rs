//! How much memory the core holds, and how much it may hold.
//!
//! A [`CountingAllocator`] counts every byte that is alive. A [`Budget`] compares that with a limit: over three quarters of
//! it, windows are to leave memory; over nine tenths, batches make no new segments; and what would go over the limit is
//! refused, before it is decoded.

mod allocator;
mod budget;
mod engine;
mod forecast;
mod joins;
mod relief;
mod treatment;

pub use allocator::{CountingAllocator, live_bytes};
pub use budget::{Budget, Level, Meter, Reservation};
pub(crate) use joins::JoinSizes;
pub use relief::Relief;
pub(crate) use relief::ReliefCounters;
pub use treatment::Treatment;
