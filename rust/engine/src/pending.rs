//! Predictions and labels that wait for each other, taken out and in again over a restart.

use crate::engine::Engine;
use crate::error::{EngineError, Result};
use crate::join::{Label, Prediction, SegmentLists};
use crate::model::Model;
use crate::segment::{Segment, SegmentId};

/// One entry of the label join, free of numbers that mean something only inside one process.
#[derive(Debug, Clone, PartialEq)]
pub struct PendingEntry {
    /// Model name.
    pub model: String,
    /// Version label.
    pub version: String,
    /// Hash of the prediction id.
    pub id: u64,
    /// Kind and text of the outcome: see [`crate::outcome::Classes::to_text`].
    pub outcome: (String, String),
    /// What waits.
    pub waits: Waiting,
}

/// What waits.
#[derive(Debug, Clone, PartialEq)]
pub enum Waiting {
    /// A prediction; one that has its label is remembered so that a second label is known.
    Prediction {
        /// Event time, nanoseconds since the Unix epoch.
        time: i64,
        /// NaN when there is none.
        score: f64,
        /// Whether its label has come.
        labelled: bool,
        /// The segments of the record.
        segments: Vec<Segment>,
    },
    /// A label.
    Label {
        /// When it became known, if it was said.
        time: Option<i64>,
        /// Event time by which it expires.
        waits_since: i64,
    },
}

/// What waits in one model, in the numbers of this process.
#[derive(Debug)]
pub(crate) struct Pending {
    predictions: Vec<(u64, Prediction)>,
    labels: Vec<(u64, Label)>,
    segment_lists: SegmentLists,
}

impl Pending {
    /// The lowest identifier last, so that it is taken first.
    pub(crate) fn sort(&mut self) {
        self.predictions.sort_unstable_by_key(|&(id, _)| std::cmp::Reverse(id));
        self.labels.sort_unstable_by_key(|&(id, _)| std::cmp::Reverse(id));
    }
}

impl Engine {
    /// Takes entries in and tells their number.
    ///
    /// # Errors
    /// [`EngineError::InvalidArgument`] for an outcome that is none; [`EngineError::Limit`].
    pub fn load_pending(&self, entries: Vec<PendingEntry>) -> Result<usize> {
        let count = entries.len();
        for entry in entries {
            let model = self.model_or_new(&entry.model)?;
            let mut model = model.write()?;
            model.load_pending(entry)?;
            self.note_join(&mut model);
        }
        Ok(count)
    }
}

impl Model {
    /// Everything that waits in this model, as it is now.
    pub(crate) fn pending(&self) -> Pending {
        Pending {
            predictions: self.join.predictions().map(|(id, prediction)| (id, *prediction)).collect(),
            labels: self.join.labels().map(|(id, label)| (id, *label)).collect(),
            segment_lists: self.join.segment_lists(),
        }
    }

    /// Takes so many entries of what waited, predictions first, each by identifier.
    pub(crate) fn pending_entries(&self, pending: &mut Pending, most: usize) -> Vec<PendingEntry> {
        let Pending { predictions, labels, segment_lists } = pending;
        let taken = predictions.split_off(predictions.len().saturating_sub(most));
        let taken_labels = labels.split_off(labels.len().saturating_sub(most - taken.len()));
        let predictions = taken.iter().rev().map(|(id, prediction)| {
            let version = &self.versions[prediction.version as usize];
            let segment = |&segment: &SegmentId| version.segments.get(segment).clone();
            let waits = Waiting::Prediction {
                time: prediction.time,
                score: prediction.score,
                labelled: prediction.labelled,
                segments: segment_lists[prediction.segments as usize].iter().map(segment).collect(),
            };
            (*id, prediction.version, prediction.predicted, waits)
        });
        let labels = taken_labels.iter().rev().map(|(id, label)| {
            let waits = Waiting::Label { time: label.time, waits_since: label.waits_since };
            (*id, label.version, label.value, waits)
        });
        predictions
            .chain(labels)
            .map(|(id, version, outcome, waits)| {
                let (kind, text) = self.classes.to_text(outcome);
                PendingEntry {
                    model: self.monitor.model.clone(),
                    version: self.versions[version as usize].name.clone(),
                    id,
                    outcome: (kind.to_owned(), text),
                    waits,
                }
            })
            .collect()
    }

    fn load_pending(&mut self, entry: PendingEntry) -> Result<()> {
        let version = self.version_index(&entry.version)?;
        let (kind, text) = &entry.outcome;
        let outcome = self.classes.from_text(kind, text).ok_or_else(|| {
            EngineError::InvalidArgument(format!(
                "pending outcome of prediction {:016x} is {kind} {text:?}, which is none",
                entry.id
            ))
        })?;
        let horizon = self.monitor.label_horizon;
        match entry.waits {
            Waiting::Prediction { time, score, labelled, segments } => {
                let table = &mut self.versions[version].segments;
                let ids: Vec<_> = segments.into_iter().map(|segment| table.intern(segment)).collect();
                let segments = self.join.intern_segments(&ids);
                let version = version as u32;
                let prediction = Prediction { time, predicted: outcome, score, version, segments, labelled };
                self.join.add_prediction(entry.id, prediction, horizon);
            }
            Waiting::Label { time, waits_since } => {
                let label = Label { value: outcome, time, waits_since, version: version as u32 };
                self.join.add_label(entry.id, label, horizon);
            }
        }
        Ok(())
    }
}
