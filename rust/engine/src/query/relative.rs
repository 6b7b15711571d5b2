//! Records to compare with that are found from those that are asked about: what came just before, the same hour of last
//! week, another version at the same time.

use super::selection::Selection;
use crate::error::{EngineError, Result};

/// A half-open range of event time, nanoseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeRange {
    /// First time in it.
    pub start: i64,
    /// First time after it.
    pub end: i64,
}

/// Most ranges that a selection leaves out, and most periods that are looked back.
pub const MAX_RANGES: usize = 1_000;

/// Which records of the same model and segment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Relative {
    /// Their version; `None`: that of the selection.
    pub version: Option<String>,
    /// Which range.
    pub range: RelativeRange,
    /// Ranges left out.
    pub excluded: Vec<TimeRange>,
}

/// A range found from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RelativeRange {
    /// The same.
    #[default]
    Same,
    /// One that ends where the other starts, or earlier.
    Trailing {
        /// Its length in nanoseconds.
        length: i64,
        /// Nanoseconds between its end and the other's start.
        offset: i64,
    },
    /// The same, earlier by one and more periods.
    Periodic {
        /// Nanoseconds.
        period: i64,
        /// How many of them.
        repeats: u32,
    },
}

impl Relative {
    /// Checks lengths, so that a monitor can keep it.
    ///
    /// # Errors
    /// [`EngineError::InvalidArgument`] names the field and the rule.
    pub fn check(&self) -> Result<()> {
        let invalid = |message: String| Err(EngineError::InvalidArgument(message));
        match self.range {
            RelativeRange::Same if self.version.is_none() => {
                return invalid(
                    "a relative reference must have a version, a trailing length or a period, or it would be what it is \
                     compared with"
                        .into(),
                );
            }
            RelativeRange::Trailing { length, offset } if length <= 0 || offset < 0 => {
                return invalid(format!(
                    "trailing must be at least 1 ns and offset at least 0, got {length} and {offset}"
                ));
            }
            RelativeRange::Periodic { period, repeats }
                if period <= 0 || repeats == 0 || repeats as usize > MAX_RANGES =>
            {
                return invalid(format!(
                    "period must be at least 1 ns and repeats 1 to {MAX_RANGES}, got {period} and {repeats}"
                ));
            }
            _ => {}
        }
        check_excluded(&self.excluded)
    }

    /// The records, for those that are asked about.
    ///
    /// # Errors
    /// [`EngineError::InvalidArgument`] where the range asked about lacks an end that is needed, or is longer than the
    /// period.
    pub fn to(&self, asked: &Selection) -> Result<Selection> {
        self.check()?;
        let mut records = asked.clone();
        if let Some(version) = &self.version {
            records.version = Some(version.clone());
        }
        records.excluded.extend_from_slice(&self.excluded);
        match self.range {
            RelativeRange::Same => {}
            RelativeRange::Trailing { length, offset } => {
                let end = needed("a start", asked.start)?.saturating_sub(offset);
                (records.start, records.end) = (Some(end.saturating_sub(length)), Some(end));
            }
            RelativeRange::Periodic { period, repeats } => {
                let (start, end) = (needed("a start", asked.start)?, needed("an end", asked.end)?);
                if end.saturating_sub(start) > period {
                    return Err(EngineError::InvalidArgument(format!(
                        "the range asked about must not be longer than the period of {period} ns, or the ranges before it \
                         would overlap it; got {} ns",
                        end.saturating_sub(start)
                    )));
                }
                let back =
                    |time: i64, periods: u32| time.saturating_sub(period.saturating_mul(periods.into()));
                (records.start, records.end) = (Some(back(start, repeats)), Some(back(end, 1)));
                let between =
                    |periods| TimeRange { start: back(end, periods), end: back(start, periods - 1) };
                records.excluded.extend((2..=repeats).map(between).filter(|gap| gap.start < gap.end));
            }
        }
        Ok(records)
    }
}

fn needed(which: &str, time: Option<i64>) -> Result<i64> {
    time.ok_or_else(|| {
        EngineError::InvalidArgument(format!(
            "what it is compared with is found from the range asked about, which must have {which}, got none"
        ))
    })
}

/// Refuses ranges that end before they start, and too many of them.
pub(crate) fn check_excluded(excluded: &[TimeRange]) -> Result<()> {
    if excluded.len() > MAX_RANGES {
        return Err(EngineError::InvalidArgument(format!(
            "excluded must be at most {MAX_RANGES} ranges, got {}",
            excluded.len()
        )));
    }
    match excluded.iter().find(|range| range.start >= range.end) {
        Some(range) => Err(EngineError::InvalidArgument(format!(
            "the start of an excluded range must be before its end, got {} and {} (nanoseconds since 1970)",
            range.start, range.end
        ))),
        None => Ok(()),
    }
}
