//! Counts one checked batch: windows, segments, sketches, labels.

use std::sync::Arc;

use crate::keyed::KeyedMap;

use crate::batch::Batch;
use crate::decision::Decider;
use crate::identifiers::read_identifiers;
use crate::join::{Arrival, Expired, Label, Prediction, Second, Truth};
use crate::judge::Judged;
use crate::model::Model;
use crate::outcome::Outcome;
use crate::panics::failpoint;
use crate::plan::Plan;
use crate::predicted::Predicted;
use crate::principals::{Flips, Observed, Sources};
use crate::profile::{add_rows, add_sets};
use crate::read::{Rows, read_optional_numbers, read_times};
use crate::record_log::Stamp;
use crate::segment::{ALL, Grouping, SegmentId, group_all};
use crate::version::CellKey;

/// How far behind the newest window a record is counted as late, nanoseconds.
pub(crate) const LATE: i64 = 3_600_000_000_000;

/// Where the rows of a batch belong.
pub(crate) struct Placement {
    /// Event time of every row, nanoseconds.
    pub(crate) times: OfRows,
    /// Start of the window of every row.
    pub(crate) windows: OfRows,
    /// One grouping per segment set.
    groupings: Vec<Grouping>,
}

/// A number of every row; most often all rows have the same.
pub(crate) enum OfRows {
    Same(i64),
    Each(Vec<i64>),
}

impl OfRows {
    pub(crate) fn get(&self, row: usize) -> i64 {
        match self {
            Self::Same(number) => *number,
            Self::Each(numbers) => numbers[row],
        }
    }

    /// The smallest and the largest number.
    fn range(&self) -> (i64, i64) {
        match self {
            Self::Same(number) => (*number, *number),
            Self::Each(numbers) => {
                numbers.iter().fold((i64::MAX, i64::MIN), |(least, most), &n| (least.min(n), most.max(n)))
            }
        }
    }
}

impl Model {
    /// Counts a batch that has been checked. Cannot fail.
    pub(crate) fn apply(
        &mut self,
        version: usize,
        batch: &Batch<'_>,
        plan: &Arc<Plan>,
        (sender, now): (&str, i64),
        max_segments: u32,
        stamp: Option<&Stamp>,
    ) {
        if plan.labels_only {
            self.join_labels(version, batch, plan, (sender, now));
        } else {
            let placement = self.place(version, batch, plan, now, max_segments);
            self.sketch(version, batch, plan, &placement, sender);
            self.judge(version, batch, plan, &placement, sender);
            self.record(version, batch, plan, &placement, stamp);
            let state = &mut self.versions[version];
            state.slowest.observe(batch, plan, &self.monitor, |row| {
                (placement.times.get(row), placement.windows.get(row))
            });
            state.records += batch.rows as u64;
            if batch.rows > 0 {
                state.counters.last_record_at = Some(now);
            }
        }
        let expired = self.join.expire(self.monitor.label_horizon, self.monitor.max_pending);
        self.count_orphans(&expired);
        self.queries.expire(&self.monitor);
    }

    /// Counts the labels among entries of the join that were let go.
    pub(crate) fn count_orphans(&mut self, expired: &Expired) {
        for &orphan in &expired.orphans {
            self.versions[orphan as usize].counters.labels_orphan += 1;
        }
    }

    fn place(
        &mut self,
        version: usize,
        batch: &Batch<'_>,
        plan: &Plan,
        now: i64,
        max_segments: u32,
    ) -> Placement {
        let monitor = &self.monitor;
        let state = &mut self.versions[version];
        let latest = now.saturating_add(monitor.max_future);
        let counters = &mut state.counters;
        let times = match plan.timestamp {
            None => OfRows::Same(now),
            Some(column) => OfRows::Each(
                read_times(&batch.columns[column], batch.rows)
                    .into_iter()
                    .map(|time| match time {
                        None => {
                            counters.missing_timestamps += 1;
                            now
                        }
                        Some(time) if time > latest => {
                            counters.future_records += 1;
                            now
                        }
                        Some(time) => time,
                    })
                    .collect(),
            ),
        };
        if let Some(newest) = state.newest_window() {
            let limit = newest.saturating_sub(LATE);
            if times.range().0 < limit {
                state.counters.late_records +=
                    (0..batch.rows).filter(|&row| times.get(row) < limit).count() as u64;
            }
        }
        let windows = windows_of(&times, batch.rows, monitor.window);
        let groupings = group_all(&mut state.segments, batch, plan, max_segments);
        failpoint("place");
        Placement { times, windows, groupings }
    }

