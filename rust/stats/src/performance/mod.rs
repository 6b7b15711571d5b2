//! How good a model is, from labelled predictions, every figure with a 95% interval.

mod auc;
mod classification;
mod confusion;
mod estimate;
mod log_loss;
mod rates;
mod regression;

pub use classification::{ClassificationReport, classification};
pub use estimate::Estimate;
pub use rates::{coverage, proportion};
pub use regression::{RegressionReport, regression};
