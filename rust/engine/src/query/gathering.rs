//! What a question is about, gathered at one moment from memory and then from disk.

use std::collections::{BTreeMap, BTreeSet};

use driftline_stats::performance::OutcomeValue;

use super::by_window::ByWindow;
use super::kept_windows::KeptWindows;
use super::selection::{Columns, Merged, Selection, check_columns};
use super::windows::SegmentWindows;
use crate::engine::Engine;
use crate::error::{EngineError, Result};
use crate::keyed::KeyedMap;
use crate::model::Model;
use crate::principals::ROW_NAME;
use crate::producer::lock;
use crate::rollup::{RollUp, Window};
use crate::segment::{Segment, SegmentId, is_by};
use crate::snapshot::{RowKey, SnapshotRow};

/// Records that a question asks for, merged.
#[derive(Debug, Clone)]
pub(crate) struct Asked<'a> {
    pub(crate) selection: &'a Selection,
    pub(crate) columns: Columns,
    /// Column sets.
    pub(crate) sets: Columns,
    /// Columns whose values' segments are merged apart besides.
    pub(crate) by: &'a [String],
    /// Whether windows are kept apart instead of being merged.
    pub(crate) apart: bool,
    /// Whether profiles are to have their [`driftline_sketches::ColumnProfile::distance_part`] only.
    pub(crate) for_distances: bool,
    /// What is kept of the windows of the selection's own segment instead.
    pub(crate) kept: Option<KeptWindows>,
}

impl<'a> Asked<'a> {
    /// All of a selection.
    pub(crate) fn all(selection: &'a Selection) -> Self {
        Self { sets: Columns::All, ..Self::columns(selection, &[]) }
    }

    /// Column sets of a selection, and nothing of the columns.
    pub(crate) fn sets(selection: &'a Selection, names: &[String]) -> Self {
        let sets = Columns::Named(names.to_vec());
        Self { columns: Columns::None, sets, ..Self::columns(selection, &[]) }
    }

    /// Columns of a selection; no names: all of them.
    pub(crate) fn columns(selection: &'a Selection, names: &[String]) -> Self {
        Self {
            selection,
            columns: Columns::named(names),
            sets: Columns::None,
            by: &[],
            apart: false,
            kept: None,
            for_distances: false,
        }
    }

    /// The same with nothing of numeric columns but what distances are computed of, which takes far less to copy.
    pub(crate) fn for_distances(self) -> Self {
        Self { for_distances: true, ..self }
    }

    /// Records of the windows of a selection, apart, and nothing of their columns.
    pub(crate) fn records(selection: &'a Selection) -> Self {
        Self { columns: Columns::None, apart: true, ..Self::columns(selection, &[]) }
    }

    /// Records of a selection, merged, and those of the segments of `by`; nothing of their columns.
    pub(crate) fn merged_records(selection: &'a Selection, by: &'a [String]) -> Self {
        Self { by, apart: false, ..Self::records(selection) }
    }

    /// Something of each window of a selection, of columns; `kept` has no window yet.
    pub(crate) fn kept(selection: &'a Selection, columns: Columns, kept: KeptWindows) -> Self {
        Self { columns, kept: Some(kept), ..Self::columns(selection, &[]) }
    }

    /// Windows of a selection, apart, of columns and segments.
    pub(crate) fn windows(selection: &'a Selection, names: &[String], by: &'a [String]) -> Self {
        Self { by, apart: true, ..Self::columns(selection, names) }
    }
}

/// What a question asks for, as far as it is gathered. Memory is read at once, at one moment; what [`Gathering::wanted`]
/// names lies on disk and is to be added.
#[derive(Debug, Clone)]
pub struct Gathering {
    parts: Vec<Part>,
    plan: RollUp,
    state: State,
}

/// Which flush and which roll-up memory holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    flush: u64,
    roll_up: u64,
}

