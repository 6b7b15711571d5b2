use crate::error::{Error, Result};
use crate::hll::Hll;

/// Registers of the counters of distinct queries: 2 to this power, and an error of 1.8%; up to about 200 queries are
/// counted one by one.
pub const QUERY_LG_K: u8 = 11;

/// What one principal has asked, in one window.
#[derive(Clone, Debug, PartialEq)]
pub struct PrincipalProfile {
    /// Records.
    pub records: u64,
    /// Distinct queries: rows of features.
    pub queries: Hll,
    /// Distinct queries after rounding.
    pub rounded: Hll,
    /// Records with a score, and those whose score is near the decision boundary.
    pub scored: u64,
    /// See `scored`.
    pub near_boundary: u64,
    /// Records with features whose range in the baseline is known, and those with a value outside.
    pub measured: u64,
    /// See `measured`.
    pub outside: u64,
    /// Labels that it has given for predictions of a class, and those that contradict the prediction.
    pub labels: u64,
    /// See `labels`.
    pub flips: u64,
}

impl Default for PrincipalProfile {
    fn default() -> Self {
        let counter = Hll::new(QUERY_LG_K).unwrap_or_default();
        Self {
            records: 0,
            queries: counter.clone(),
            rounded: counter,
            scored: 0,
            near_boundary: 0,
            measured: 0,
            outside: 0,
            labels: 0,
            flips: 0,
        }
    }
}

impl PrincipalProfile {
    /// Refuses counts that no records have.
    ///
    /// # Errors
    /// `InvalidData` with the rule and the numbers.
    pub fn check(&self) -> Result<()> {
        let rules = [
            ("scored records", self.scored, "records", self.records),
            ("records near the boundary", self.near_boundary, "scored ones", self.scored),
            ("measured records", self.measured, "records", self.records),
            ("records outside the range", self.outside, "measured ones", self.measured),
            ("labels that contradict", self.flips, "labels", self.labels),
        ];
        for (what, part, of, all) in rules {
            if part > all {
                return Err(Error::invalid_data(format!(
                    "{what} must be at most as many as {of}, got {part} of {all}"
                )));
            }
        }
        for counter in [&self.queries, &self.rounded] {
            if counter.lg_k() != QUERY_LG_K {
                return Err(Error::invalid_data(format!(
                    "counters of queries must have lg_k {QUERY_LG_K}, got {}",
                    counter.lg_k()
                )));
            }
        }
        Ok(())
    }

    /// Adds what another has seen.
    pub fn merge(&mut self, other: &Self) {
        // Counters of queries have one size.
        let merged = self.queries.merge(&other.queries).is_ok() && self.rounded.merge(&other.rounded).is_ok();
        debug_assert!(merged, "counters of queries have one size");
        self.records = self.records.saturating_add(other.records);
        self.labels = self.labels.saturating_add(other.labels);
        self.flips = self.flips.saturating_add(other.flips);
        self.scored = self.scored.saturating_add(other.scored);
        self.near_boundary = self.near_boundary.saturating_add(other.near_boundary);
        self.measured = self.measured.saturating_add(other.measured);
        self.outside = self.outside.saturating_add(other.outside);
    }

    /// Drops what was counted beside a frame.
    pub(super) fn drop_framed(&mut self) {
        let Self { records, queries, labels, flips, .. } = std::mem::take(self);
        *self = Self { records, queries, labels, flips, ..Self::default() };
    }
}
