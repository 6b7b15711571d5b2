//! The label join: predictions and labels of one model wait for each other by prediction id.
//!
//! A prediction and its label stay until the horizon, so that a second label is known for what it is: a repeat of the
//! first, its correction, or older news. Time is the event time of predictions, so that a replay of old data behaves
//! like the original.
//!
//! A prediction lies in a chunk of its time, 30 bytes of it, and is never moved; an index finds it by its identifier. A
//! chunk goes as a whole when its time is over.

mod ahead;
mod chunk;
mod entries;
mod expiry;
mod gone;
mod index;
mod lent;
mod line;
mod marks;
mod packed;
mod places;
mod prefetch;
mod sources;
mod sweep;
mod table;
mod tags;
#[cfg(test)]
mod tests;
mod waiting;

use foldhash::quality::RandomState;

use self::ahead::ReadAhead;
use self::entries::Entries;
use self::index::{Hash, Index};
use self::waiting::WaitingLabels;
use crate::outcome::Outcome;
use crate::segment::SegmentId;

pub(crate) use self::chunk::Chunk;
pub use self::expiry::Expired;
pub(crate) use self::places::{PlaceList, Places};
pub use self::sources::SourceNumber;
pub(crate) use self::sources::{LabelSources, LoadedSources};

/// Buckets of the horizon by which waiting entries expire.
const BUCKETS_PER_HORIZON: i64 = 64;
/// The longest bucket, in nanoseconds: a horizon of more than 104 days has more of them.
const LONGEST_BUCKET: i64 = 1 << 47;
/// An index of no more bytes is likely to be in the processor's cache. Tests are to read ahead nevertheless.
const CACHED: usize = if cfg!(test) { 0 } else { 1 << 19 };

/// A prediction that waits for its label.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prediction {
    /// Event time, nanoseconds since the Unix epoch.
    pub time: i64,
    /// What the model said.
    pub predicted: Outcome,
    /// Its score; NaN when there is none.
    pub score: f64,
    /// How much it counts in weighted figures, if it has a weight; at least 0 and finite.
    pub weight: Option<f64>,
    /// Hash of the id of the query whose list it is in, if it is in one.
    pub query: Option<u64>,
    /// Number of the version and of the segments that the record is in.
    pub place: u32,
    /// Its label, if that has come.
    pub label: Option<Truth>,
}

/// What is true of a prediction, as somebody has said.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Truth {
    /// The truth; [`Outcome::Missing`] where only that there is one was kept, as older versions did.
    pub value: Outcome,
    /// When it became known, if it was said; nanoseconds since the Unix epoch.
    pub time: Option<i64>,
}

/// What a label is beside one that came before it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Second {
    /// It says the same.
    Repeated,
    /// It says something else, which holds from now on instead of this.
    Corrected(Outcome),
    /// It says something else, and became known before the other did.
    Stale,
}

impl Truth {
    /// Takes in another label of the same prediction. What became known later holds; of two that became known at one
    /// time, or of which one does not say when, that which comes later.
    fn take(&mut self, other: Self) -> Second {
        let times = self.time.zip(other.time);
        if self.value == Outcome::Missing || self.value.is_same(other.value) {
            // From now on what holds is known to have held this long.
            self.time = self.time.max(other.time);
            return Second::Repeated;
        }
        if times.is_some_and(|(time, other)| other < time) {
            return Second::Stale;
        }
        Second::Corrected(std::mem::replace(self, other).value)
    }
}

/// A label that waits for its prediction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Label {
    /// What it says.
    pub truth: Truth,
    /// Event time by which it expires.
    pub waits_since: i64,
    /// Number of the version that its batch named.
    pub version: u32,
    /// Number of who gave it, in the join in which it waits, where somebody asks: see [`Join::set_source`].
    pub source: Option<SourceNumber>,
}

/// What becomes of a label.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Arrival {
    /// Its prediction was there.
    Matched(Prediction),
    /// Another label of its prediction was there; the prediction too, unless both labels wait for it.
    Again(Option<Prediction>, Second),
    /// It waits.
    Waiting,
}

