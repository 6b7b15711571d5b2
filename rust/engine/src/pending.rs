//! Predictions and labels that wait for each other, taken out and in again over a restart.

use std::cmp::Reverse;
use std::collections::{BTreeSet, VecDeque};

use crate::engine::Engine;
use crate::error::{EngineError, Result};
use crate::join::{Chunk, Label, LabelSources, LoadedSources, PlaceList, Prediction, Truth, Unwritten};
use crate::model::Model;
use crate::monitor::Monitor;
use crate::outcome::Outcome;
use crate::ranking::{UnwrittenQueries, WaitingQuery};
use crate::segment::{Segment, SegmentId};

/// One entry of the label join, free of numbers that mean something only inside one process.
#[derive(Debug, Clone, PartialEq)]
pub struct PendingEntry {
    /// Model name.
    pub model: String,
    /// Version label.
    pub version: String,
    /// Hash of the prediction id, or of that of a query.
    pub id: u64,
    /// Kind and text of the outcome: see [`crate::outcome::Classes::to_text`].
    pub outcome: (String, String),
    /// What waits.
    pub waits: Waiting,
}

/// What waits.
#[derive(Debug, Clone, PartialEq)]
pub enum Waiting {
    /// A prediction; one that has its label is remembered so that a second label is known for what it is.
    Prediction {
        /// Event time, nanoseconds since the Unix epoch.
        time: i64,
        /// NaN when there is none.
        score: f64,
        /// Its weight, if it has one.
        weight: Option<f64>,
        /// Its label, if that has come.
        label: Option<WaitingTruth>,
        /// Hash of the id of the query whose list it is in, if it is in one.
        query: Option<u64>,
        /// The segments of the record.
        segments: Vec<Segment>,
    },
    /// A label.
    Label {
        /// When it became known, if it was said.
        time: Option<i64>,
        /// Event time by which it expires.
        waits_since: i64,
        /// Who gave it, where that was asked and is known.
        source: Option<String>,
        /// Labels that it has corrected, the oldest first, of which it is known who gave them.
        corrected: Vec<CorrectedLabel>,
    },
    /// Items of a list, of which labels may come.
    Query(WaitingQuery),
}

/// The label that a prediction has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingTruth {
    /// Kind and text of the truth, as that of [`PendingEntry::outcome`]; `None` where an older version kept only that
    /// there is one.
    pub outcome: Option<(String, String)>,
    /// When it became known, if it was said.
    pub time: Option<i64>,
}

/// A label that another one has corrected before their prediction came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorrectedLabel {
    /// Who gave it.
    pub source: String,
    /// Kind and text of what it said, as that of [`PendingEntry::outcome`].
    pub outcome: (String, String),
}

/// What waits in one model, in the numbers of this process.
#[derive(Debug)]
pub(crate) struct Pending {
    /// Shared with the model, which copies what it changes meanwhile; each with the first prediction to be taken.
    chunks: VecDeque<(Chunk, usize)>,
    /// Predictions that have been written, for their label.
    labelled: Vec<(u64, Prediction)>,
    labels: Vec<(u64, Label)>,
    sources: LabelSources,
    places: PlaceList,
    queries: UnwrittenQueries,
}

impl Pending {
    /// The label with the lowest identifier last, so that it is taken first.
    pub(crate) fn sort(&mut self) {
        self.labels.sort_unstable_by_key(|&(id, _)| Reverse(id));
    }

    /// Takes so many predictions, the oldest bucket of time first.
    fn take_predictions(&mut self, most: usize) -> Vec<(u64, Prediction)> {
        let mut taken = Vec::new();
        while let Some((chunk, first)) = self.chunks.front_mut().filter(|_| taken.len() < most) {
            let end = chunk.len().min(*first + most - taken.len());
            taken.extend((*first..end).map(|at| chunk.get(at)));
            *first = end;
            if end == chunk.len() {
                self.chunks.pop_front();
            }
        }
        taken
    }
}

impl Engine {
    /// Takes entries in and tells their number.
    ///
    /// # Errors
    /// [`EngineError::InvalidArgument`] for an outcome that is none; [`EngineError::Limit`].
    pub fn load_pending(&self, entries: Vec<PendingEntry>) -> Result<usize> {
        let count = entries.len();
        let mut names = BTreeSet::new();
        for entry in entries {
            let shared = self.model_or_new(&entry.model)?;
            let mut model = shared.write()?;
            if !names.contains(&entry.model) {
                names.insert(entry.model.clone());
            }
            model.load_pending(entry)?;
        }
        for name in names {
            let model = self.model(&name)?;
            let mut model = model.write()?;
            let Monitor { label_horizon, max_pending, .. } = model.monitor;
            // What was written some time ago has expired since, and was counted then.
            drop(model.join.expire(label_horizon, max_pending));
            model.join.rewrite();
            model.finish_loading_queries();
            self.note_join(&mut model);
        }
        Ok(count)
    }
}