    fn sketch(
        &mut self,
        version: usize,
        batch: &Batch<'_>,
        plan: &Plan,
        placement: &Placement,
        sender: &str,
    ) {
        let baseline = self.baselines.get(&self.monitor.baseline).map(Arc::as_ref);
        let window = self.monitor.window;
        let state = &mut self.versions[version];
        let ids = state.intern_columns(plan, &self.monitor, baseline);
        let set_ids = state.intern_sets(plan, baseline);
        let observed = Observed::read(batch, plan, (&state.columns, &ids), &self.monitor, baseline, sender);
        let mut add = |key: CellKey, rows: Rows<'_>| {
            let (cell, columns, sets) = state.delta_mut(key, window);
            add_rows(cell, columns, &ids, batch, plan, rows, &self.workers);
            add_sets(cell, sets, &set_ids, batch, plan, rows, &self.workers);
            if let Some(observed) = observed.as_ref().filter(|_| key.1 == ALL) {
                observed.add_to(&mut cell.principals, rows);
            }
        };
        if batch.rows == 0 {
            return;
        }
        match &placement.windows {
            OfRows::Same(window) => add((*window, ALL), Rows::All(batch.rows)),
            OfRows::Each(_) => {
                for (key, rows) in cells_of(placement, batch.rows, |_| ALL) {
                    add(key, Rows::Some(&rows));
                }
            }
        }
        for grouping in &placement.groupings {
            for (key, rows) in cells_of(placement, batch.rows, |row| grouping.segment_of(row)) {
                add(key, Rows::Some(&rows));
            }
        }
    }

    /// Takes predictions into the join and judges those whose truth is known.
    fn judge(&mut self, version: usize, batch: &Batch<'_>, plan: &Plan, placement: &Placement, sender: &str) {
        let has_prediction = plan.prediction.is_some() || plan.score.is_some();
        if !has_prediction {
            return;
        }
        let missing = || vec![Outcome::Missing; batch.rows];
        let mut outcomes = |column: Option<usize>| {
            column.map_or_else(missing, |column| self.classes.read(&batch.columns[column], batch.rows))
        };
        let (predicted, labels) = (outcomes(plan.prediction), outcomes(plan.label));
        let scores = plan.score.map(|column| read_optional_numbers(&batch.columns[column], batch.rows));
        let weights = plan.weight.map(|column| read_optional_numbers(&batch.columns[column], batch.rows));
        let identifiers = plan.identifier.map(|column| read_identifiers(&batch.columns[column], batch.rows));
        let queries = plan.query.map(|column| read_identifiers(&batch.columns[column], batch.rows));
        let sources = plan.label.and_then(|_| Sources::read(batch, plan, &self.monitor, sender));

        let mut judged = Judged::default();
        let mut flips = Flips::new();
        let decider = Decider::new(&self.monitor, &self.classes);
        let mut predictions: KeyedMap<CellKey, Predicted> = KeyedMap::default();
        let mut segments = Vec::new();
        for row in 0..batch.rows {
            if let Some(identifiers) = &identifiers {
                self.join.read_ahead(identifiers, row);
            }
            let score = scores.as_ref().and_then(|scores| scores[row]).unwrap_or(f64::NAN);
            if predicted[row] == Outcome::Missing && score.is_nan() {
                continue;
            }
            segments.clear();
            segments.extend(segments_of(placement, row));
            let query = queries.as_ref().and_then(|queries| queries[row]);
            let is_only_ranked = self.monitor.is_only_ranked(query.is_some());
            let decision = decider.decide(predicted[row], score).filter(|_| !is_only_ranked);
            for &segment in &segments {
                predictions.entry((placement.windows.get(row), segment)).or_default().push(decision, score);
            }
            let time = placement.times.get(row);
            // What comes with the prediction is known when that is made.
            let truth = Truth { value: labels[row], time: Some(time) };
            let prediction = Prediction {
                time,
                predicted: predicted[row],
                score,
                weight: weights
                    .as_ref()
                    .and_then(|weights| weights[row])
                    .filter(|weight| (0.0..f64::INFINITY).contains(weight)),
                query,
                place: self.join.intern_place(version as u32, &segments),
                label: (truth.value != Outcome::Missing).then_some(truth),
            };
            if prediction.label.is_some() {
                self.push_pair(&mut judged.counted, &prediction, truth, None);
                self.note_flip(&mut flips, sources.as_ref(), row, &prediction, labels[row]);
                self.versions[version].counters.labels_matched += 1;
            }
            let id = identifiers.as_ref().and_then(|identifiers| identifiers[row]);
            self.note_item(&mut judged.ranked, id, &prediction);
            if let Some(id) = id {
                self.join_prediction(&mut judged, id, &prediction);
            }
        }
        for (key, added) in predictions {
            let (cell, ..) = self.versions[version].delta_mut(key, self.monitor.window);
            added.apply(&mut cell.performance);
        }
        failpoint("judge");
        self.apply_judged(&judged);
        self.apply_flips(sources.as_ref(), &flips);
    }

    fn join_prediction(&mut self, judged: &mut Judged, id: u64, prediction: &Prediction) {
        let waiting = self.join.add_prediction(id, *prediction, self.monitor.label_horizon);
        let Some((label, second)) = waiting else { return };
        self.note_flips_of_waiting(judged, (id, prediction), &label, second);
        let truth = label.truth;
        match second {
            None => self.match_label(judged, (id, prediction), truth, truth.time),
            Some(second) => {
                let version = self.join.version(prediction.place);
                self.judge_again(judged, (id, Some(prediction)), version, truth, second);
            }
        }
    }

    fn join_labels(&mut self, version: usize, batch: &Batch<'_>, plan: &Plan, (sender, now): (&str, i64)) {
        let (Some(label), Some(identifier)) = (plan.label, plan.identifier) else { return };
        let values = self.classes.read(&batch.columns[label], batch.rows);
        let identifiers = read_identifiers(&batch.columns[identifier], batch.rows);
        let times = plan.timestamp.map(|column| read_times(&batch.columns[column], batch.rows));
        let sources = Sources::read(batch, plan, &self.monitor, sender);
        let mut judged = Judged::default();
        let mut flips = Flips::new();
        for row in 0..batch.rows {
            self.join.read_ahead(&identifiers, row);
            let (Some(id), value) = (identifiers[row], values[row]) else { continue };
            if value == Outcome::Missing {
                continue;
            }
            let time = times.as_ref().and_then(|times| times[row]);
            let truth = Truth { value, time };
            let waits_since = self.join.newest().or(time).unwrap_or(now);
            let label = Label { truth, waits_since, version: version as u32, source: None };
            match self.join.add_label(id, label, self.monitor.label_horizon) {
                Arrival::Matched(prediction) => {
                    self.match_label(&mut judged, (id, &prediction), truth, time.or(Some(now)));
                    self.note_flip(&mut flips, sources.as_ref(), row, &prediction, value);
                }
                Arrival::Again(prediction, second) => {
                    self.judge_again(&mut judged, (id, prediction.as_ref()), version as u32, truth, second);
                    match (prediction, second) {
                        (Some(prediction), Second::Corrected(_)) => {
                            self.note_flip(&mut flips, sources.as_ref(), row, &prediction, value);
                        }
                        (None, Second::Corrected(_)) => self.set_source(id, sources.as_ref(), row),
                        _ => {}
                    }
                }
                Arrival::Waiting => self.set_source(id, sources.as_ref(), row),
            }
        }
        self.apply_judged(&judged);
        self.apply_flips(sources.as_ref(), &flips);
    }

    /// Has a label that waits remember who gave it, if sources are watched.
    fn set_source(&mut self, id: u64, sources: Option<&Sources>, row: usize) {
        if let Some(sources) = sources {
            self.join.set_source(id, sources.name(row), sources.most());
        }
    }
}

