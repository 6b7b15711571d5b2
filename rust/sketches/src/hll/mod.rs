//! Distinct counting compatible with Apache `DataSketches` HLL to the byte, with a smaller error.
//!
//! A key is hashed once to a 32-bit *coupon*. While coupons are few they are kept as they are and
//! the estimate is almost exact; afterwards `2^lg_k` registers keep what [`registers`] describes:
//! the largest coupon value, as `HyperLogLog` does, and whether the two values below it were seen.
//! Which of the two forms it is depends on the set of coupons alone, and so does the estimate:
//! merging gives exactly what one stream would.
//!
//! The bytes of `DataSketches` have no place for what was seen below the largest values. It travels
//! beside them as *extra bytes*; a counter read without these is `HLL`-only: it keeps counting, and
//! merges, with the estimator and the error of `HyperLogLog`.

mod codec;
mod coupon;
mod coupon_set;
mod estimate;
mod hashes;
mod number_keys;
mod recent;
mod registers;
mod short_texts;
mod sketch;

pub(crate) use coupon::coupon_of_hash;
pub use coupon::{canonical_float_key, coupon_of_bytes, coupon_of_key};
pub use number_keys::number_key;
pub use short_texts::{ShortText, coupons_of_short};
pub use sketch::{DEFAULT_LG_K, Hll, MAX_LG_K, MIN_LG_K};