impl Model {
    /// What waits in this model and is not on disk as it is now, or all that waits.
    pub(crate) fn take_pending(&mut self, whole: bool) -> Pending {
        let Unwritten { chunks, labelled, labels, sources, places } = self.join.take_unwritten(whole);
        let queries = self.queries.take_unwritten(whole);
        Pending { chunks: chunks.into(), labelled, labels, sources, places, queries }
    }

    /// Takes so many entries of what waited: predictions, labels of predictions that were written before, labels that
    /// wait, lists. Taken in again in this order they give what there was.
    pub(crate) fn pending_entries(&self, pending: &mut Pending, most: usize) -> Vec<PendingEntry> {
        let predictions = pending.take_predictions(most);
        let Pending { labelled, labels, sources, places, queries, .. } = pending;
        let room = most - predictions.len();
        let labelled = labelled.split_off(labelled.len().saturating_sub(room));
        let taken_labels = labels.split_off(labels.len().saturating_sub(room - labelled.len()));
        let queries = self.query_entries(queries, room - labelled.len() - taken_labels.len());
        let predictions = predictions.into_iter().map(|(id, prediction)| {
            let number = places.version(prediction.place);
            let version = &self.versions[number as usize];
            let segment = |&segment: &SegmentId| version.segments.get(segment).clone();
            let waits = Waiting::Prediction {
                time: prediction.time,
                score: prediction.score,
                weight: prediction.weight,
                label: prediction.label.map(|truth| self.waiting_truth(truth)),
                query: prediction.query,
                segments: places.segments(prediction.place).iter().map(segment).collect(),
            };
            (id, number, prediction.predicted, waits)
        });
        let labels = taken_labels.iter().rev().map(|(id, label)| {
            let corrected = sources.corrected(*id).map(|(source, value)| CorrectedLabel {
                source: source.to_owned(),
                outcome: self.outcome_text(value),
            });
            let waits = Waiting::Label {
                time: label.truth.time,
                waits_since: label.waits_since,
                source: sources.source(label).map(str::to_owned),
                corrected: corrected.collect(),
            };
            (*id, label.version, label.truth.value, waits)
        });
        let labelled = labelled.into_iter().filter_map(|(id, prediction)| {
            let truth = prediction.label?;
            let waits = Waiting::Label {
                time: truth.time,
                waits_since: prediction.time,
                source: None,
                corrected: Vec::new(),
            };
            Some((id, places.version(prediction.place), truth.value, waits))
        });
        predictions
            .chain(labelled)
            .chain(labels)
            .map(|(id, version, outcome, waits)| PendingEntry {
                model: self.monitor.model.clone(),
                version: self.versions[version as usize].name.clone(),
                id,
                outcome: self.outcome_text(outcome),
                waits,
            })
            .chain(queries)
            .collect()
    }

    fn outcome_text(&self, outcome: Outcome) -> (String, String) {
        let (kind, text) = self.classes.to_text(outcome);
        (kind.to_owned(), text)
    }

    fn waiting_truth(&self, truth: Truth) -> WaitingTruth {
        let is_kept = truth.value != Outcome::Missing;
        WaitingTruth { outcome: is_kept.then(|| self.outcome_text(truth.value)), time: truth.time }
    }

    fn load_outcome(&mut self, id: u64, (kind, text): &(String, String)) -> Result<Outcome> {
        self.classes.from_text(kind, text).ok_or_else(|| {
            EngineError::InvalidArgument(format!(
                "pending outcome of prediction {id:016x} is {kind} {text:?}, which is none"
            ))
        })
    }

    fn load_truth(&mut self, id: u64, truth: &WaitingTruth) -> Result<Truth> {
        let value = match &truth.outcome {
            Some(outcome) => self.load_outcome(id, outcome)?,
            None => Outcome::Missing,
        };
        Ok(Truth { value, time: truth.time })
    }

    fn load_pending(&mut self, entry: PendingEntry) -> Result<()> {
        let version = self.version_index(&entry.version)?;
        let outcome = self.load_outcome(entry.id, &entry.outcome)?;
        let horizon = self.monitor.label_horizon;
        match entry.waits {
            Waiting::Prediction { time, score, weight, label, query, segments } => {
                let label = label.map(|truth| self.load_truth(entry.id, &truth)).transpose()?;
                let table = &mut self.versions[version].segments;
                let ids: Vec<_> = segments.into_iter().map(|segment| table.intern(segment)).collect();
                let place = self.join.intern_place(version as u32, &ids);
                let prediction = Prediction { time, predicted: outcome, score, weight, query, place, label };
                self.join.load_prediction(entry.id, prediction, horizon);
            }
            Waiting::Label { time, waits_since, source, corrected } => {
                let truth = Truth { value: outcome, time };
                let label = Label { truth, waits_since, version: version as u32, source: None };
                let corrected = corrected.into_iter().map(|CorrectedLabel { source, outcome }| {
                    Ok((source, self.load_outcome(entry.id, &outcome)?))
                });
                let sources = LoadedSources { source, corrected: corrected.collect::<Result<_>>()? };
                self.join.load_label(entry.id, label, &sources, horizon);
            }
            Waiting::Query(query) => self.load_query(version, entry.id, query),
        }
        Ok(())
    }
}
