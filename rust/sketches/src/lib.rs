//! Mergeable sketches: what driftline keeps of a column instead of its rows.
//!
//! Every structure here is a commutative monoid: an empty one is the identity, and `merge` gives
//! what one structure would hold had it seen both inputs. [`ExponentialHistogram`], [`Hll`],
//! [`BinCounts`] and [`CategoryCounts`] merge exactly, bit for bit; [`TDigest`], [`Kll`] and
//! [`FrequentItems`] merge within bounds they report themselves.
//!
//! The numeric sketches take finite values only. [`NumericProfile`] is the place where NaN and the
//! infinities are counted apart.
//!
//! The crate uses the standard library alone and reads no clock, no file and no random source, so
//! that the same input always gives the same state.
//!
//! ```
//! use driftline_sketches::{Hll, NumericProfile, canonical_float_key};
//!
//! let values = [0.5, 1.5, 1.5, f64::NAN];
//! let keys: Vec<u64> = values.iter().map(|value| canonical_float_key(*value)).collect();
//! let mut profile = NumericProfile::new(None);
//! profile.add_slice(&values, &keys);
//! assert_eq!(profile.count(), 4);
//! assert_eq!(profile.nans, 1);
//! assert_eq!(profile.digest().quantile(0.5), Some(1.5));
//! assert_eq!(profile.distinct.estimate().round(), 2.0);
//! assert!(Hll::default().is_empty());
//! ```

#![deny(unsafe_code)]
// A kernel's body has to be inlined into each copy that is compiled for an instruction set.
#![allow(clippy::inline_always)]

pub mod bins;
pub mod categories;
pub mod column;
pub mod error;
mod fingerprint;
pub mod frequent;
pub mod hash;
pub mod histogram;
pub mod hll;
pub mod joint;
pub mod kll;
pub mod moments;
mod numeric;
mod order;
mod partition;
pub mod performance;
pub mod principals;
mod reader;
pub mod shape;
pub mod simd;
pub mod tally;
pub mod tdigest;

pub use bins::{BinCounts, Binning};
pub use categories::{Categories, CategoryCounts};
pub use column::{CategoricalProfile, ColumnProfile};
pub use error::{Error, ErrorKind, Result};
pub use frequent::FrequentItems;
pub use histogram::ExponentialHistogram;
pub use hll::{Hll, canonical_float_key, coupon_of_bytes, coupon_of_key};
pub use joint::{JointColumns, JointProfile};
pub use kll::Kll;
pub use moments::Moments;
pub use numeric::NumericProfile;
pub use performance::{Classification, Performance, Regression, ScoreHistogram};
pub use shape::Shape;
pub use tally::{Tally, TallyCounts};
pub use tdigest::{Centroid, TDigest};
