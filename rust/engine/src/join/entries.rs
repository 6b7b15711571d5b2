//! Predictions in the order in which they came, in buckets of time that go as a whole.

use std::collections::BTreeMap;

use super::lent::Lent;
use super::packed::{PackedPrediction, PackedTruth};
use super::prefetch::prefetch;
use super::{Prediction, Truth};

/// Predictions of a chunk, as a power of two.
const CHUNK_BITS: u32 = 11;
const CHUNK: usize = 1 << CHUNK_BITS;
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
    fn get(&self, at: usize) -> Option<Truth> {
        let place = usize::from(*self.places.get(at)?).checked_sub(1)?;
        Some(self.packed[place].truth(self.numbers.get(place).copied().unwrap_or_default()))
    }

    fn set(&mut self, at: usize, truth: Truth) {
        if self.places.len() <= at {
            self.places.resize(at + 1, 0);
        }
        let (packed, number) = PackedTruth::new(truth);
        let place = match self.places[at] {
            0 => {
                make_room(&mut self.packed);
                self.packed.push(packed);
                self.places[at] = self.packed.len() as u16;
                self.packed.len() - 1
            }
            place => {
                self.packed[usize::from(place) - 1] = packed;
                usize::from(place) - 1
            }
        };
        if let Some(number) = number {
            if self.numbers.len() <= place {
                self.numbers.resize(place + 1, 0);
            }
            self.numbers[place] = number;
        }
    }

    fn bytes(&self) -> usize {
        self.places.capacity() * size_of::<u16>()
            + self.packed.capacity() * size_of::<PackedTruth>()
            + self.numbers.capacity() * size_of::<u64>()
    }
}

impl Chunk {
    pub(crate) fn len(&self) -> usize {
        self.predictions.get().packed.len()
    }

    /// A prediction with its identifier.
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

    /// The chunk as it is now, for a flush.
    fn lend(&mut self) -> Self {
        Self { predictions: self.predictions.lend(), truths: self.truths.lend(), ..*self }
    }

    pub(super) fn id(&self, at: usize) -> u64 {
        self.predictions.get().packed[at].id
    }

    pub(super) fn is_labelled(&self, at: usize) -> bool {
        self.truths.get().places.get(at).is_some_and(|&place| place > 0)
    }

    fn bytes(&self) -> usize {
        self.predictions.get().bytes() + self.truths.get().bytes()
    }
}

/// All predictions. Each has a slot while it is here.
#[derive(Debug)]
pub(super) struct Entries {
    chunks: Vec<Chunk>,
    /// Chunks that are not used.
    free: Vec<u32>,
    /// Chunks by the number of their bucket; only the last one of each is filled.
    buckets: BTreeMap<i64, Vec<u32>>,
    /// Of a bucket, in nanoseconds.
    length: i64,
    /// The bucket of the last prediction, and the last chunk of it: most often the next one goes there too.
    last: Option<(i64, u32)>,
    len: usize,
    /// Bytes of what is in the chunks.
    bytes: usize,
    /// Slots of predictions on disk, or being written, whose label has come or changed since.
    changed: Vec<u32>,
    /// Those of them that a flush is writing.
    taken_changes: Vec<u32>,
}

