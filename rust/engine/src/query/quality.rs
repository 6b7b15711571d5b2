//! What the values of columns are like, and how many records there are, beside those of a reference.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use driftline_sketches::ColumnProfile;
use driftline_stats::multiplicity::adjusted_for_discoveries;
use driftline_stats::quality::{Finding, Volume, absent, quality};

use super::gathering::{Asked, Gathering, Part};
use super::presence::{Freshness, Past, Presence, freshness, volumes};
use super::reference::{Compared, Reference, Resolved};
use super::schema::{SchemaChange, changes};
use super::selection::{Coverage, Merged, Selection};
use crate::engine::{Engine, not_found};
use crate::error::{EngineError, Result};
use crate::flush::kind_of;
use crate::model::Model;
use crate::plan::Kind;
use crate::role::Role;
use crate::rollup::Window;

/// One column's findings.
#[derive(Debug, Clone)]
pub struct ColumnQuality {
    /// Column name.
    pub column: String,
    /// What it is.
    pub role: Role,
    /// Kind of its sketches.
    pub kind: Kind,
    /// What was looked at, each with its p-value adjusted for all findings of the answer.
    pub findings: Vec<(Finding, Option<f64>)>,
}

/// Batches refused because one column was of another kind than before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KindRefusal {
    /// Version that the batches were of.
    pub version: String,
    /// Column name.
    pub column: String,
    /// How many since the start of the process.
    pub batches: u64,
}

/// All of it.
#[derive(Debug, Clone)]
pub struct QualityAnswer {
    /// Those with a finding beyond its noise first, then by the least adjusted p-value.
    pub columns: Vec<ColumnQuality>,
    /// Differences of the columns; none where there is no record.
    pub schema: Vec<SchemaChange>,
    /// Records a period, with the length of a period in nanoseconds and the adjusted p-value; none without a
    /// range of time on a side.
    pub volume: Option<(Volume, i64, Option<f64>)>,
    /// How long ago there was a record.
    pub freshness: Freshness,
    /// Batches refused for one column's kind, of the versions asked about.
    pub kind_refusals: Vec<KindRefusal>,
    /// Batches refused by reason, of all models, since the start.
    pub batches_rejected: BTreeMap<&'static str, u64>,
    /// Where the current records come from.
    pub coverage: Coverage,
    /// What they were compared with.
    pub reference: Compared,
}

/// What a column is and its sketches.
type Columns<'p> = BTreeMap<&'p str, (Role, &'p ColumnProfile)>;

/// What one side has.
pub(super) struct Side<'p> {
    pub(super) columns: Columns<'p>,
    pub(super) records: u64,
}

impl Engine {
    /// What the values of columns are like beside those of a reference; no names: all columns of both sides.
    ///
    /// # Errors
    /// As [`Engine::drift`].
    pub fn quality(
        &self,
        selection: &Selection,
        reference: &Reference,
        columns: &[String],
        now: i64,
    ) -> Result<QualityAnswer> {
        let reference = self.resolve(reference, selection)?;
        let gathering = self.gather_quality(selection, &reference, columns)?;
        gathering.check_complete()?;
        gathering.quality(self, selection, &reference, columns, now)
    }

    /// Gathers what [`Gathering::quality`] compares.
    ///
    /// # Errors
    /// As [`Engine::quality`].
    pub fn gather_quality(
        &self,
        selection: &Selection,
        reference: &Resolved,
        columns: &[String],
    ) -> Result<Gathering> {
        // A column that is only on the other side is no mistake here.
        let named = |of: &Selection| {
            let model = self.model(&of.model)?;
            let model = model.read()?;
            let versions = of.versions(&model)?;
            let known = columns.iter().filter(|name| versions.iter().any(|each| each.column(name).is_some()));
            let known: Vec<String> = known.cloned().collect();
            Ok::<_, EngineError>(if known.len() == columns.len() { known } else { Vec::new() })
        };
        let mut asked = vec![Asked::columns(selection, &named(selection)?), Asked::records(selection)];
        if let Resolved::Records(other) = reference {
            asked.extend([Asked::columns(other, &named(other)?), Asked::records(other)]);
        }
        self.gather(&asked)
    }
}

impl Gathering {
    /// See [`Engine::quality`].
    ///
    /// # Errors
    /// As [`Engine::quality`].
    pub fn quality(
        self,
        engine: &Engine,
        selection: &Selection,
        reference: &Resolved,
        columns: &[String],
        now: i64,
    ) -> Result<QualityAnswer> {
        let mut parts = self.into_parts().into_iter();
        let current = parts.next().map(Part::into_merged).unwrap_or_default();
        let windows = parts.next().map(Part::into_records).unwrap_or_default();
        // Whoever sends must not wait for an answer: the model is free again before anything is compared.
        let known = Known::of(&*engine.model(&selection.model)?.read()?, selection)?;
        let context = Context { engine, known, selection, names: columns, now };
        let gathered = parts.next().map(Part::into_merged).unwrap_or_default();
        let past_windows = parts.next().map(Part::into_records).unwrap_or_default();
        let compared = reference.compared(&gathered);
        let past = match reference {
            Resolved::Records(other) => Past::Apart(Presence::new(&past_windows, other, now)),
            Resolved::Baseline { .. } => {
                let Coverage { start, end, records, .. } = compared.coverage;
                Past::Together { records, length: end.saturating_sub(start) }
            }
        };
        let side = Side { columns: reference.columns(&gathered), records: compared.coverage.records };
        context.answer(&current, &windows, side, &past, compared)
    }
}

