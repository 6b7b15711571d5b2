use std::sync::Arc;

use super::columns::JointColumns;
use super::combinations::UnseenCombinations;
use super::comoments::{Comoments, LARGEST_VALUE};
use super::known::KnownCombinations;
use super::scaled::ScaledSums;
use super::scales::Scales;
use crate::error::{Error, Result};
use crate::hll::{Hll, coupon_of_hash};
use crate::tally::Tally;

/// What a baseline says about a set of columns; `None` where it says nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frame {
    /// About its numeric columns.
    pub scales: Option<Arc<Scales>>,
    /// About its categorical columns.
    pub known: Option<Arc<KnownCombinations>>,
}

/// What the columns of a set hold together.
#[derive(Clone, Debug)]
pub struct JointProfile {
    columns: Arc<JointColumns>,
    frame: Frame,
    /// Records that were looked at.
    pub records: u64,
    /// Of the numeric columns, by the records in which all of them are finite.
    pub moments: Comoments,
    /// Distinct combinations of the categorical columns.
    pub combinations: Hll,
    /// Of the numeric columns beside a baseline.
    pub scaled: Tally<ScaledSums>,
    /// Of the categorical columns beside a baseline.
    pub unseen: Tally<UnseenCombinations>,
}

impl PartialEq for JointProfile {
    fn eq(&self, other: &Self) -> bool {
        self.columns == other.columns
            && self.records == other.records
            && self.moments == other.moments
            && self.combinations == other.combinations
            && self.scaled == other.scaled
            && self.unseen == other.unseen
    }
}

impl JointProfile {
    /// Of no record, the identity of [`JointProfile::merge`]; what is added is counted beside the baseline that the frame
    /// is of.
    pub fn new(columns: Arc<JointColumns>, frame: Frame) -> Self {
        Self {
            moments: Comoments::new(columns.numeric().len()),
            columns,
            frame,
            records: 0,
            combinations: Hll::default(),
            scaled: Tally::Empty,
            unseen: Tally::Empty,
        }
    }

    /// A profile from its stored parts.
    ///
    /// # Errors
    /// `InvalidData` where a part is of other columns, or of more records than there are.
    pub fn from_parts(
        columns: Arc<JointColumns>,
        records: u64,
        moments: Comoments,
        combinations: Hll,
        scaled: Tally<ScaledSums>,
        unseen: Tally<UnseenCombinations>,
    ) -> Result<Self> {
        let numeric = columns.numeric().len();
        if moments.means().len() != numeric {
            return Err(Error::invalid_data(format!(
                "means must be those of {numeric} numeric columns, got {}",
                moments.means().len()
            )));
        }
        let sets =
            [scaled.known().map(|sums| sums.scales().columns()), unseen.known().map(|u| u.known().columns())];
        if let Some(other) = sets.into_iter().flatten().find(|set| **set != columns) {
            return Err(Error::invalid_data(format!(
                "what is counted beside a baseline must be of {}, got {}",
                described(&columns),
                described(other)
            )));
        }
        let counted = [
            moments.count(),
            scaled.known().map_or(0, |sums| sums.features().count().max(sums.records())),
            unseen.known().map_or(0, UnseenCombinations::records),
        ];
        if let Some(count) = counted.into_iter().find(|count| *count > records) {
            return Err(Error::invalid_data(format!(
                "no part can be of more than {records} records, got {count}"
            )));
        }
        Ok(Self { frame: Frame::default(), columns, records, moments, combinations, scaled, unseen })
    }

    /// Adds records: the values of each numeric column, NaN for null, in the order of [`JointColumns::numeric`], and the
    /// hash of each record's combination ([`combination_hash`](super::combination_hash)) where there are categorical ones.
    pub fn add(&mut self, records: usize, numeric: &[Vec<f64>], combinations: &[(u64, u64)]) {
        debug_assert!(numeric.iter().all(|column| column.len() == records));
        if records == 0 {
            return;
        }
        self.records = self.records.saturating_add(records as u64);
        if !numeric.is_empty() {
            let complete = complete(numeric);
            let complete = complete.as_deref().unwrap_or(numeric);
            self.moments.add_columns(complete);
            self.scaled.add_with(self.frame.scales.as_ref(), |sums| sums.add(numeric, complete));
        }
        if !combinations.is_empty() {
            let coupons: Vec<u32> = combinations.iter().map(|hash| coupon_of_hash(*hash)).collect();
            self.combinations.add_coupons(&coupons);
            self.unseen.add_with(self.frame.known.as_ref(), |unseen| unseen.add(combinations));
        }
    }

    /// Adds what `other` has seen.
    ///
    /// # Errors
    /// `Incompatible` when the columns differ.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        if self.columns != other.columns {
            return Err(Error::incompatible(format!(
                "column sets must have the same columns, got {} and {}",
                described(&self.columns),
                described(&other.columns)
            )));
        }
        self.combinations.merge(&other.combinations)?;
        self.moments.merge(&other.moments)?;
        self.records = self.records.saturating_add(other.records);
        self.scaled.merge(&other.scaled);
        self.unseen.merge(&other.unseen);
        Ok(())
    }

    /// The set.
    pub fn columns(&self) -> &Arc<JointColumns> {
        &self.columns
    }

    /// Leaves out the combinations that the baseline knows, which others keep.
    pub fn drop_known(&mut self) {
        if let Tally::Known(unseen) = &mut self.unseen {
            *unseen = unseen.without_content();
        }
    }

    /// Puts back the combinations that the baseline knows, if it is theirs.
    pub fn restore_known(&mut self, known: &Arc<KnownCombinations>) {
        self.unseen = match std::mem::take(&mut self.unseen) {
            Tally::Known(unseen) => Tally::Known(unseen.with_content(known)),
            other => other,
        };
    }
}

fn described(columns: &JointColumns) -> String {
    format!("{:?} of {}", columns.name(), [columns.numeric(), columns.categorical()].concat().join(", "))
}

/// The rows in which all values are finite and not too large; `None` where all rows are.
fn complete(columns: &[Vec<f64>]) -> Option<Vec<Vec<f64>>> {
    // False for NaN too.
    let fits = |value: &f64| value.abs() <= LARGEST_VALUE;
    if columns.iter().all(|column| column.iter().all(fits)) {
        return None;
    }
    let rows = columns.first().map_or(0, Vec::len);
    let kept: Vec<usize> = (0..rows).filter(|&row| columns.iter().all(|column| fits(&column[row]))).collect();
    Some(columns.iter().map(|column| kept.iter().map(|&row| column[row]).collect()).collect())
}