/// The table of those that wait.
#[derive(Debug)]
pub struct Join {
    entries: Entries,
    index: Index,
    ahead: ReadAhead,
    labels: WaitingLabels,
    /// The horizon that the buckets are parts of.
    horizon: i64,
    newest: Option<i64>,
    places: Places,
    unlabelled: u64,
    /// What is on disk cannot be made what it is to be by adding to it.
    rewrites: bool,
    /// That was so when a flush began.
    rewriting: bool,
}

/// What a flush writes of a join.
#[derive(Debug, Default)]
pub(crate) struct Unwritten {
    /// Predictions, from the given one of each chunk on.
    pub(crate) chunks: Vec<(Chunk, usize)>,
    /// Predictions on disk, with the label that has come since.
    pub(crate) labelled: Vec<(u64, Prediction)>,
    /// Labels that wait.
    pub(crate) labels: Vec<(u64, Label)>,
    /// Who gave them.
    pub(crate) sources: LabelSources,
    /// Places by their number.
    pub(crate) places: PlaceList,
}

impl Default for Join {
    fn default() -> Self {
        Self {
            entries: Entries::new(1),
            index: Index::default(),
            ahead: ReadAhead::default(),
            labels: WaitingLabels::default(),
            horizon: 0,
            newest: None,
            places: Places::default(),
            unlabelled: 0,
            rewrites: false,
            rewriting: false,
        }
    }
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
        for (_, label) in self.labels.iter() {
            counts[label.version as usize] += 1;
        }
        counts
    }

    /// Predictions, labelled ones included, and labels.
    pub fn waiting(&self) -> usize {
        self.entries.len() + self.labels.len()
    }

    /// Event time of the newest prediction.
    pub fn newest(&self) -> Option<i64> {
        self.newest
    }

    /// Numbers a version and a list of segments.
    pub fn intern_place(&mut self, version: u32, segments: &[SegmentId]) -> u32 {
        self.places.intern(version, segments)
    }

    /// The version of a place.
    pub fn version(&self, place: u32) -> u32 {
        self.places.list().version(place)
    }

    /// The segments of a place.
    pub fn segments(&self, place: u32) -> &[SegmentId] {
        self.places.list().segments(place)
    }

    /// Whether the next flush must write everything: what expires is known at the next start, all else that was let go, or
    /// was read from disk, is not.
    pub(crate) fn rewrites(&self) -> bool {
        self.rewrites
    }

    /// Notes that what is on disk must be written anew.
    pub(crate) fn rewrite(&mut self) {
        self.rewrites = true;
    }

    /// What changed since the last flush, or everything; it stays as it is now. [`Join::finish_flush`] must follow.
    pub(crate) fn take_unwritten(&mut self, whole: bool) -> Unwritten {
        self.rewriting = std::mem::take(&mut self.rewrites);
        let (chunks, slots) = self.entries.take_unwritten(whole);
        let mut labelled: Vec<_> = slots.into_iter().filter_map(|slot| self.entries.find(slot)).collect();
        labelled.retain(|(_, prediction)| prediction.label.is_some());
        let labels = self.labels.iter().map(|(id, label)| (id, *label)).collect();
        let (sources, places) = (self.labels.sources().clone(), self.places.list().clone());
        Unwritten { chunks, labelled, labels, sources, places }
    }

    /// What a flush has taken is on disk, or is not.
    pub(crate) fn finish_flush(&mut self, is_written: bool) {
        self.rewrites |= self.rewriting && !is_written;
        self.rewriting = false;
        self.entries.finish_flush(is_written);
    }

    /// Waiting labels by identifier.
    pub fn labels(&self) -> impl Iterator<Item = (u64, &Label)> {
        self.labels.iter()
    }

    /// Asks for the memory that the identifiers of a batch will need from a row on. It is to be called before each row, and
    /// does something at the first and at every sixteenth.
    #[inline]
    pub fn read_ahead(&mut self, ids: &[Option<u64>], row: usize) {
        if self.index.is_larger(CACHED) {
            self.ahead.before(row, ids, &self.index, &self.entries);
        }
    }

    /// A prediction comes in; gives the label that was waiting for it, and what that is beside the one which the
    /// prediction brought, if it did. An identifier seen before keeps its first prediction. [`Join::take_sources`] must
    /// follow where a label was waiting.
    pub fn add_prediction(
        &mut self,
        id: u64,
        mut prediction: Prediction,
        horizon: i64,
    ) -> Option<(Label, Option<Second>)> {
        self.arrange(horizon);
        self.newest = self.newest.max(Some(prediction.time));
        let hash = self.index.hash(id);
        if self.find(hash, id).is_some() {
            return None;
        }
        let waiting = self.labels.remove(id).map(|label| match &mut prediction.label {
            Some(truth) => (label, Some(truth.take(label.truth))),
            none => {
                *none = Some(label.truth);
                (label, None)
            }
        });
        self.unlabelled += u64::from(prediction.label.is_none());
        self.insert(hash, id, &prediction);
        waiting
    }

    /// A label comes in.
    #[inline]
    pub fn add_label(&mut self, id: u64, label: Label, horizon: i64) -> Arrival {
        self.arrange(horizon);
        let found = self.ahead.find(id, &self.entries).or_else(|| self.find(self.index.hash(id), id));
        if let Some(slot) = found {
            let prediction = self.entries.get(slot);
            let Some(mut truth) = prediction.label else {
                self.entries.set_truth(slot, label.truth);
                self.unlabelled -= 1;
                return Arrival::Matched(prediction);
            };
            let (before, second) = (truth, truth.take(label.truth));
            if truth != before {
                self.entries.set_truth(slot, truth);
            }
            return Arrival::Again(Some(prediction), second);
        }
        if let Some(second) = self.labels.take_again(id, label.truth) {
            return Arrival::Again(None, second);
        }
        self.labels.add(id, label);
        Arrival::Waiting
    }

    /// Takes a prediction in that was written later than what is here. One of the same identifier has expired since: it is
    /// found no more, and goes with its time. So has a label that waited, if the prediction does not have it.
    pub(crate) fn load_prediction(&mut self, id: u64, prediction: Prediction, horizon: i64) {
        self.arrange(horizon);
        let hash = self.index.hash(id);
        if let Some(slot) = self.find(hash, id) {
            self.index.remove(hash, slot);
            self.ahead.forget();
        }
        self.forget_label(id);
        self.add_prediction(id, prediction, horizon);
    }

    /// Takes a label in that was written later than what is here: of a prediction, or one that waits, with who gave those
    /// that it has corrected.
    pub(crate) fn load_label(&mut self, id: u64, label: Label, sources: &LoadedSources, horizon: i64) {
        self.arrange(horizon);
        self.forget_label(id);
        if self.add_label(id, label, horizon) == Arrival::Waiting {
            self.load_sources(id, sources);
        }
    }

    fn find(&self, hash: Hash, id: u64) -> Option<u32> {
        self.index.find(hash, |slot| self.entries.holds(slot, id))
    }

    #[inline]
    fn insert(&mut self, hash: Hash, id: u64, prediction: &Prediction) {
        let slot = self.entries.add(id, prediction);
        self.index.insert(hash, slot, hash_of(&self.entries));
    }

    /// Makes the buckets anew where they are parts of another horizon.
    #[inline]
    fn arrange(&mut self, horizon: i64) {
        if self.horizon != horizon {
            self.arrange_anew(horizon);
        }
    }

    #[cold]
    fn arrange_anew(&mut self, horizon: i64) {
        self.horizon = horizon;
        self.rewrites |= self.entries.len() > 0;
        let length = (horizon / BUCKETS_PER_HORIZON).clamp(1, LONGEST_BUCKET);
        self.labels.arrange(length);
        let mut earlier = std::mem::replace(&mut self.entries, Entries::new(length));
        self.index = Index::default();
        self.ahead.forget();
        while let Some(bucket) = earlier.oldest() {
            for chunk in earlier.take(bucket) {
                for (id, prediction) in (0..chunk.len()).map(|at| chunk.get(at)) {
                    self.insert(self.index.hash(id), id, &prediction);
                }
            }
        }
    }

    /// Bytes that all this takes. A flush shares it, and copies what changes while it writes.
    pub fn bytes(&self) -> u64 {
        let predictions = self.entries.bytes() + self.index.bytes();
        (predictions + self.labels.bytes() + self.places.bytes()) as u64
    }
}

/// The hash of what a slot holds.
fn hash_of(entries: &Entries) -> impl Fn(&RandomState, u32) -> Option<Hash> + '_ {
    |hasher, slot| (!entries.is_gone(slot)).then(|| Hash::of(hasher, entries.id(slot)))
}