impl<'p> Side<'p> {
    fn of_merged(merged: &'p Merged) -> Self {
        Self { columns: merged.profiles(), records: merged.coverage.records }
    }

    fn keep(&mut self, names: &[String]) {
        if !names.is_empty() {
            self.columns.retain(|column, _| names.iter().any(|name| name == column));
        }
    }
}

/// What the model says besides its records.
struct Known {
    window: i64,
    /// When a record of the versions came in last.
    last_arrival: Option<i64>,
    /// Columns of the versions, and whether one had only nulls under that name.
    columns: BTreeMap<String, bool>,
}

impl Known {
    fn of(model: &Model, selection: &Selection) -> Result<Self> {
        let versions = selection.versions(model)?;
        let mut columns = BTreeMap::new();
        for column in versions.iter().flat_map(|version| &version.columns) {
            *columns.entry(column.name.clone()).or_default() |= column.kind.is_none();
        }
        let last_arrival = versions.iter().filter_map(|version| version.counters.last_record_at).max();
        Ok(Self { window: model.monitor.window, last_arrival, columns })
    }
}

/// What an answer is made of besides the two sides.
struct Context<'a> {
    engine: &'a Engine,
    known: Known,
    selection: &'a Selection,
    names: &'a [String],
    now: i64,
}

impl Context<'_> {
    fn answer(
        &self,
        current: &Merged,
        windows: &BTreeMap<Window, u64>,
        mut reference: Side<'_>,
        past: &Past<'_>,
        compared: Compared,
    ) -> Result<QualityAnswer> {
        let mut now = Side::of_merged(current);
        self.check_names(&reference, &now)?;
        reference.keep(self.names);
        now.keep(self.names);
        let presence = Presence::new(windows, self.selection, self.now);
        let volume = volumes(past, presence.as_ref(), self.known.window, self.now);
        let counters = self.engine.counters();
        let refusals = counters.kind_refusals.of(&self.selection.model, self.selection.version.as_deref());
        let mut columns = findings(&reference, &now);
        let volume_p = adjust(&mut columns, volume.as_ref().and_then(|(volume, _)| volume.p_value));
        columns.sort_by(|left, right| rank(left).partial_cmp(&rank(right)).unwrap_or(Ordering::Equal));
        Ok(QualityAnswer {
            columns,
            schema: changes(&reference, &now, &self.known.columns),
            volume: volume.map(|(volume, length)| (volume, length, volume_p)),
            freshness: freshness(windows, presence.as_ref(), self.known.last_arrival, self.now),
            kind_refusals: refusals
                .filter(|(_, column, _)| {
                    self.names.is_empty() || self.names.iter().any(|name| name == column)
                })
                .map(|(version, column, batches)| KindRefusal {
                    version: version.to_owned(),
                    column: column.to_owned(),
                    batches,
                })
                .collect(),
            batches_rejected: counters.batches_rejected.clone(),
            coverage: current.coverage,
            reference: compared,
        })
    }

    /// A name must be that of a column of either side, or of a version that has had only nulls under it.
    fn check_names(&self, reference: &Side<'_>, current: &Side<'_>) -> Result<()> {
        let of_sides = reference.columns.keys().chain(current.columns.keys()).map(|name| (*name).to_owned());
        let known: BTreeSet<String> = of_sides.chain(self.known.columns.keys().cloned()).collect();
        match self.names.iter().find(|name| !known.contains(*name)) {
            None => Ok(()),
            Some(name) => Err(not_found("column", name, known.iter())),
        }
    }
}

/// Findings of the columns that both sides have, of one kind.
fn findings(reference: &Side<'_>, current: &Side<'_>) -> Vec<ColumnQuality> {
    let of = |(name, (role, profile)): (&&str, &(Role, &ColumnProfile))| {
        let (_, before) = reference.columns.get(name)?;
        if kind_of(before) != kind_of(profile) {
            return None;
        }
        // A label comes when it comes.
        let is_awaited = *role == Role::Label;
        let rows = |profile: &ColumnProfile| profile.count().saturating_add(profile.nulls());
        let absent = absent((rows(before), reference.records), (rows(profile), current.records));
        let findings = absent.filter(|_| !is_awaited).into_iter().chain(quality(before, profile));
        Some(ColumnQuality {
            column: (*name).to_owned(),
            role: *role,
            kind: kind_of(profile),
            findings: findings.map(|finding| (finding, None)).collect(),
        })
    };
    current.columns.iter().filter_map(of).collect()
}

/// Adjusts all p-values for each other, and gives back the adjusted one of the volume.
fn adjust(columns: &mut [ColumnQuality], volume: Option<f64>) -> Option<f64> {
    let each =
        || columns.iter().flat_map(|column| &column.findings).filter_map(|(finding, _)| finding.p_value);
    let p_values: Vec<f64> = volume.into_iter().chain(each()).collect();
    let mut adjusted = adjusted_for_discoveries(&p_values).into_iter();
    let of_volume = volume.and_then(|_| adjusted.next());
    for (finding, p_value) in columns.iter_mut().flat_map(|column| &mut column.findings) {
        *p_value = finding.p_value.and_then(|_| adjusted.next());
    }
    of_volume
}

fn rank(column: &ColumnQuality) -> (bool, f64) {
    let exceeds = column.findings.iter().any(|(finding, _)| finding.exceeds_noise());
    let least = column.findings.iter().filter_map(|(_, p_value)| *p_value).fold(1.0, f64::min);
    (!exceeds, least)
}
