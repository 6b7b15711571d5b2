use std::sync::Arc;

use super::anomalies::Reason;
use super::columns::RecordedColumns;
use super::values::RecordValue;

/// One value of a record that is out of line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anomaly {
    /// Place of its column in [`KeptRecord::columns`].
    pub column: u16,
    /// Why.
    pub reason: Reason,
}

/// One record.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptRecord {
    /// See [`crate::record_log`].
    pub id: u64,
    /// Event time, nanoseconds since the Unix epoch.
    pub time: i64,
    /// What its columns are.
    pub columns: Arc<RecordedColumns>,
    /// One value a column.
    pub values: Box<[RecordValue]>,
    /// What is out of line with it, in the order of the columns.
    pub anomalies: Box<[Anomaly]>,
}

/// A record that a flush takes.
#[derive(Debug, Clone, PartialEq)]
pub struct TakenRecord {
    /// Start of its window, nanoseconds since the Unix epoch.
    pub window: i64,
    /// Whether it is of the sample; it is of the anomalous ones if it has anomalies.
    pub is_sampled: bool,
    /// The record.
    pub record: Arc<KeptRecord>,
}

/// Records of a version that a flush takes, by window and id.
#[derive(Debug, Clone, PartialEq)]
pub struct TakenRecords {
    /// Model name.
    pub model: Arc<str>,
    /// Version label.
    pub version: String,
    /// Length of a window, nanoseconds.
    pub window_length: i64,
    /// How many of a window are its sample, and its strangest, at most.
    pub sizes: (u32, u32),
    /// At least one.
    pub records: Vec<TakenRecord>,
}

/// What has come of the anomalous records of a version since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RecordCounts {
    /// Records with an anomaly.
    pub anomalous: u64,
    /// Those of them that had no place among the strangest of their window.
    pub anomalous_dropped: u64,
}
