//! Whether a model treats groups of records alike: differences and ratios between groups, each with a 95% interval.

mod comparison;
mod counts;
mod spread;

pub use comparison::{Comparison, compare};
pub use counts::GroupCounts;
pub use spread::{Spread, spreads};

/// What groups are compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Criterion {
    /// The share of records that are predicted positive.
    DemographicParity,
    /// The share of positives that are predicted so.
    EqualOpportunity,
    /// The share of negatives that are predicted positive.
    FalsePositiveRate,
    /// The larger difference of the two above.
    EqualizedOdds,
    /// The share of positives among those predicted so.
    PredictiveParity,
    /// The share of right predictions.
    Accuracy,
    /// The mean of label minus score.
    Calibration,
}

impl Criterion {
    /// Its name at all doors.
    pub fn name(self) -> &'static str {
        match self {
            Self::DemographicParity => "demographic_parity",
            Self::EqualOpportunity => "equal_opportunity",
            Self::FalsePositiveRate => "false_positive_rate",
            Self::EqualizedOdds => "equalized_odds",
            Self::PredictiveParity => "predictive_parity",
            Self::Accuracy => "accuracy",
            Self::Calibration => "calibration",
        }
    }

    /// Those that are shares of records.
    const SHARES: [Self; 5] = [
        Self::DemographicParity,
        Self::EqualOpportunity,
        Self::FalsePositiveRate,
        Self::PredictiveParity,
        Self::Accuracy,
    ];
}