/// Start of the window that holds a time.
pub(crate) fn window_start(time: i64, window: i64) -> i64 {
    time.div_euclid(window).saturating_mul(window)
}

fn segments_of(placement: &Placement, row: usize) -> impl Iterator<Item = SegmentId> {
    std::iter::once(ALL).chain(placement.groupings.iter().map(move |grouping| grouping.segment_of(row)))
}

/// The window of every row. Divisions are dear: one does where the first and the last time share a window.
fn windows_of(times: &OfRows, rows: usize, window: i64) -> OfRows {
    let (first, last) = times.range();
    let start = window_start(first, window);
    if rows == 0 || window_start(last, window) == start {
        return OfRows::Same(start);
    }
    OfRows::Each((0..rows).map(|row| window_start(times.get(row), window)).collect())
}

/// Rows of every cell, for one assignment of rows to segments.
fn cells_of(
    placement: &Placement,
    rows: usize,
    segment_of: impl Fn(usize) -> SegmentId,
) -> Vec<(CellKey, Vec<u32>)> {
    let mut cells: KeyedMap<CellKey, Vec<u32>> = KeyedMap::default();
    for row in 0..rows {
        cells.entry((placement.windows.get(row), segment_of(row))).or_default().push(row as u32);
    }
    let mut cells: Vec<_> = cells.into_iter().collect();
    cells.sort_unstable_by_key(|&(key, _)| key);
    cells
}
