//! A base-2 exponential histogram in the layout of OpenTelemetry and of Prometheus native histograms.
//!
//! At scale `s` the base is `2^(2^-s)` and bucket `i` counts the values in `(base^i, base^(i+1)]`;
//! negative values are counted by magnitude in buckets of their own, zeros apart. Lowering the scale
//! by one joins the buckets `2i` and `2i + 1` into bucket `i` without loss.
//!
//! The scale is always the largest at which the buckets of each sign span at most [`MAX_BUCKETS`]
//! indexes. It depends on the extremes alone, so merging is exact and free of order.

mod arranged;
mod block;
mod boundaries;
mod layout;
mod queries;
mod side;
mod sketch;

pub(crate) use boundaries::index_of;
pub(crate) use layout::{bucket_bounds, check_span, halvings, shift_of};
pub use sketch::{ExponentialHistogram, MAX_BUCKETS, MAX_SCALE, MIN_SCALE};
