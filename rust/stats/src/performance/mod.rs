//! How good a model is, from labelled predictions, every figure with a 95% interval.

mod auc;
mod average_precision;
mod calibration;
mod classification;
mod confusion;
mod curves;
mod error_quantiles;
mod estimate;
mod figure;
mod losses;
mod ranking;
mod rates;
mod regression;
mod score_bins;
mod value;
mod weighted;

pub(crate) use auc::Area;
pub use calibration::{CALIBRATION_BINS, CalibrationBin};
pub use classification::{ClassFigures, ClassificationReport, classification};
pub use curves::{Curves, GAIN_STEPS, GainPoint, THRESHOLD_STEPS, ThresholdPoint, curves};
pub use estimate::Estimate;
pub use figure::Figure;
pub use ranking::{RankingFigure, RankingReport, ranking};
pub use rates::{coverage, proportion};
pub use regression::{RegressionReport, regression};
pub use value::{Outcome, OutcomeValue, outcome_value};
pub use weighted::{WeightedFigure, weighted};