impl Entries {
    /// No predictions, in buckets of a length in nanoseconds of less than 2^48.
    pub(super) fn new(length: i64) -> Self {
        Self {
            chunks: Vec::new(),
            free: Vec::new(),
            buckets: BTreeMap::new(),
            length,
            last: None,
            len: 0,
            bytes: 0,
            changed: Vec::new(),
            taken_changes: Vec::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn id(&self, slot: u32) -> u64 {
        let (chunk, at) = place(slot);
        self.chunks[chunk].id(at)
    }

    /// Asks for a prediction, and for the place of its label.
    pub(super) fn prefetch(&self, slot: u32) {
        let (chunk, at) = place(slot);
        let Some(chunk) = self.chunks.get(chunk) else { return };
        if let Some(packed) = chunk.predictions.get().packed.get(at) {
            prefetch(packed);
        }
        if let Some(place) = chunk.truths.get().places.get(at) {
            prefetch(place);
        }
    }

    /// Asks for the label of a prediction, or for where it will be written.
    pub(super) fn prefetch_label(&self, slot: u32) {
        let (chunk, at) = place(slot);
        let Some(chunk) = self.chunks.get(chunk) else { return };
        let truths = chunk.truths.get();
        let place = match truths.places.get(at) {
            None | Some(0) => truths.packed.len(),
            Some(&place) => usize::from(place),
        };
        // Where there is no label yet, it will be written after the last one.
        if let Some(packed) = truths.packed.get(place.wrapping_sub(1)) {
            prefetch(packed);
        }
    }

    pub(super) fn get(&self, slot: u32) -> Prediction {
        let (chunk, at) = place(slot);
        self.chunks[chunk].get(at).1
    }

    pub(super) fn set_truth(&mut self, slot: u32, truth: Truth) {
        let (chunk, at) = place(slot);
        let Chunk { truths, written, taken, .. } = &mut self.chunks[chunk];
        if at < usize::from(*written.max(taken)) {
            self.changed.push(slot);
        }
        let truths = truths.get_mut();
        let before = truths.bytes();
        truths.set(at, truth);
        self.bytes = self.bytes + truths.bytes() - before;
    }

    /// Adds a prediction and tells its slot.
    pub(super) fn add(&mut self, id: u64, prediction: &Prediction) -> u32 {
        let within = |last: &(i64, u32)| {
            let start = last.0.wrapping_mul(self.length);
            (start..start.saturating_add(self.length)).contains(&prediction.time)
        };
        let (number, last) = if let Some((number, chunk)) = self.last.filter(within) {
            (number, Some(chunk))
        } else {
            let number = prediction.time.div_euclid(self.length);
            (number, self.buckets.get(&number).and_then(|chunks| chunks.last().copied()))
        };
        let start = number.wrapping_mul(self.length);
        let offset = prediction.time.wrapping_sub(start);
        let chunk = match last {
            Some(chunk) if self.chunks[chunk as usize].len() < CHUNK => chunk,
            _ => self.add_chunk(number, start),
        };
        self.last = Some((number, chunk));
        let predictions = self.chunks[chunk as usize].predictions.get_mut();
        let (before, at) = (predictions.bytes(), predictions.packed.len());
        let (packed, left_over) = PackedPrediction::new(id, prediction, offset as u64);
        make_room(&mut predictions.packed);
        predictions.packed.push(packed);
        if let Some(score) = left_over {
            predictions.scores.resize(at, f64::NAN);
            predictions.scores.push(score);
        }
        if let Some(weight) = prediction.weight {
            predictions.weights.resize(at, f64::NAN);
            predictions.weights.push(weight);
        }
        if let Some(query) = prediction.query {
            predictions.queries.resize(at, 0);
            predictions.queries.push(query.max(1));
        }
        self.bytes = self.bytes + predictions.bytes() - before;
        self.len += 1;
        let slot = chunk << CHUNK_BITS | at as u32;
        if let Some(truth) = prediction.label {
            self.set_truth(slot, truth);
        }
        slot
    }

    fn add_chunk(&mut self, bucket: i64, start: i64) -> u32 {
        let chunk = self.free.pop().unwrap_or_else(|| {
            self.chunks.push(Chunk::default());
            self.chunks.len() as u32 - 1
        });
        self.chunks[chunk as usize].start = start;
        self.buckets.entry(bucket).or_default().push(chunk);
        chunk
    }

    /// Number of the oldest bucket.
    pub(super) fn oldest(&self) -> Option<i64> {
        self.buckets.keys().next().copied()
    }

    /// Number of predictions in a bucket.
    pub(super) fn len_of(&self, bucket: i64) -> usize {
        let chunks = self.buckets.get(&bucket).into_iter().flatten();
        chunks.map(|&chunk| self.chunks[chunk as usize].len()).sum()
    }

    /// Takes a bucket out: its predictions with their slots, which others may get from now on.
    pub(super) fn take(&mut self, bucket: i64) -> Vec<(u32, Chunk)> {
        self.last = None;
        let numbers = self.buckets.remove(&bucket).unwrap_or_default();
        let taken: Vec<_> = numbers
            .iter()
            .map(|&number| (number, std::mem::take(&mut self.chunks[number as usize])))
            .collect();
        for (_, chunk) in &taken {
            self.len -= chunk.len();
            self.bytes -= chunk.bytes();
        }
        self.free.extend(numbers);
        taken.into_iter().map(|(number, chunk)| (number << CHUNK_BITS, chunk)).collect()
    }

    /// All slots.
    pub(super) fn slots(&self) -> impl Iterator<Item = u32> + '_ {
        self.numbers().flat_map(|number| {
            let first = number << CHUNK_BITS;
            first..first + self.chunks[number as usize].len() as u32
        })
    }

    /// All predictions, by bucket and in it in the order in which they came. They stay as they are.
    #[cfg(test)]
    pub(super) fn chunks(&self) -> impl Iterator<Item = &Chunk> {
        self.numbers().map(|number| &self.chunks[number as usize])
    }

    /// What a flush writes: chunks, each with the number of its predictions that are on disk, and predictions on disk whose
    /// label has come or changed. All chunks, from their start, if that is to be whole. [`Entries::finish_flush`] must follow.
    pub(super) fn take_unwritten(&mut self, whole: bool) -> (Vec<(Chunk, usize)>, Vec<u32>) {
        let mut unwritten = Vec::new();
        for number in self.buckets.values().flatten() {
            let chunk = &mut self.chunks[*number as usize];
            chunk.taken = chunk.len() as u16;
            let first = if whole { 0 } else { usize::from(chunk.written) };
            if first < chunk.len() {
                unwritten.push((chunk.lend(), first));
            }
        }
        self.taken_changes.append(&mut self.changed);
        let changes = if whole { Vec::new() } else { self.taken_changes.clone() };
        (unwritten, changes)
    }

    /// What a flush has taken is on disk, or is not.
    pub(super) fn finish_flush(&mut self, is_written: bool) {
        for chunk in &mut self.chunks {
            if is_written && chunk.taken > 0 {
                chunk.written = chunk.taken;
            }
            chunk.taken = 0;
        }
        let mut unwritten = std::mem::take(&mut self.taken_changes);
        if !is_written {
            unwritten.append(&mut self.changed);
            self.changed = unwritten;
        }
    }

    /// The prediction in a slot, if there is one.
    pub(super) fn find(&self, slot: u32) -> Option<(u64, Prediction)> {
        let (chunk, at) = place(slot);
        let chunk = self.chunks.get(chunk)?;
        (at < chunk.len()).then(|| chunk.get(at))
    }

    fn numbers(&self) -> impl Iterator<Item = u32> + '_ {
        self.buckets.values().flatten().copied()
    }

