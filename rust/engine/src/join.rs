//! The label join: predictions and labels of one model wait for each other by prediction id.
//!
//! The first label of a prediction counts, whenever it comes within the horizon; the prediction's entry stays
//! until the horizon so that a second label is known for what it is. Time is the event time of predictions,
//! so that a replay of old data behaves like the original.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::keyed::KeyedMap;

use crate::outcome::Outcome;
use crate::segment::SegmentId;

/// Buckets of the horizon by which waiting entries expire.
const BUCKETS_PER_HORIZON: i64 = 64;
/// What a list of segments takes, in a vector and in a table, for lists of a few.
const SEGMENT_LIST_BYTES: usize = 192;
/// A table of which less than this part is filled is made smaller.
const LEAST_FILLED: usize = 4;

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

/// Lists of segments by their number. Numbers change when lists are forgotten.
pub(crate) type SegmentLists = Arc<Vec<Vec<SegmentId>>>;

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
    /// How many.
    pub count: u64,
    /// Versions of the labels whose prediction never came.
    pub orphans: Vec<u32>,
}

/// The table of those that wait.
#[derive(Debug, Default)]
pub struct Join {
    predictions: KeyedMap<u64, Prediction>,
    labels: KeyedMap<u64, Label>,
    /// Identifiers by bucket of time. An identifier may be left in a bucket that its entry is no longer in.
    buckets: BTreeMap<i64, Vec<u64>>,
    /// Identifiers in all buckets.
    remembered: usize,
    /// The horizon that the buckets are parts of.
    horizon: i64,
    newest: Option<i64>,
    /// Lists of segments, shared by the records that are in the same ones.
    segment_lists: SegmentLists,
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
        Arc::make_mut(&mut self.segment_lists).push(list.to_vec());
        self.segment_list_ids.insert(list.to_vec(), id);
        id
    }

    /// The list with this number.
    pub fn segments(&self, id: u32) -> &[SegmentId] {
        &self.segment_lists[id as usize]
    }

    /// All lists by their number, as they are now.
    pub(crate) fn segment_lists(&self) -> SegmentLists {
        Arc::clone(&self.segment_lists)
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
        self.arrange(horizon);
        self.buckets.entry(bucket_of(time, horizon)).or_default().push(id);
        self.remembered += 1;
    }

    /// Makes the buckets anew where they are parts of another horizon.
    fn arrange(&mut self, horizon: i64) {
        if self.horizon == horizon {
            return;
        }
        self.horizon = horizon;
        self.buckets.clear();
        let predictions = self.predictions.iter().map(|(&id, prediction)| (id, prediction.time));
        let labels = self.labels.iter().map(|(&id, label)| (id, label.waits_since));
        for (id, time) in predictions.chain(labels) {
            self.buckets.entry(bucket_of(time, horizon)).or_default().push(id);
        }
        self.remembered = self.buckets.values().map(Vec::len).sum();
    }

    /// Lets go of what is older than the horizon, and of the oldest when there are too many.
    pub fn expire(&mut self, horizon: i64, max_pending: u64) -> Expired {
        let mut expired = Expired::default();
        self.arrange(horizon);
        let Some(newest) = self.newest else { return expired };
        let oldest_kept = bucket_of(newest.saturating_sub(horizon), horizon);
        while let Some(&number) = self.buckets.keys().next() {
            let is_full = self.waiting() as u64 > max_pending;
            if number >= oldest_kept && !is_full {
                break;
            }
            let Some(ids) = self.buckets.remove(&number) else { break };
            self.remembered -= ids.len();
            for id in ids {
                self.forget(id, number, &mut expired);
            }
        }
        self.shrink();
        expired
    }

    /// Lets go of so many, the oldest first. Which those are depends on nothing but what waits, so that they are the same
    /// when the log is counted again.
    pub fn release(&mut self, count: usize) -> Expired {
        let mut expired = Expired::default();
        let kept = self.waiting().saturating_sub(count);
        while self.waiting() > kept
            && let Some((number, mut ids)) = self.buckets.pop_first()
        {
            self.remembered -= ids.len();
            ids.retain(|&id| self.bucket_of_entry(id) == Some(number));
            let released = (self.waiting() - kept).min(ids.len());
            if released < ids.len() {
                ids.sort_unstable_by_key(|&id| (self.time_of_entry(id), id));
                ids.dedup();
            }
            let left = ids.split_off(released.min(ids.len()));
            for id in ids {
                self.forget(id, number, &mut expired);
            }
            self.remembered += left.len();
            if !left.is_empty() {
                self.buckets.insert(number, left);
            }
        }
        self.forget_segment_lists();
        self.shrink();
        expired
    }

    /// Lets an identifier's entry go, if it is in this bucket.
    fn forget(&mut self, id: u64, bucket: i64, expired: &mut Expired) {
        if self.bucket_of_entry(id) != Some(bucket) {
            return;
        }
        if let Some(prediction) = self.predictions.remove(&id) {
            expired.count += 1;
            self.unlabelled -= u64::from(!prediction.labelled);
        }
        if let Some(label) = self.labels.remove(&id) {
            expired.count += 1;
            expired.orphans.push(label.version);
        }
    }

    /// The time by which an identifier's entry expires. It never has a prediction and a label that wait.
    fn time_of_entry(&self, id: u64) -> Option<i64> {
        let prediction = self.predictions.get(&id).map(|prediction| prediction.time);
        prediction.or_else(|| self.labels.get(&id).map(|label| label.waits_since))
    }

    fn bucket_of_entry(&self, id: u64) -> Option<i64> {
        self.time_of_entry(id).map(|time| bucket_of(time, self.horizon))
    }

    /// Forgets the lists of segments that no prediction has any more.
    fn forget_segment_lists(&mut self) {
        let mut kept: KeyedMap<u32, u32> = KeyedMap::default();
        let mut lists = Vec::new();
        for prediction in self.predictions.values_mut() {
            let old = prediction.segments;
            prediction.segments = *kept.entry(old).or_insert_with(|| {
                lists.push(self.segment_lists[old as usize].clone());
                lists.len() as u32 - 1
            });
        }
        self.segment_list_ids = lists.iter().cloned().zip(0..).collect();
        self.segment_lists = Arc::new(lists);
    }

    /// Gives memory back that only earlier entries needed.
    fn shrink(&mut self) {
        if self.predictions.len() < self.predictions.capacity() / LEAST_FILLED {
            self.predictions.shrink_to(self.predictions.len() * 2);
        }
        if self.labels.len() < self.labels.capacity() / LEAST_FILLED {
            self.labels.shrink_to(self.labels.len() * 2);
        }
    }

    /// Predictions, labelled ones included, and labels.
    pub fn waiting(&self) -> usize {
        self.predictions.len() + self.labels.len()
    }

    /// Bytes that all this takes, roughly, and those of the copy that a flush makes.
    pub fn bytes(&self) -> u64 {
        // Tables have a byte beside each place, and an eighth of the places are never filled.
        let table = |capacity: usize, entry: usize| capacity * 8 / 7 * (entry + 1);
        let predictions = table(self.predictions.capacity(), size_of::<(u64, Prediction)>());
        let labels = table(self.labels.capacity(), size_of::<(u64, Label)>());
        let lists = self.segment_lists.len() * SEGMENT_LIST_BYTES;
        let copy = self.predictions.len() * size_of::<(u64, Prediction)>()
            + self.labels.len() * size_of::<(u64, Label)>();
        (predictions + labels + self.remembered * 2 * size_of::<u64>() + lists + copy) as u64
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HORIZON: i64 = 6_400;

    fn prediction(time: i64, segments: u32) -> Prediction {
        Prediction {
            time,
            predicted: Outcome::Boolean(true),
            score: 0.5,
            version: 0,
            segments,
            labelled: false,
        }
    }

    fn label(time: i64) -> Label {
        Label { value: Outcome::Boolean(true), time: None, waits_since: time, version: 0 }
    }

    /// Everything that waits, by identifier, with the segments in words.
    fn entries(join: &Join) -> BTreeMap<u64, String> {
        let predictions = join.predictions().map(|(id, each)| {
            let segments = join.segments(each.segments);
            (id, format!("{:?} {segments:?}", Prediction { segments: 0, ..*each }))
        });
        predictions.chain(join.labels().map(|(id, each)| (id, format!("{each:?}")))).collect()
    }

    /// The same join as a start makes it from what a flush wrote.
    fn loaded(join: &Join) -> Join {
        let mut loaded = Join::default();
        let mut predictions: Vec<_> = join.predictions().collect();
        predictions.sort_unstable_by_key(|&(id, _)| id);
        for (id, each) in predictions {
            let segments = loaded.intern_segments(join.segments(each.segments));
            loaded.add_prediction(id, Prediction { segments, ..*each }, HORIZON);
        }
        for (id, each) in join.labels() {
            loaded.add_label(id, *each, HORIZON);
        }
        loaded
    }

    proptest! {
        /// Half of the predictions find a label that came before, so that identifiers stay behind in older buckets.
        #[test]
        fn a_loaded_join_releases_the_same_as_the_one_that_went_on(
            arrivals in prop::collection::vec((0..200_u64, 0..20_000_i64, any::<bool>(), 0..3_u32), 1..300),
            counts in prop::collection::vec(0..60_usize, 1..4),
        ) {
            let mut join = Join::default();
            for (id, time, is_label, segment) in arrivals {
                if is_label {
                    join.add_label(id, label(time), HORIZON);
                } else {
                    let segments = join.intern_segments(&[0, segment]);
                    join.add_prediction(id, prediction(time, segments), HORIZON);
                }
            }
            let mut loaded = loaded(&join);
            for count in counts {
                let before = entries(&join);
                let times: BTreeMap<_, _> = before.keys().map(|&id| (id, join.time_of_entry(id))).collect();
                let expired = join.release(count);
                prop_assert_eq!(expired.count, loaded.release(count).count);
                let after = entries(&join);
                prop_assert_eq!(&after, &entries(&loaded));
                prop_assert_eq!(after.len(), before.len() - count.min(before.len()));
                let oldest = after.keys().map(|id| times[id]).min();
                let gone = times.iter().filter(|(id, _)| !after.contains_key(id)).map(|(_, time)| *time).max();
                prop_assert!(gone.is_none() || oldest.is_none() || gone <= oldest, "{gone:?} {oldest:?}");
                prop_assert!(after.iter().all(|(id, each)| before[id] == *each));
            }
            let all = join.waiting();
            prop_assert_eq!(join.expire(HORIZON, 0).count as usize, if join.newest().is_some() { all } else { 0 });
        }
    }

    #[test]
    fn what_was_let_go_gives_its_memory_back() {
        let mut join = Join::default();
        for id in 0..100_000 {
            let segments = join.intern_segments(&[0, id as u32 % 1_000]);
            join.add_prediction(id, prediction(id as i64, segments), HORIZON);
        }
        let full = join.bytes();
        join.release(99_000);
        assert_eq!((join.waiting(), join.segment_lists.len()), (1_000, 1_000));
        assert!(join.bytes() < full / 10, "{} of {full}", join.bytes());
    }

    #[test]
    fn another_horizon_sorts_the_entries_anew() {
        let mut join = Join::default();
        let segments = join.intern_segments(&[0]);
        for time in [0, 1_000, 10_000] {
            join.add_prediction(time as u64, prediction(time, segments), HORIZON);
        }
        assert_eq!(join.expire(9_600, 10).count, 1);
        assert_eq!(join.expire(9_000, 10).count, 0);
        assert_eq!(join.expire(4_000, 10).count, 1);
        assert_eq!(join.waiting(), 1);
    }
}
