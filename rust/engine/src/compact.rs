//! Rows of equal keys become one.

use std::collections::BTreeMap;

use driftline_sketches::{ColumnProfile, Performance};

use crate::flush::kind_of;
use crate::plan::Kind;
use crate::principals::ROW_NAME;
use crate::rollup::{Window, is_over, widen};
use crate::segment::Segment;
use crate::snapshot::{SnapshotContent, SnapshotRow};

/// What a row is about. Rows come out in this order, so that the same rows give the same bytes and what is asked for by
/// time lies together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    window: Window,
    model: String,
    version: String,
    segment: Segment,
    /// Column or column set, and kind; `None` for the row of the cell itself.
    column: Option<(String, u8)>,
}

#[derive(Debug)]
struct Merged {
    content: SnapshotContent,
    writer_id: String,
    flush_sequence: u64,
}

/// Merges rows one by one; it holds as many as come out.
#[derive(Debug, Default)]
pub struct RowMerger {
    window_length: Option<i64>,
    drop_before: Option<i64>,
    merged: BTreeMap<Key, Vec<Merged>>,
}

impl RowMerger {
    /// A merger that puts rows into windows of the given length in nanoseconds, those longer or not a whole part of it
    /// left as they are, and leaves out rows of windows that end by `drop_before`.
    pub fn new(window_length: Option<i64>, drop_before: Option<i64>) -> Self {
        Self { window_length, drop_before, merged: BTreeMap::new() }
    }

    /// Takes in a row.
    pub fn add(&mut self, row: SnapshotRow) {
        let window = (row.window_start, row.window_length);
        if is_over(window, self.drop_before) {
            return;
        }
        let key = Key {
            window: self.window_length.map_or(window, |length| widen(window, length)),
            model: row.model,
            version: row.version,
            segment: row.segment,
            column: column_of(&row.content),
        };
        let candidates = self.merged.entry(key).or_default();
        for candidate in candidates.iter_mut() {
            if candidate.content.merge(&row.content) {
                candidate.flush_sequence = candidate.flush_sequence.max(row.flush_sequence);
                return;
            }
        }
        candidates.push(Merged {
            content: row.content,
            writer_id: row.writer_id,
            flush_sequence: row.flush_sequence,
        });
    }

    /// The merged rows, by window first.
    pub fn finish(self) -> Vec<SnapshotRow> {
        let rows = |(key, merged): (Key, Vec<Merged>)| {
            merged.into_iter().map(move |mut each| {
                each.content.settle();
                SnapshotRow {
                    model: key.model.clone(),
                    version: key.version.clone(),
                    segment: key.segment.clone(),
                    window_start: key.window.0,
                    window_length: key.window.1,
                    content: each.content,
                    writer_id: each.writer_id,
                    flush_sequence: each.flush_sequence,
                }
            })
        };
        self.merged.into_iter().flat_map(rows).collect()
    }
}

/// The kind of a column set among those of columns.
const SET: u8 = 2;
/// That of principals.
const PRINCIPALS: u8 = 3;

fn column_of(content: &SnapshotContent) -> Option<(String, u8)> {
    match content {
        SnapshotContent::Cell { .. } => None,
        SnapshotContent::Column { name, profile, .. } => {
            Some((name.clone(), u8::from(kind_of(profile) == Kind::Categorical)))
        }
        SnapshotContent::Set { profile } => Some((profile.columns().name().to_owned(), SET)),
        SnapshotContent::Principals { .. } => Some((ROW_NAME.to_owned(), PRINCIPALS)),
    }
}

impl SnapshotContent {
    /// Adds what another row of the same key has; `false`, and nothing changed, where the sketches do not go together.
    fn merge(&mut self, other: &Self) -> bool {
        match (self, other) {
            (Self::Cell { records, performance }, Self::Cell { records: more, performance: added }) => {
                *records = records.saturating_add(*more);
                Performance::merge(performance, added);
                true
            }
            (Self::Column { profile, .. }, Self::Column { profile: added, .. }) => {
                ColumnProfile::merge(profile, added).is_ok()
            }
            (Self::Set { profile }, Self::Set { profile: added }) => profile.merge(added).is_ok(),
            (Self::Principals { principals }, Self::Principals { principals: added }) => {
                principals.merge(added);
                true
            }
            _ => false,
        }
    }

    fn settle(&mut self) {
        if let Self::Column { profile, .. } = self {
            profile.settle();
        }
    }
}