/// Rows that a question needs from disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Model name.
    pub model: String,
    /// Version labels.
    pub versions: Vec<String>,
    /// Least start of a window, nanoseconds since the Unix epoch.
    pub first: i64,
    /// Greatest start of a window.
    pub last: i64,
    /// Names of the columns besides the rows of the cells themselves; `None`: all.
    pub columns: Option<Vec<String>>,
}

/// The records of one selection.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    selection: Selection,
    columns: Columns,
    sets: Columns,
    /// Versions with windows on disk, by their label.
    on_disk: BTreeMap<String, OnDisk>,
    /// Places in `merged`.
    places: BTreeMap<Segment, usize>,
    /// Those of the selection's own segment, then those of the segments besides, each with its segment.
    pub(crate) merged: Vec<(Segment, Merged)>,
    /// The same segments in the same order, where their windows are kept apart instead; else nothing.
    pub(crate) apart: Vec<SegmentWindows>,
    /// What is kept of the windows of the selection's own segment instead.
    pub(crate) kept: Option<KeptWindows>,
    /// Whether segments besides were asked for, even if there are none.
    pub(crate) is_broken_down: bool,
    /// The monitor's.
    pub(crate) positive_class: String,
    /// The monitor's.
    pub(crate) outcome_values: Vec<OutcomeValue>,
}

/// Windows of one version on disk.
#[derive(Debug, Clone, Copy)]
struct OnDisk {
    /// Number of the version among those of the part.
    number: u32,
    /// Those that start before this are on disk.
    before: i64,
    first: i64,
    end: i64,
}

impl Engine {
    /// Reads all that is asked for of memory.
    pub(crate) fn gather(&self, asked: &[Asked<'_>]) -> Result<Gathering> {
        // Before memory is read: what changes from here on is noticed.
        let state = self.state();
        let plan = lock(&self.rolled_up).plan;
        let part = |asked: &Asked<'_>| {
            asked.selection.check()?;
            self.model(&asked.selection.model)?.read()?.gather(asked)
        };
        Ok(Gathering { parts: asked.iter().map(part).collect::<Result<_>>()?, plan, state })
    }

    /// The same, if nothing lies on disk only.
    pub(crate) fn gather_all(&self, asked: &[Asked<'_>]) -> Result<Gathering> {
        let gathering = self.gather(asked)?;
        gathering.check_complete()?;
        Ok(gathering)
    }

    fn state(&self) -> State {
        State { flush: self.flushed(), roll_up: lock(&self.rolled_up).number }
    }
}

impl Gathering {
    /// Nothing, for questions that ask for no records.
    pub fn nothing(engine: &Engine) -> Self {
        Self { parts: Vec::new(), plan: RollUp::default(), state: engine.state() }
    }

    /// Refuses where something is to be read from disk.
    ///
    /// # Errors
    /// [`EngineError::FailedPrecondition`].
    pub fn check_complete(&self) -> Result<()> {
        if self.is_complete() {
            return Ok(());
        }
        Err(EngineError::FailedPrecondition(
            "windows of the selection are on disk only, and this question reads no disk".into(),
        ))
    }

    /// Whether nothing is to be read from disk.
    pub fn is_complete(&self) -> bool {
        self.parts.iter().all(|part| part.on_disk.is_empty())
    }

    /// What is to be read from disk; rows that are not asked for do no harm.
    pub fn wanted(&self) -> Vec<Wanted> {
        self.parts.iter().filter_map(Part::wanted).collect()
    }

    /// Whether files that hold all flushes up to this one, and were listed just now, are those that belong to what was
    /// read of memory. Where they are not, the question is to be asked anew.
    pub fn agrees(&self, engine: &Engine, flush_sequence: u64) -> bool {
        self.state.flush == flush_sequence && self.state == engine.state()
    }

    /// Whether a row is asked for.
    pub fn wants(&self, key: &RowKey<'_>) -> bool {
        self.parts.iter().any(|part| part.place(key, &self.plan).is_some())
    }

