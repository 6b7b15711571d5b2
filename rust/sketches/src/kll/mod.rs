//! KLL quantiles (Karnin, Lang and Liberty, 2016), in the bytes of Apache `DataSketches`.
//!
//! Values are kept in levels; one of level `h` stands for `2^h` of the stream. A level that is too full
//! is compacted: of each pair of neighbours in its order one, the same one of all pairs, moves up a
//! level. Unlike a t-digest this has a bound that holds for every distribution, with a stated
//! probability: [`Kll::rank_error`].

mod codec;
mod compaction;
mod queries;
mod sketch;

pub use sketch::{DEFAULT_K, Kll, MIN_K};
