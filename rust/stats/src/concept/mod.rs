//! Concept drift: whether the labels still follow from what the model says as they used to.
//!
//! [`CalibrationWatch`] bets against "P(label | score) is that of the reference", or P(error | predicted number): the records
//! that a window has at each score are given and carry no evidence, so that moved inputs alone raise nothing,
//! and its false-alarm rate holds over all time. The detectors of the literature go through the error
//! rate of the same windows: [`Ddm`], [`PageHinkley`], [`Adwin`], and [`Kswin`] through the residuals.
//! They know no reference, keep no rate over all time, and cannot tell moved inputs from a moved
//! relation: moved inputs change the error rate, too.

mod adwin;
mod bets;
mod calibration;
mod ddm;
mod judged;
mod kswin;
mod page_hinkley;
mod predictions;
mod strata;

use driftline_sketches::Classification;

pub use self::adwin::Adwin;
pub use self::calibration::{CalibrationWatch, StratumEvidence};
pub use self::ddm::Ddm;
pub use self::judged::{ErrorRule, Judged};
pub use self::kswin::Kswin;
pub use self::page_hinkley::PageHinkley;
pub use self::predictions::ErrorOutcome;
pub use self::strata::{Condition, NotWatched};

/// Labelled records of one window, and how many of them were predicted wrong, or far off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ErrorWindow {
    /// Records with a label and a prediction.
    pub records: u64,
    /// Those whose label is another class, or whose error is large.
    pub errors: u64,
}

impl ErrorWindow {
    /// Of the confusion counts of a window.
    pub fn of(counts: &Classification) -> Self {
        counts.confusion().fold(Self::default(), |sum, (label, predicted, count)| Self {
            records: sum.records.saturating_add(count),
            errors: sum.errors.saturating_add(if label == predicted { 0 } else { count }),
        })
    }

    fn rate(self) -> f64 {
        self.errors as f64 / self.records as f64
    }
}

/// What a detector says after a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Signal {
    /// Nothing.
    Steady,
    /// Errors have risen, not yet by enough.
    Warning,
    /// They have drifted; the detector starts anew with the next window, or forgets what was before.
    Drift,
}