    /// Adds a row from disk, if it is asked for.
    ///
    /// # Errors
    /// [`EngineError::FailedPrecondition`] for a column that cannot be merged over versions.
    pub fn add(&mut self, row: &SnapshotRow) -> Result<()> {
        let key = row.key();
        for part in &mut self.parts {
            let Some((place, number)) = part.place(&key, &self.plan) else { continue };
            let Some(window) = self.plan.target(key.window) else { continue };
            match (&mut part.kept, part.apart.get_mut(place)) {
                (Some(kept), _) => kept.add_row(window, row)?,
                (None, Some(windows)) => windows.add_row(window, row)?,
                (None, None) => part.merged[place].1.add_row(number, window, row)?,
            }
        }
        Ok(())
    }

    /// The merged parts, in the order in which they were asked for.
    pub(crate) fn into_parts(mut self) -> Vec<Part> {
        for part in &mut self.parts {
            part.merged.iter_mut().for_each(|(_, merged)| merged.settle());
            part.apart.iter_mut().for_each(SegmentWindows::settle);
        }
        self.parts
    }

    /// The only selection's records.
    pub(crate) fn into_merged(self) -> Merged {
        let part = self.into_parts().into_iter().next();
        part.map(Part::into_merged).unwrap_or_default()
    }
}

impl Part {
    /// The records of the selection's own segment.
    pub(crate) fn into_merged(self) -> Merged {
        self.merged.into_iter().next().map(|(_, merged)| merged).unwrap_or_default()
    }

    /// The records of each window of the selection's own segment, where they were asked for apart.
    pub(crate) fn into_records(self) -> BTreeMap<Window, u64> {
        self.apart.into_iter().next().map(|windows| windows.records).unwrap_or_default()
    }

    fn wanted(&self) -> Option<Wanted> {
        let first = self.on_disk.values().map(|version| version.first).min()?;
        let last = self.on_disk.values().map(|version| version.end.min(version.before)).max()?;
        Some(Wanted {
            model: self.selection.model.clone(),
            versions: self.on_disk.keys().cloned().collect(),
            first,
            last: last.saturating_sub(1),
            columns: match (&self.columns, &self.sets) {
                (Columns::All, _) | (_, Columns::All) => None,
                _ if self.takes_principals() => Some(vec![ROW_NAME.to_owned()]),
                (columns, sets) => Some([columns.names(), sets.names()].concat()),
            },
        })
    }

    fn wants_column(&self, key: &RowKey<'_>) -> bool {
        if key.is_principals {
            return self.takes_principals();
        }
        if key.is_set { self.sets.include(key.column) } else { self.columns.include(key.column) }
    }

    fn takes_principals(&self) -> bool {
        self.kept.as_ref().is_some_and(KeptWindows::takes_principals)
    }

