use std::collections::BTreeMap;

use crate::error::{EngineError, Result};
use crate::monitor::check_set;

/// Most columns of a record.
const MAX_COLUMNS: usize = 1_024;
/// Most records of a window, of either sort.
const MAX_RECORDS: u32 = 100_000;

/// What stands in place of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Redaction {
    /// The same text for all values.
    Mask,
    /// A keyed hash, as 16 hexadecimal digits: equal for equal values.
    Hash,
}

impl Redaction {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mask => "mask",
            Self::Hash => "hash",
        }
    }
}

/// Which records of a model are kept, and what of them.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordLogSettings {
    /// Names of the columns that are kept; no others are.
    pub columns: Vec<String>,
    /// Most records of a window that are kept whatever they hold.
    pub sample: u32,
    /// Most records of a window that are kept because they are anomalous.
    pub anomalous: u32,
    /// Latency above which a record is anomalous, in the column's unit; `None`: none is.
    pub latency_above: Option<f64>,
    /// Columns whose values are replaced.
    pub redact: BTreeMap<String, Redaction>,
}

impl Default for RecordLogSettings {
    fn default() -> Self {
        Self {
            columns: Vec::new(),
            sample: 100,
            anomalous: 100,
            latency_above: None,
            redact: BTreeMap::new(),
        }
    }
}

impl RecordLogSettings {
    /// Checks every field.
    ///
    /// # Errors
    /// [`EngineError::InvalidArgument`] with the field, the rule and the value.
    pub fn validate(&self) -> Result<()> {
        let invalid = |message: String| Err(EngineError::InvalidArgument(message));
        check_set("record_log.columns", "record_log.columns", &self.columns, 1..=MAX_COLUMNS)?;
        for (field, count) in [("sample", self.sample), ("anomalous", self.anomalous)] {
            if count > MAX_RECORDS {
                return invalid(format!("record_log.{field} must be at most {MAX_RECORDS}, got {count}"));
            }
        }
        if self.sample == 0 && self.anomalous == 0 {
            return invalid("record_log.sample and record_log.anomalous must not both be 0".into());
        }
        if let Some(limit) = self.latency_above.filter(|limit| !limit.is_finite()) {
            return invalid(format!("record_log.latency_above must be finite, got {limit}"));
        }
        if let Some(column) = self.redact.keys().find(|column| !self.columns.contains(column)) {
            return invalid(format!(
                "record_log.redact must name columns of record_log.columns, got {column:?}, which is never kept anyway"
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(change: impl FnOnce(&mut RecordLogSettings)) -> String {
        let mut settings = RecordLogSettings { columns: vec!["x".into()], ..RecordLogSettings::default() };
        change(&mut settings);
        settings.validate().map_or_else(|error| error.to_string(), |()| "valid".into())
    }

    #[test]
    fn every_rule_names_its_field_and_the_value() {
        type Change = fn(&mut RecordLogSettings);
        assert_eq!(refusal(|_| ()), "valid");
        let cases: [(Change, &str); 7] = [
            (|settings| settings.columns.clear(), "record_log.columns must name 1 to 1024 columns, got 0"),
            (|settings| settings.columns.push("x".into()), "record_log.columns names \"x\" twice"),
            (|settings| settings.columns.push(String::new()), "record_log.columns must not be empty"),
            (|settings| settings.sample = 100_001, "record_log.sample must be at most 100000, got 100001"),
            (
                |settings| (settings.sample, settings.anomalous) = (0, 0),
                "record_log.sample and record_log.anomalous must not both be 0",
            ),
            (
                |settings| settings.latency_above = Some(f64::NAN),
                "record_log.latency_above must be finite, got NaN",
            ),
            (
                |settings| settings.redact = [("y".into(), Redaction::Mask)].into(),
                "record_log.redact must name columns of record_log.columns, got \"y\", which is never kept anyway",
            ),
        ];
        for (change, message) in cases {
            assert!(refusal(change).contains(message), "{}", refusal(change));
        }
    }
}
