//! Statistics over sketches: how far a column has drifted, and how good a model is.
//!
//! Pure functions: no clock, no file, no random number. Every figure says how sure it is.
//! [`drift`](drift::drift) compares two profiles of one column, [`quality`] what its values are like,
//! [`evidence`] says over time whether it has moved, and [`series`] what is unusual about a number a
//! window; [`multiplicity`] is about many findings at once; [`multivariate`](multivariate::multivariate)
//! compares columns together; [`slo`] says whether objectives are met; [`security`] who probes a model; [`performance`] judges a model by its labelled predictions, and [`concept`] says whether labels still follow from them; [`special`] holds the functions
//! behind p-values and intervals.
//!
//! ```
//! use driftline_sketches::{ColumnProfile, NumericProfile, canonical_float_key};
//! use driftline_stats::drift::{Metric, drift};
//!
//! let profile = |values: &[f64]| {
//!     let keys: Vec<u64> = values.iter().map(|value| canonical_float_key(*value)).collect();
//!     let mut profile = NumericProfile::new(None);
//!     profile.add_slice(values, &keys);
//!     ColumnProfile::Numeric(Box::new(profile))
//! };
//! let reference = profile(&[1.0, 2.0, 3.0, 4.0]);
//! let current = profile(&[2.0, 3.0, 4.0, 5.0]);
//! let found = drift(&reference, &current, &[Metric::Wasserstein])?;
//! assert!((found[0].value - 1.0).abs() < 1e-9);
//! assert!(found[0].low <= found[0].value && found[0].value <= found[0].high);
//! # Ok::<(), driftline_stats::StatsError>(())
//! ```

#![forbid(unsafe_code)]

pub mod concept;
pub mod drift;
mod error;
pub mod estimated;
pub mod evidence;
pub mod fairness;
pub mod multiplicity;
pub mod multivariate;
pub mod performance;
pub mod quality;
pub mod security;
pub mod series;
pub mod slo;
pub mod special;
mod two_shares;

pub use error::StatsError;
