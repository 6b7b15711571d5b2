//! What is out of line with a record, by what is known of its columns when it comes in.
//!
//! Only columns that are kept as they are are looked at, so that nothing is said of others. A number is out of line where
//! it is NaN or infinite and the baseline has no such value, outside the baseline's range, or, a latency, above its limit;
//! a category, where the baseline knows all of its categories and not this one; a null, where the baseline has the column
//! and no null in it; a prediction, where the score says the other class.

use driftline_sketches::{Categories, ColumnProfile};

use super::columns::{RecordedColumns, is_looked_at};
use super::record::Anomaly;
use super::settings::RecordLogSettings;
use crate::baseline::Baseline;
use crate::batch::{Batch, Column, Values};
use crate::numbers::Numbers;
use crate::plan::Plan;
use crate::read::Rows;
use crate::role::Role;

/// Why a value is out of line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Below all values of the baseline.
    BelowRange,
    /// Above all values of the baseline.
    AboveRange,
    /// A category that the baseline does not have.
    UnseenCategory,
    /// Null, and no value of the baseline is.
    Null,
    /// Not a number, and no value of the baseline is that.
    Nan,
    /// Infinite, and no value of the baseline is.
    Infinite,
    /// A latency above its limit.
    Slow,
    /// A prediction of one class with a score of the other.
    ContradictsScore,
}

impl Reason {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::BelowRange => "below_range",
            Self::AboveRange => "above_range",
            Self::UnseenCategory => "unseen_category",
            Self::Null => "null",
            Self::Nan => "nan",
            Self::Infinite => "infinite",
            Self::Slow => "slow",
            Self::ContradictsScore => "contradicts_score",
        }
    }
}

/// What is expected of the values of one column.
#[derive(Debug)]
struct Expected<'a> {
    /// The least and the greatest number.
    range: (f64, f64),
    /// The greatest latency.
    slow: f64,
    categories: Option<&'a Categories>,
    nulls: bool,
    nans: bool,
    infinities: bool,
}

impl<'a> Expected<'a> {
    fn new(role: Role, settings: &RecordLogSettings, profile: Option<&'a ColumnProfile>) -> Self {
        let slow = settings.latency_above.filter(|_| role == Role::Latency).unwrap_or(f64::INFINITY);
        let any = (f64::MIN, f64::MAX);
        let unknown =
            Self { range: any, slow, categories: None, nulls: true, nans: false, infinities: false };
        match profile {
            None => unknown,
            Some(ColumnProfile::Numeric(profile)) => Self {
                range: profile.moments.min().zip(profile.moments.max()).unwrap_or(any),
                nulls: profile.nulls > 0,
                nans: profile.nans > 0,
                infinities: profile.pos_infs + profile.neg_infs > 0,
                ..unknown
            },
            Some(ColumnProfile::Categorical(profile)) => Self {
                categories: profile
                    .categories
                    .known()
                    .filter(|counts| counts.unseen() == 0)
                    .map(|counts| &**counts.categories()),
                nulls: profile.nulls > 0,
                ..unknown
            },
        }
    }

    #[inline]
    fn of_number(&self, value: f64) -> Option<Reason> {
        if self.range.0 <= value && value <= self.range.1.min(self.slow) {
            return None;
        }
        match value {
            _ if value.is_nan() => (!self.nans).then_some(Reason::Nan),
            _ if value.is_infinite() && !self.infinities => Some(Reason::Infinite),
            _ if value > self.slow => Some(Reason::Slow),
            _ if value.is_infinite() => None,
            _ if value < self.range.0 => Some(Reason::BelowRange),
            _ => Some(Reason::AboveRange),
        }
    }

    fn of_category(&self, value: &[u8]) -> Option<Reason> {
        let categories = self.categories?;
        let is_known = std::str::from_utf8(value).is_ok_and(|value| categories.index_of(value).is_some());
        (!is_known).then_some(Reason::UnseenCategory)
    }

    fn of_null(&self) -> Option<Reason> {
        (!self.nulls).then_some(Reason::Null)
    }

    /// What is out of line with one row of a column.
    fn of_row(&self, column: &Column<'_>, row: usize) -> Option<Reason> {
        if column.validity.as_ref().is_some_and(|valid| !valid.get(row)) {
            return self.of_null();
        }
        match &column.values {
            Values::Null => self.of_null(),
            Values::Primitive(..) => {
                let mut numbers = Numbers::default();
                numbers.read(column, Rows::Some(&[row as u32]));
                numbers.values.first().and_then(|&value| self.of_number(value))
            }
            Values::Boolean(bits) => self.of_category(if bits.get(row) { b"true" } else { b"false" }),
            Values::Text(text) => self.of_category(text.get(row)),
            Values::Dictionary(keys, dictionary) => {
                self.of_category(dictionary.get(keys.get(row)).as_bytes())
            }
            Values::Hashes(_) => None,
        }
    }

