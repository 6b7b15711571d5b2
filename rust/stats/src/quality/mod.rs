//! Data quality: what the values of a column are like beside those of a reference, whatever they say, and
//! how many records there are.
//!
//! Each [`Finding`] compares one share, such as that of nulls, or one property with the reference's, and
//! says what chance alone gives at these counts. [`volume`] compares records a period.

mod constant;
mod distinct;
mod range;
mod rates;
mod volume;

use driftline_sketches::ColumnProfile;

pub use volume::{Rate, Records, Volume, volume};

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Check {
    /// Share of records without the column.
    AbsentRate,
    /// Share of rows that are null.
    NullRate,
    /// Share of numbers that are NaN.
    NanRate,
    /// Share of numbers that are infinite.
    InfinityRate,
    /// Share of finite numbers below the reference's smallest or above its largest.
    OutOfRange,
    /// Share of values that are no category of the baseline.
    UnseenRate,
    /// 1 where all values are one, else 0.
    Constant,
    /// Number of distinct values.
    Distinct,
}

impl Check {
    /// Every check.
    pub const ALL: [Self; 8] = [
        Self::AbsentRate,
        Self::NullRate,
        Self::NanRate,
        Self::InfinityRate,
        Self::OutOfRange,
        Self::UnseenRate,
        Self::Constant,
        Self::Distinct,
    ];

    /// The name in results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AbsentRate => "absent_rate",
            Self::NullRate => "null_rate",
            Self::NanRate => "nan_rate",
            Self::InfinityRate => "infinity_rate",
            Self::OutOfRange => "out_of_range",
            Self::UnseenRate => "unseen_rate",
            Self::Constant => "constant",
            Self::Distinct => "distinct",
        }
    }
}

/// One share or property of a column on both sides.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Which.
    pub check: Check,
    /// That of the reference, within `[reference_low, reference_high]`.
    pub reference: f64,
    /// The least that the reference's rows can have.
    pub reference_low: f64,
    /// The most that the reference's rows can have.
    pub reference_high: f64,
    /// That of the current profile, within `[low, high]`.
    pub current: f64,
    /// The least that the rows behind the sketches can have.
    pub low: f64,
    /// The most that the rows behind the sketches can have.
    pub high: f64,
    /// The difference of both sides, without its sign, that samples of these sizes have in the mean when
    /// nothing has changed.
    pub noise_floor: f64,
    /// The difference that they exceed with a chance of 5%.
    pub noise_q95: f64,
    /// The chance of a difference as large, taken at the end of the intervals where it is least, when nothing
    /// has changed.
    pub p_value: Option<f64>,
    /// Rows of the reference that were looked at.
    pub n_reference: u64,
    /// Rows of the current profile that were looked at.
    pub n_current: u64,
}

impl Finding {
    /// The least difference of both sides, without its sign, that the intervals allow.
    pub fn difference(&self) -> f64 {
        (self.low - self.reference_high).max(self.reference_low - self.high).max(0.0)
    }

    /// Whether even the least difference is larger than what chance gives in 95 of 100 cases.
    pub fn exceeds_noise(&self) -> bool {
        self.difference() > self.noise_q95
    }
}

/// All checks that fit the two profiles, in the order of [`Check::ALL`]; none between columns of
/// different kinds. [`absent`] is apart: profiles do not know the records without the column.
pub fn quality(reference: &ColumnProfile, current: &ColumnProfile) -> Vec<Finding> {
    Check::ALL.into_iter().filter_map(|check| find(check, reference, current)).collect()
}

/// The share of records without the column, of records with it and all records of both sides; none when a
/// side has no record.
pub fn absent(reference: (u64, u64), current: (u64, u64)) -> Option<Finding> {
    let without = |(with, all): (u64, u64)| (all.saturating_sub(with), all);
    rates::shares(Check::AbsentRate, without(reference), without(current))
}

fn find(check: Check, reference: &ColumnProfile, current: &ColumnProfile) -> Option<Finding> {
    match check {
        Check::Constant => constant::find(reference, current),
        Check::Distinct => distinct::find(reference, current),
        _ => match (reference, current) {
            (ColumnProfile::Numeric(reference), ColumnProfile::Numeric(current)) => match check {
                Check::OutOfRange => range::find(reference, current),
                _ => rates::of_numbers(check, reference, current),
            },
            (ColumnProfile::Categorical(reference), ColumnProfile::Categorical(current)) => {
                rates::of_categories(check, reference, current)
            }
            _ => None,
        },
    }
}
