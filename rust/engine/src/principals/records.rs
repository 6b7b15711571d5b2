//! Counts the records of a batch by who sent them.

use driftline_sketches::hash::hash_of_bytes;
use driftline_sketches::principals::{Frame, PrincipalProfile, Principals};

use super::queries::Queries;
use super::settings::SignalSettings;
use crate::baseline::Baseline;
use crate::batch::Batch;
use crate::keyed::KeyedMap;
use crate::monitor::Monitor;
use crate::plan::Plan;
use crate::read::{Rows, read_optional_numbers};
use crate::segment::{Named, name_rows};
use crate::version::ColumnState;

/// The records of a batch, row by row.
pub(crate) struct Observed {
    settings: SignalSettings,
    frame: Frame,
    named: Named,
    queries: Queries,
    /// Whether the score is near the boundary; `None` without a finite one, nothing without a column.
    near: Vec<Option<bool>>,
}

impl Observed {
    /// Reads a batch whose columns are numbered `ids` among those of the version; records that name nobody are the
    /// sender's.
    pub(crate) fn read(
        batch: &Batch<'_>,
        plan: &Plan,
        (columns, ids): (&[ColumnState], &[u32]),
        monitor: &Monitor,
        baseline: Option<&Baseline>,
        sender: &str,
    ) -> Option<Self> {
        let settings = monitor.signals?;
        let scores = plan.score.map(|column| read_optional_numbers(&batch.columns[column], batch.rows));
        let near = |score: Option<f64>| {
            let score = score.filter(|score| score.is_finite())?;
            Some((score - monitor.score_threshold).abs() <= settings.band)
        };
        Some(Self {
            settings,
            frame: frame(monitor, settings, baseline),
            named: name_rows(batch, plan.principal, sender),
            queries: Queries::read(batch, plan, columns, ids),
            near: scores.map_or_else(Vec::new, |scores| scores.into_iter().map(near).collect()),
        })
    }

    /// Adds some of the rows to the principals of a cell.
    pub(crate) fn add_to(&self, principals: &mut Option<Box<Principals>>, rows: Rows<'_>) {
        let mut groups: KeyedMap<u32, Vec<usize>> = KeyedMap::default();
        rows.for_each(|row| groups.entry(self.named.of_row[row]).or_default().push(row));
        let mut groups: Vec<_> = groups.into_iter().collect();
        groups.sort_unstable_by_key(|(group, _)| *group);
        let seen = groups.iter().map(|(group, rows)| {
            let add = move |profile: &mut PrincipalProfile| self.add_rows(profile, rows);
            (self.named.names[*group as usize].as_str(), add)
        });
        let most = self.settings.most as usize;
        principals.get_or_insert_default().add(most, self.frame, seen);
    }

    fn add_rows(&self, profile: &mut PrincipalProfile, rows: &[usize]) {
        let of = |hashes: &[u64]| -> Vec<u64> { rows.iter().map(|&row| hashes[row]).collect() };
        let count = |holds: &dyn Fn(usize) -> bool| rows.iter().filter(|&&row| holds(row)).count() as u64;
        profile.records += rows.len() as u64;
        profile.queries.add_slice(&of(&self.queries.exact));
        if !self.queries.rounded.is_empty() {
            profile.rounded.add_slice(&of(&self.queries.rounded));
            profile.measured += rows.len() as u64;
            profile.outside += count(&|row| self.queries.outside[row]);
        }
        if !self.near.is_empty() {
            profile.scored += count(&|row| self.near[row].is_some());
            profile.near_boundary += count(&|row| self.near[row] == Some(true));
        }
    }
}

/// What is counted beside other bounds, or another baseline, does not go together.
fn frame(monitor: &Monitor, settings: SignalSettings, baseline: Option<&Baseline>) -> Frame {
    let mut bytes = Vec::with_capacity(32);
    bytes.extend(monitor.score_threshold.to_bits().to_le_bytes());
    bytes.extend(settings.band.to_bits().to_le_bytes());
    bytes.extend(baseline.map_or(0, Baseline::fingerprint).to_le_bytes());
    Frame::Known(hash_of_bytes(&bytes) as u64)
}
