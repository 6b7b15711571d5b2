//! Predictions of a bucket's length of time, or some of them, and their labels.

use super::lent::Lent;
use super::packed::{PackedPrediction, PackedTruth};
use super::prefetch::prefetch;
use super::{Prediction, Truth};

/// Predictions of a chunk.
pub(super) const CHUNK: usize = 1 << 12;
/// The most room that a list of a chunk has and does not need.
const MOST_ROOM: usize = CHUNK / 8;

/// Predictions of a bucket's length of time, or some of them. A flush shares what it writes: what changes meanwhile is
/// copied, a chunk at a time.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    /// Start of its bucket.
    start: i64,
    predictions: Lent<Predictions>,
    truths: Lent<Truths>,
    /// Predictions that are on disk, and those that a flush is writing.
    written: u16,
    taken: u16,
}

#[derive(Debug, Clone, Default)]
struct Predictions {
    packed: Vec<PackedPrediction>,
    /// Scores that have no room there, of as many predictions as needed for the last of them.
    scores: Vec<f64>,
    /// Weights, NaN for none, of as many predictions as needed for the last that has one: none where records have no
    /// weights.
    weights: Vec<f64>,
    /// Queries, 0 for none, in the same way.
    queries: Vec<u64>,
}

impl Predictions {
    /// Adds a prediction, and tells how many more bytes that takes.
    #[inline]
    fn push(&mut self, id: u64, prediction: &Prediction, offset: u64) -> usize {
        let (packed, score) = PackedPrediction::new(id, prediction, offset);
        let has_more = score.is_some() || prediction.weight.is_some() || prediction.query.is_some();
        if has_more || self.packed.len() == self.packed.capacity() {
            return self.push_with_room(packed, prediction, score);
        }
        self.packed.push(packed);
        0
    }

    #[inline(never)]
    fn push_with_room(
        &mut self,
        packed: PackedPrediction,
        prediction: &Prediction,
        score: Option<f64>,
    ) -> usize {
        let (before, at) = (self.bytes(), self.packed.len());
        make_room(&mut self.packed);
        self.packed.push(packed);
        if let Some(score) = score {
            self.scores.resize(at, f64::NAN);
            self.scores.push(score);
        }
        if let Some(weight) = prediction.weight {
            self.weights.resize(at, f64::NAN);
            self.weights.push(weight);
        }
        if let Some(query) = prediction.query {
            self.queries.resize(at, 0);
            self.queries.push(query.max(1));
        }
        self.bytes() - before
    }

    fn bytes(&self) -> usize {
        self.packed.capacity() * size_of::<PackedPrediction>()
            + (self.scores.capacity() + self.weights.capacity()) * size_of::<f64>()
            + self.queries.capacity() * size_of::<u64>()
    }
}

/// Labels of the predictions of a chunk.
#[derive(Debug, Clone, Default)]
struct Truths {
    /// By prediction: one more than the place of its label, 0 for none. As many as needed for the last that has one.
    places: Vec<u16>,
    /// In the order in which the predictions got their first.
    packed: Vec<PackedTruth>,
    /// Numbers that have no room there, of as many labels as needed for the last of them.
    numbers: Vec<u64>,
}

impl Truths {
    #[inline]
    fn get(&self, at: usize) -> Option<Truth> {
        let place = usize::from(*self.places.get(at)?).checked_sub(1)?;
        Some(self.packed[place].truth(self.numbers.get(place).copied().unwrap_or_default()))
    }

    /// Sets the label of a prediction, and tells how many more bytes that takes.
    #[inline]
    fn set(&mut self, at: usize, truth: Truth) -> usize {
        let (packed, number) = PackedTruth::new(truth);
        if number.is_none()
            && let Some(place) = self.places.get_mut(at)
        {
            if let Some(known) = usize::from(*place).checked_sub(1) {
                self.packed[known] = packed;
                return 0;
            }
            if self.packed.len() < self.packed.capacity() {
                self.packed.push(packed);
                *place = self.packed.len() as u16;
                return 0;
            }
        }
        self.set_with_room(at, packed, number)
    }

    #[inline(never)]
    fn set_with_room(&mut self, at: usize, packed: PackedTruth, number: Option<u64>) -> usize {
        let before = self.bytes();
        if self.places.len() <= at {
            self.places.resize(at + 1, 0);
        }
        if self.places[at] == 0 {
            make_room(&mut self.packed);
            self.packed.push(packed);
            self.places[at] = self.packed.len() as u16;
        }
        let place = usize::from(self.places[at]) - 1;
        self.packed[place] = packed;
        if let Some(number) = number {
            if self.numbers.len() <= place {
                self.numbers.resize(place + 1, 0);
            }
            self.numbers[place] = number;
        }
        self.bytes() - before
    }

    fn bytes(&self) -> usize {
        self.places.capacity() * size_of::<u16>()
            + self.packed.capacity() * size_of::<PackedTruth>()
            + self.numbers.capacity() * size_of::<u64>()
    }
}

