//! What columns of each segment are compared with.

use std::collections::BTreeMap;

use driftline_sketches::ColumnProfile;

use crate::baseline::Baseline;
use crate::error::Result;
use crate::query::gathering::Part;
use crate::query::reference::{Compared, Resolved};
use crate::query::selection::{Merged, not_mergeable};
use crate::query::windows::WindowColumn;
use crate::segment::Segment;
use crate::snapshot::SnapshotContent;

/// The reference, by segment: every segment is compared with the same one.
pub(super) struct Sides {
    /// What an answer says of it.
    pub(super) compared: Compared,
    segments: BTreeMap<Segment, BTreeMap<String, WindowColumn>>,
}

impl Sides {
    /// Of a stored baseline, or of the records that were gathered.
    pub(super) fn new(reference: &Resolved, by: &[String], gathered: Option<Part>) -> Result<Self> {
        let merged = gathered.map(|part| part.merged).unwrap_or_default();
        let compared = match merged.first() {
            Some((_, own)) => reference.compared(own),
            None => reference.compared(&Merged::default()),
        };
        let segments = match reference {
            Resolved::Records(_) => merged
                .into_iter()
                .map(|(segment, merged)| {
                    let columns = merged.columns.into_iter();
                    (
                        segment,
                        columns.map(|(name, column)| (name, WindowColumn::of(&column.profile))).collect(),
                    )
                })
                .collect(),
            Resolved::Baseline { baseline, .. } if by.is_empty() => of_all_records(baseline),
            Resolved::Baseline { baseline, .. } => of_segments(baseline)?,
        };
        Ok(Self { compared, segments })
    }

    /// One column of a segment.
    pub(super) fn column(&self, segment: &Segment, name: &str) -> Option<WindowColumn> {
        self.segments.get(segment)?.get(name).cloned()
    }
}

fn of_all_records(baseline: &Baseline) -> BTreeMap<Segment, BTreeMap<String, WindowColumn>> {
    let columns = baseline.columns().iter();
    let columns = columns.map(|(name, (_, profile))| (name.clone(), WindowColumn::of(profile)));
    [(Segment::default(), columns.collect())].into()
}

fn of_segments(baseline: &Baseline) -> Result<BTreeMap<Segment, BTreeMap<String, WindowColumn>>> {
    let mut segments: BTreeMap<Segment, BTreeMap<String, ColumnProfile>> = BTreeMap::new();
    for row in baseline.rows.iter().filter(|row| !row.segment.is_empty()) {
        let SnapshotContent::Column { name, profile, .. } = &row.content else { continue };
        let columns = segments.entry(row.segment.clone()).or_default();
        match columns.get_mut(name) {
            None => drop(columns.insert(name.clone(), profile.clone())),
            Some(known) => known.merge(profile).map_err(|error| not_mergeable(name, error))?,
        }
    }
    let kept = |columns: BTreeMap<String, ColumnProfile>| {
        columns.iter().map(|(name, profile)| (name.clone(), WindowColumn::of(profile))).collect()
    };
    Ok(segments.into_iter().map(|(segment, columns)| (segment, kept(columns))).collect())
}
