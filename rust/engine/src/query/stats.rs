//! Counters of one version, as they are now.

use std::collections::BTreeMap;

use crate::engine::Engine;
use crate::error::Result;
use crate::slowest::SlowRecord;

/// Counters of one version.
#[derive(Debug, Clone)]
pub struct VersionStats {
    /// Model name.
    pub model: String,
    /// Version label.
    pub version: String,
    /// Records counted, loaded ones included.
    pub records: u64,
    /// Labels by what became of them.
    pub labels: BTreeMap<&'static str, u64>,
    /// Labels, matched or corrected, of predictions over an hour older than the newest.
    pub late_labels: u64,
    /// Records that producers say they dropped.
    pub client_dropped_records: u64,
    /// Records much older than the newest window.
    pub late_records: u64,
    /// Records with a timestamp too far in the future.
    pub future_records: u64,
    /// Records without a timestamp value.
    pub missing_timestamps: u64,
    /// Records in `__other__` segments.
    pub segment_overflow_records: u64,
    /// When the last record came in, nanoseconds since the Unix epoch.
    pub last_record_at: Option<i64>,
    /// The slowest record of each of the newest windows, that of the newest first.
    pub slowest: Vec<SlowRecord>,
}

/// Sizes of the present state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sizes {
    /// Cells in memory.
    pub cells: u64,
    /// Predictions that wait for their label.
    pub pending_predictions: u64,
    /// Labels that wait for their prediction.
    pub pending_labels: u64,
}

impl Engine {
    /// Counters of all versions, and sizes; damaged models are left out.
    ///
    /// # Errors
    /// None but those of a state that changed meanwhile.
    pub fn stats(&self) -> Result<(Vec<VersionStats>, Sizes)> {
        let (mut versions, mut sizes) = (Vec::new(), Sizes::default());
        for name in self.model_names() {
            let model = self.model(&name)?;
            let Ok(model) = model.read() else { continue };
            sizes.pending_predictions += model.join.waiting_predictions();
            sizes.pending_labels += model.join.waiting_labels();
            let pending = model.join.waiting_labels_by_version(model.versions.len());
            for (version, pending) in model.versions.iter().zip(pending) {
                sizes.cells += version.window_count() as u64;
                let counters = &version.counters;
                versions.push(VersionStats {
                    model: name.clone(),
                    version: version.name.clone(),
                    records: version.records,
                    labels: BTreeMap::from([
                        ("matched", counters.labels_matched),
                        ("repeated", counters.labels_repeated),
                        ("corrected", counters.labels_corrected),
                        ("stale", counters.labels_stale),
                        ("orphan", counters.labels_orphan),
                        ("pending", pending),
                    ]),
                    late_labels: counters.late_labels,
                    client_dropped_records: counters.client_dropped.total(),
                    late_records: counters.late_records,
                    future_records: counters.future_records,
                    missing_timestamps: counters.missing_timestamps,
                    segment_overflow_records: version.segments.overflow_records,
                    last_record_at: counters.last_record_at,
                    slowest: version.slowest.newest_first().cloned().collect(),
                });
            }
        }
        Ok((versions, sizes))
    }
}
