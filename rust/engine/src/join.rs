//! The label join: predictions and labels of one model wait for each other by prediction id.
//!
//! The first label of a prediction counts, whenever it comes within the horizon; the prediction's entry stays
//! until the horizon so that a second label is known for what it is. Time is the event time of predictions,
//! so that a replay of old data behaves like the original.

use std::collections::BTreeMap;

use crate::keyed::KeyedMap;

use crate::outcome::Outcome;
use crate::segment::SegmentId;

/// Buckets of the horizon by which waiting entries expire.
const BUCKETS_PER_HORIZON: i64 = 64;

/// A prediction that waits for its label.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prediction {
    /// Event time, nanoseconds since the Unix epoch.
    pub time: i64,
    /// What the model said.
    pub predicted: Outcome,
    /// Its score; NaN when there is none.
    pub score: f64,
    /// Number of the version in the model.
    pub version: u32,
    /// Number of the list of segments the record is in.
    pub segments: u32,
    /// Whether its label has come.
    pub labelled: bool,
}

/// A label that waits for its prediction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Label {
    /// The truth.
    pub value: Outcome,
    /// When it became known, if it was said; nanoseconds since the Unix epoch.
    pub time: Option<i64>,
    /// Event time by which it expires.
    pub waits_since: i64,
    /// Number of the version that its batch named.
    pub version: u32,
}

/// What becomes of a label.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Arrival {
    /// Its prediction was there.
    Matched(Prediction),
    /// Its prediction has a label already.
    Duplicate,
    /// It waits.
    Waiting,
}

/// Entries let go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expired {
    /// Versions of the labels whose prediction never came.
    pub orphans: Vec<u32>,
}

/// The table of those that wait.
#[derive(Debug, Default)]
pub struct Join {
    predictions: KeyedMap<u64, Prediction>,
    labels: KeyedMap<u64, Label>,
    /// Identifiers by bucket of time.
    buckets: BTreeMap<i64, Vec<u64>>,
    newest: Option<i64>,
    /// Lists of segments, shared by the records that are in the same ones.
    segment_lists: Vec<Vec<SegmentId>>,
    segment_list_ids: KeyedMap<Vec<SegmentId>, u32>,
    unlabelled: u64,
}

impl Join {
    /// Predictions whose label has not come.
    pub fn waiting_predictions(&self) -> u64 {
        self.unlabelled
    }

    /// Labels whose prediction has not come.
    pub fn waiting_labels(&self) -> u64 {
        self.labels.len() as u64
    }

    /// The same by the version that their batch named.
    pub fn waiting_labels_by_version(&self, versions: usize) -> Vec<u64> {
        let mut counts = vec![0; versions];
        for label in self.labels.values() {
            counts[label.version as usize] += 1;
        }
        counts
    }

    /// Event time of the newest prediction.
    pub fn newest(&self) -> Option<i64> {
        self.newest
    }

    /// Numbers a list of segments.
    pub fn intern_segments(&mut self, list: &[SegmentId]) -> u32 {
        if let Some(&id) = self.segment_list_ids.get(list) {
            return id;
        }
        let id = self.segment_lists.len() as u32;
        self.segment_lists.push(list.to_vec());
        self.segment_list_ids.insert(list.to_vec(), id);
        id
    }

    /// The list with this number.
    pub fn segments(&self, id: u32) -> &[SegmentId] {
        &self.segment_lists[id as usize]
    }

    /// A prediction comes in; gives the label that was waiting for it. An identifier seen before keeps its
    /// first prediction.
    pub fn add_prediction(&mut self, id: u64, mut prediction: Prediction, horizon: i64) -> Option<Label> {
        self.newest = self.newest.max(Some(prediction.time));
        if self.predictions.contains_key(&id) {
            return None;
        }
        let label = self.labels.remove(&id);
        prediction.labelled |= label.is_some();
        self.unlabelled += u64::from(!prediction.labelled);
        self.predictions.insert(id, prediction);
        self.remember(id, prediction.time, horizon);
        label
    }

    /// A label comes in.
    pub fn add_label(&mut self, id: u64, label: Label, horizon: i64) -> Arrival {
        match self.predictions.get_mut(&id) {
            Some(prediction) if prediction.labelled => Arrival::Duplicate,
            Some(prediction) => {
                prediction.labelled = true;
                self.unlabelled -= 1;
                Arrival::Matched(*prediction)
            }
            None if self.labels.contains_key(&id) => Arrival::Duplicate,
            None => {
                self.labels.insert(id, label);
                self.remember(id, label.waits_since, horizon);
                Arrival::Waiting
            }
        }
    }

    fn remember(&mut self, id: u64, time: i64, horizon: i64) {
        self.buckets.entry(bucket_of(time, horizon)).or_default().push(id);
    }

    /// Lets go of what is older than the horizon, and of the oldest when there are too many.
    pub fn expire(&mut self, horizon: i64, max_pending: u64) -> Expired {
        let mut expired = Expired::default();
        let Some(newest) = self.newest else { return expired };
        let oldest_kept = bucket_of(newest.saturating_sub(horizon), horizon);
        while let Some(bucket) = self.buckets.first_entry() {
            let is_full = (self.predictions.len() + self.labels.len()) as u64 > max_pending;
            if *bucket.key() >= oldest_kept && !is_full {
                break;
            }
            for id in bucket.remove() {
                self.forget(id, &mut expired);
            }
        }
        expired
    }

    fn forget(&mut self, id: u64, expired: &mut Expired) {
        if let Some(prediction) = self.predictions.remove(&id) {
            self.unlabelled -= u64::from(!prediction.labelled);
        }
        if let Some(label) = self.labels.remove(&id) {
            expired.orphans.push(label.version);
        }
    }

    /// Predictions by identifier, labelled ones included.
    pub fn predictions(&self) -> impl Iterator<Item = (u64, &Prediction)> {
        self.predictions.iter().map(|(&id, prediction)| (id, prediction))
    }

    /// Waiting labels by identifier.
    pub fn labels(&self) -> impl Iterator<Item = (u64, &Label)> {
        self.labels.iter().map(|(&id, label)| (id, label))
    }
}

fn bucket_of(time: i64, horizon: i64) -> i64 {
    time.div_euclid((horizon / BUCKETS_PER_HORIZON).max(1))
}