    /// Adds one to the counts of the rows whose value is out of line.
    fn count(&self, column: &Column<'_>, numbers: &mut Numbers, counts: &mut [u16]) {
        match &column.values {
            Values::Primitive(..) => {
                numbers.read(column, Rows::All(counts.len()));
                let Some(valid) = column.validity.as_ref().filter(|_| numbers.nulls > 0) else {
                    for (count, &value) in counts.iter_mut().zip(&numbers.values) {
                        *count += u16::from(self.of_number(value).is_some());
                    }
                    return;
                };
                let mut values = numbers.values.iter();
                for (row, count) in counts.iter_mut().enumerate() {
                    let value = valid.get(row).then(|| values.next()).flatten();
                    let reason = value.map_or_else(|| self.of_null(), |&value| self.of_number(value));
                    *count += u16::from(reason.is_some());
                }
            }
            Values::Dictionary(keys, dictionary) => {
                let strange: Vec<bool> = (0..dictionary.len())
                    .map(|key| self.of_category(dictionary.get(key).as_bytes()).is_some())
                    .collect();
                for (row, count) in counts.iter_mut().enumerate() {
                    let is_null = column.validity.as_ref().is_some_and(|valid| !valid.get(row));
                    *count += u16::from(if is_null { !self.nulls } else { strange[keys.get(row)] });
                }
            }
            Values::Null | Values::Boolean(_) | Values::Text(_) | Values::Hashes(_) => {
                for (row, count) in counts.iter_mut().enumerate() {
                    *count += u16::from(self.of_row(column, row).is_some());
                }
            }
        }
    }

    /// Whether no value can be out of line.
    fn takes_all(&self, column: &Column<'_>) -> bool {
        let is_number = matches!(column.values, Values::Primitive(..));
        self.nulls && self.categories.is_none() && !is_number
    }
}

/// What is out of line in a batch.
#[derive(Debug)]
pub(crate) struct Anomalies<'a> {
    /// With the place of the column among those that are kept.
    columns: Vec<(u16, &'a Column<'a>, Expected<'a>)>,
    /// The place of the prediction, and whether the score of each row says the other class.
    contradictions: Option<(u16, Vec<bool>)>,
    /// Of each row.
    counts: Vec<u16>,
}

impl<'a> Anomalies<'a> {
    pub(crate) fn find(
        batch: &'a Batch<'a>,
        plan: &Plan,
        recorded: &RecordedColumns,
        settings: &RecordLogSettings,
        baseline: Option<&'a Baseline>,
        contradictions: Option<(u16, Vec<bool>)>,
    ) -> Self {
        let mut counts = vec![0; batch.rows];
        let mut numbers = Numbers::default();
        let mut columns = Vec::new();
        for (column, place) in recorded.columns.iter().zip(0..) {
            let values = &batch.columns[column.index];
            let profile = baseline.and_then(|baseline| baseline.column(&column.name));
            let expected = Expected::new(plan.roles[column.index], settings, profile);
            if is_looked_at(column, &plan.roles) && !expected.takes_all(values) {
                expected.count(values, &mut numbers, &mut counts);
                columns.push((place, values, expected));
            }
        }
        if let Some((_, contradicts)) = &contradictions {
            for (count, &contradicts) in counts.iter_mut().zip(contradicts) {
                *count += u16::from(contradicts);
            }
        }
        Self { columns, contradictions, counts }
    }

    /// How many values of a row are out of line.
    #[inline]
    pub(crate) fn count(&self, row: usize) -> u16 {
        self.counts[row]
    }

    /// Which.
    pub(crate) fn of_row(&self, row: usize) -> Box<[Anomaly]> {
        if self.counts[row] == 0 {
            return Box::default();
        }
        let of_columns = self.columns.iter().filter_map(|(column, values, expected)| {
            Some(Anomaly { column: *column, reason: expected.of_row(values, row)? })
        });
        let of_scores = self.contradictions.iter().filter(|(_, contradicts)| contradicts[row]);
        let of_scores = of_scores.map(|&(column, _)| Anomaly { column, reason: Reason::ContradictsScore });
        of_columns.chain(of_scores).collect()
    }
}