    /// Gives each prediction the number that another list of places has for its own.
    pub(super) fn renumber(&mut self, mut renumbered: impl FnMut(u32) -> u32) {
        for chunk in self.buckets.values().flatten() {
            for packed in &mut self.chunks[*chunk as usize].predictions.get_mut().packed {
                packed.place = renumbered(packed.place);
            }
        }
    }

    /// Gives memory back that only earlier predictions needed.
    pub(super) fn shrink(&mut self) {
        while self.chunks.last().is_some_and(|chunk| chunk.len() == 0) {
            self.chunks.pop();
        }
        self.free.retain(|&chunk| (chunk as usize) < self.chunks.len());
        if self.chunks.len() < self.chunks.capacity() / 4 {
            self.chunks.shrink_to(self.chunks.len() * 2);
        }
    }

    pub(super) fn bytes(&self) -> usize {
        // Beside each chunk: the two that a flush has shared, with how often, and its number in its bucket.
        let chunk =
            size_of::<Chunk>() + size_of::<Predictions>() + size_of::<Truths>() + size_of::<[usize; 8]>();
        let changes = (self.changed.capacity() + self.taken_changes.capacity()) * size_of::<u32>();
        self.bytes + self.chunks.capacity() * chunk + changes
    }
}

/// Twice the room that a list has, but not much more than it needs: there may be many buckets of few chunks.
fn make_room<T>(list: &mut Vec<T>) {
    if list.len() == list.capacity() {
        list.reserve_exact(list.len().clamp(4, MOST_ROOM).min(CHUNK - list.len()));
    }
}

fn place(slot: u32) -> (usize, usize) {
    ((slot >> CHUNK_BITS) as usize, slot as usize & (CHUNK - 1))
}
