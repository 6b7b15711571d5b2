//! Distinct counting with `HyperLogLog`, compatible with Apache `DataSketches` to the byte.
//!
//! A key is hashed once to a 32-bit *coupon*. While coupons are few they are kept as they are and
//! the estimate is almost exact; afterwards `2^lg_k` registers keep the largest coupon value each.
//! Which of the two it is depends on the set of coupons alone, and so does the estimate: merging
//! gives exactly what one stream would.

mod codec;
mod coupon;
mod coupon_set;
mod estimate;
mod sketch;

pub use coupon::{canonical_float_key, coupon_of_bytes, coupon_of_key};
pub use sketch::{DEFAULT_LG_K, Hll, MAX_LG_K, MIN_LG_K};