    /// Where a row belongs: the place of its segment and the number of its version.
    fn place(&self, key: &RowKey<'_>, plan: &RollUp) -> Option<(usize, u32)> {
        let version = self.on_disk.get(key.version)?;
        let is_asked_for = key.model == self.selection.model
            && key.window.0 < version.before
            && (key.column.is_empty() || self.wants_column(key))
            && plan.target(key.window).is_some_and(|window| self.selection.includes(window));
        let place = self.places.get(key.segment).filter(|_| is_asked_for)?;
        Some((*place, version.number))
    }
}

impl Model {
    /// Reads what is asked for of memory.
    pub(crate) fn gather(&self, asked: &Asked<'_>) -> Result<Part> {
        let selection = asked.selection;
        let versions = selection.versions(self)?;
        if let Columns::Named(names) = &asked.columns {
            check_columns(&versions, names)?;
        }
        let own = selection.segment();
        if !versions.is_empty() && versions.iter().all(|version| version.segments.find(&own).is_none()) {
            return Err(self.unknown_segment(&own));
        }
        let mut segments = vec![own];
        if !asked.by.is_empty() {
            self.check_by(selection, asked.by)?;
            let all = versions.iter().flat_map(|version| version.segments.iter());
            let matching = all.filter(|(_, segment)| is_by(segment, asked.by)).map(|(_, segment)| segment);
            segments.extend(matching.collect::<BTreeSet<_>>().into_iter().cloned());
        }
        let on_disk: BTreeMap<String, OnDisk> = versions
            .iter()
            .zip(0..)
            .filter_map(|(version, number)| {
                let (before, (first, end)) = version.evicted.before().zip(version.evicted.span(selection))?;
                Some((version.name.clone(), OnDisk { number, before, first, end }))
            })
            .collect();
        let places = segments.iter().cloned().zip(0..).collect();
        let empty = Merged::new(!on_disk.is_empty(), asked.for_distances);
        let kept_apart = segments.iter().filter(|_| asked.apart);
        let mut kept = asked.kept.clone();
        let mut apart: Vec<_> = kept_apart.cloned().map(SegmentWindows::new).collect();
        let mut merged: Vec<_> = segments.into_iter().map(|segment| (segment, empty.clone())).collect();
        for (version, number) in versions.iter().zip(0..) {
            let ids: KeyedMap<SegmentId, usize> = merged
                .iter()
                .enumerate()
                .filter_map(|(place, (segment, _))| Some((version.segments.find(segment)?, place)))
                .collect();
            for view in version.windows() {
                let Some(&place) = ids.get(&view.segment) else { continue };
                if !selection.includes(view.window) {
                    continue;
                }
                if let Some(kept) = &mut kept {
                    kept.cover(view.window, view.records);
                    for layer in view.layers() {
                        kept.add(version, view.window, layer, &asked.columns)?;
                    }
                    continue;
                }
                if let Some(windows) = apart.get_mut(place) {
                    windows.cover(view.window, view.records);
                    for layer in view.layers() {
                        windows.add(version, view.window, layer, &asked.columns)?;
                    }
                    continue;
                }
                let merged = &mut merged[place].1;
                merged.cover(number, view.window, view.records);
                for layer in view.layers() {
                    merged.add(version, layer, &asked.columns, &asked.sets)?;
                }
            }
        }
        Ok(Part {
            selection: selection.clone(),
            columns: asked.columns.clone(),
            sets: asked.sets.clone(),
            on_disk,
            places,
            merged,
            apart,
            kept,
            is_broken_down: !asked.by.is_empty(),
            positive_class: self.monitor.positive_class.clone(),
            outcome_values: self.monitor.outcome_values.clone(),
        })
    }

    fn check_by(&self, selection: &Selection, by: &[String]) -> Result<()> {
        if !selection.segment.is_empty() {
            return Err(EngineError::InvalidArgument(
                "`by` and a segment in the selection exclude each other".into(),
            ));
        }
        let is_declared = self
            .monitor
            .segments
            .iter()
            .any(|set| set.len() == by.len() && by.iter().all(|column| set.contains(column)));
        if is_declared {
            return Ok(());
        }
        let declared: Vec<_> = self.monitor.segments.iter().map(|set| set.join(" + ")).collect();
        Err(EngineError::InvalidArgument(format!(
            "{} is not a declared segment of model {:?}; declared: {}",
            by.join(" + "),
            self.monitor.model,
            if declared.is_empty() { "none".to_owned() } else { declared.join("; ") }
        )))
    }

    fn unknown_segment(&self, segment: &Segment) -> EngineError {
        let declared: Vec<_> = self.monitor.segments.iter().map(|set| set.join(" + ")).collect();
        let asked: Vec<_> = segment.iter().map(|(column, value)| format!("{column}={value}")).collect();
        EngineError::NotFound(format!(
            "no segment {} of model {:?}; declared segment columns: {}",
            asked.join(", "),
            self.monitor.model,
            if declared.is_empty() { "none".to_owned() } else { declared.join("; ") }
        ))
    }
}