impl Chunk {
    /// Of a chunk, beside what is in it: the two that a flush has shared, with how often, and its number in its bucket.
    pub(super) const BYTES: usize =
        size_of::<Self>() + size_of::<Predictions>() + size_of::<Truths>() + size_of::<[usize; 8]>();

    /// An empty chunk of a bucket that starts at a time.
    pub(super) fn new(start: i64) -> Self {
        Self { start, ..Self::default() }
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.predictions.get().packed.len()
    }

    /// A prediction with its identifier.
    #[inline]
    pub(crate) fn get(&self, at: usize) -> (u64, Prediction) {
        let predictions = self.predictions.get();
        let packed = predictions.packed[at];
        let score = packed.score().or_else(|| predictions.scores.get(at).copied()).unwrap_or(f64::NAN);
        let prediction = Prediction {
            time: self.start.wrapping_add(packed.offset()),
            predicted: packed.predicted(),
            score,
            weight: predictions.weights.get(at).copied().filter(|weight| !weight.is_nan()),
            query: predictions.queries.get(at).copied().filter(|&query| query != 0),
            place: packed.place,
            label: self.truths.get().get(at),
        };
        (packed.id, prediction)
    }

    #[inline]
    pub(super) fn id(&self, at: usize) -> u64 {
        self.predictions.get().packed[at].id
    }

    /// Whether it has a prediction there, and of this identifier.
    #[inline]
    pub(super) fn holds(&self, at: usize, id: u64) -> bool {
        self.predictions.get().packed.get(at).is_some_and(|packed| packed.id == id)
    }

    /// Asks for a prediction, and for the place of its label.
    #[inline]
    pub(super) fn prefetch(&self, at: usize) {
        if let Some(packed) = self.predictions.get().packed.get(at) {
            prefetch(packed);
        }
        if let Some(place) = self.truths.get().places.get(at) {
            prefetch(place);
        }
    }

    /// Asks for the label of a prediction, or for where it will be written.
    #[inline]
    pub(super) fn prefetch_label(&self, at: usize) {
        let truths = self.truths.get();
        let place = match truths.places.get(at) {
            None | Some(0) => truths.packed.len(),
            Some(&place) => usize::from(place),
        };
        // Where there is no label yet, it will be written after the last one.
        if let Some(packed) = truths.packed.get(place.wrapping_sub(1)) {
            prefetch(packed);
        }
    }

    /// Adds a prediction of its bucket without its label, and tells how many more bytes that takes.
    #[inline]
    pub(super) fn push(&mut self, id: u64, prediction: &Prediction) -> usize {
        let offset = prediction.time.wrapping_sub(self.start) as u64;
        self.predictions.get_mut().push(id, prediction, offset)
    }

    /// Sets the label of a prediction, and tells how many more bytes that takes.
    #[inline]
    pub(super) fn set_truth(&mut self, at: usize, truth: Truth) -> usize {
        self.truths.get_mut().set(at, truth)
    }

    /// Gives back the room for more predictions, and tells how many bytes that was.
    pub(super) fn give_room_back(&mut self) -> usize {
        let predictions = self.predictions.get_mut();
        let before = predictions.bytes();
        predictions.packed.shrink_to_fit();
        before - predictions.bytes()
    }

    /// Whether a prediction is on disk, or being written.
    #[inline]
    pub(super) fn is_flushed(&self, at: usize) -> bool {
        at < usize::from(self.written.max(self.taken))
    }

    /// The chunk as it is now, and from where on a flush writes it, if it is to write any of it. [`Chunk::finish_flush`] must
    /// follow.
    pub(super) fn begin_flush(&mut self, whole: bool) -> Option<(Self, usize)> {
        self.taken = self.len() as u16;
        let first = if whole { 0 } else { usize::from(self.written) };
        (first < self.len()).then(|| {
            (Self { predictions: self.predictions.lend(), truths: self.truths.lend(), ..*self }, first)
        })
    }

    pub(super) fn finish_flush(&mut self, is_written: bool) {
        if is_written && self.taken > 0 {
            self.written = self.taken;
        }
        self.taken = 0;
    }

    /// Gives each prediction the number that another list of places has for its own.
    pub(super) fn renumber(&mut self, renumbered: &mut impl FnMut(u32) -> u32) {
        for packed in &mut self.predictions.get_mut().packed {
            packed.place = renumbered(packed.place);
        }
    }

    /// How many have a label.
    pub(super) fn labelled(&self) -> usize {
        self.truths.get().packed.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.predictions.get().bytes() + self.truths.get().bytes()
    }
}

/// Twice the room that a list has, but not much more than it needs: there may be many buckets of few chunks.
fn make_room<T>(list: &mut Vec<T>) {
    if list.len() == list.capacity() {
        list.reserve_exact(list.len().clamp(4, MOST_ROOM).min(CHUNK - list.len()));
    }
}
