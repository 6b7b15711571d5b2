//! Data quality: what the values of a column are like beside those of a baseline, whatever they say.
//!
//! Each [`Finding`] compares one share, such as that of nulls, or one property with the baseline's, and
//! says what chance alone gives at these counts.

mod rates;

use driftline_sketches::ColumnProfile;

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Check {
    /// Share of rows that are null.
    NullRate,
    /// Share of numbers that are NaN.
    NanRate,
    /// Share of numbers that are infinite.
    InfinityRate,
    /// Share of finite numbers below the baseline's smallest or above its largest.
    OutOfRange,
    /// Share of values that are no category of the baseline.
    UnseenRate,
    /// 1 where all values are one, else 0.
    Constant,
}

impl Check {
    /// Every check.
    pub const ALL: [Self; 6] = [
        Self::NullRate,
        Self::NanRate,
        Self::InfinityRate,
        Self::OutOfRange,
        Self::UnseenRate,
        Self::Constant,
    ];

    /// The name in results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NullRate => "null_rate",
            Self::NanRate => "nan_rate",
            Self::InfinityRate => "infinity_rate",
            Self::OutOfRange => "out_of_range",
            Self::UnseenRate => "unseen_rate",
            Self::Constant => "constant",
        }
    }
}

/// One share or property of a column on both sides.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Which.
    pub check: Check,
    /// That of the reference.
    pub reference: f64,
    /// That of the current profile, within `[low, high]`.
    pub current: f64,
    /// The least that the rows behind the sketches can have.
    pub low: f64,
    /// The most that the rows behind the sketches can have.
    pub high: f64,
    /// The difference of both sides, without its sign, that samples of these sizes exceed with a chance
    /// of 5% when nothing has changed.
    pub noise_q95: f64,
    /// The chance of a difference as large, taken at `low`, when nothing has changed. None of `constant`.
    pub p_value: Option<f64>,
    /// Rows of the reference that were looked at.
    pub n_reference: u64,
    /// Rows of the current profile that were looked at.
    pub n_current: u64,
}

/// All checks that fit the two profiles, in the order of [`Check::ALL`]; none between columns of
/// different kinds.
pub fn quality(reference: &ColumnProfile, current: &ColumnProfile) -> Vec<Finding> {
    Check::ALL.into_iter().filter_map(|check| rates::find(check, reference, current)).collect()
}
