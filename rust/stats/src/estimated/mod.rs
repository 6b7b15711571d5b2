//! How good a model is likely to be before the labels come.
//!
//! [`estimate`] is confidence-based performance estimation (CBPE): from the scores of all predictions and a calibration that was
//! learnt where labels are known. [`reweighted`] is importance weighting: from the quality in each segment and the mix of segments.
//! Both hold as long as labels depend on the score, or the segment, as they did: moved inputs are allowed for, a moved relation
//! is not.

mod calibration;
mod differences;
mod expected;
mod outcomes;
mod strata;

pub use self::calibration::Calibration;
pub use self::differences::{Differences, Period};
pub use self::expected::{estimate, realised};
pub use self::strata::{Reweighted, Stratum, reweighted};
