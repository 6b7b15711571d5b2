//! The most frequent strings, with bounds on every count.
//!
//! A mergeable Misra-Gries summary (Agarwal et al., "Mergeable Summaries", 2013): counts are exact
//! until more than `capacity` different items were seen. Then the count of the item in the middle is
//! subtracted from all, those that fall to zero are dropped, and the subtracted amount is added to
//! the error. Each unit of error took a unit from more than half of the capacity, so the error is at
//! most `2 * total / capacity`.

mod codec;
mod sketch;

pub(crate) use sketch::cut;
pub use sketch::{DEFAULT_CAPACITY, FrequentItems, MAX_CAPACITY, MAX_ITEM_BYTES, MIN_CAPACITY};
