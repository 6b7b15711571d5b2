//! Predictions in the order in which they came, in buckets of time that go as a whole.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::chunk::{CHUNK, Chunk};
use super::gone::Gone;
use super::{Prediction, Truth};

/// Predictions of a chunk, as a power of two.
const CHUNK_BITS: u32 = CHUNK.ilog2();

/// The last chunk of a bucket.
#[derive(Debug, Clone, Copy)]
struct Open {
    /// Start of the bucket.
    start: i64,
    /// Its last nanosecond.
    end: i64,
    chunk: u32,
}

/// All predictions. Each has a slot while it is here.
#[derive(Debug)]
pub(super) struct Entries {
    chunks: Vec<Chunk>,
    /// Chunks that are not used.
    free: Vec<u32>,
    gone: Gone,
    /// Chunks by the number of their bucket; only the last one of each is filled.
    buckets: BTreeMap<i64, Vec<u32>>,
    /// Of a bucket, in nanoseconds.
    length: i64,
    /// Where the last prediction went: most often the next one goes there too.
    open: Option<Open>,
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
            gone: Gone::default(),
            buckets: BTreeMap::new(),
            length,
            open: None,
            len: 0,
            bytes: 0,
            changed: Vec::new(),
            taken_changes: Vec::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(super) fn id(&self, slot: u32) -> u64 {
        let (chunk, at) = place(slot);
        self.chunks[chunk].id(at)
    }

    /// Whether a slot, which need not be one of these any more, holds an identifier.
    #[inline]
    pub(super) fn holds(&self, slot: u32, id: u64) -> bool {
        let (chunk, at) = place(slot);
        self.chunks.get(chunk).is_some_and(|chunk| chunk.holds(at, id))
    }

    /// Asks for a prediction, and for the place of its label.
    #[inline]
    pub(super) fn prefetch(&self, slot: u32) {
        let (chunk, at) = place(slot);
        if let Some(chunk) = self.chunks.get(chunk) {
            chunk.prefetch(at);
        }
    }

    /// Asks for the label of a prediction, or for where it will be written.
    #[inline]
    pub(super) fn prefetch_label(&self, slot: u32) {
        let (chunk, at) = place(slot);
        if let Some(chunk) = self.chunks.get(chunk) {
            chunk.prefetch_label(at);
        }
    }

    #[inline]
    pub(super) fn get(&self, slot: u32) -> Prediction {
        let (chunk, at) = place(slot);
        self.chunks[chunk].get(at).1
    }

    #[inline]
    pub(super) fn set_truth(&mut self, slot: u32, truth: Truth) {
        let (chunk, at) = place(slot);
        let chunk = &mut self.chunks[chunk];
        if chunk.is_flushed(at) {
            self.changed.push(slot);
        }
        self.bytes += chunk.set_truth(at, truth);
    }

    /// Adds a prediction and tells its slot.
    #[inline]
    pub(super) fn add(&mut self, id: u64, prediction: &Prediction) -> u32 {
        let open = match self.open {
            Some(open) if (open.start..=open.end).contains(&prediction.time) && self.has_room(open.chunk) => {
                open
            }
            _ => self.open(prediction.time),
        };
        let chunk = &mut self.chunks[open.chunk as usize];
        let at = chunk.len();
        self.bytes += chunk.push(id, prediction);
        self.len += 1;
        let slot = open.chunk << CHUNK_BITS | at as u32;
        if let Some(truth) = prediction.label {
            self.set_truth(slot, truth);
        }
        slot
    }

    fn has_room(&self, chunk: u32) -> bool {
        self.chunks[chunk as usize].len() < CHUNK
    }

    /// Finds the chunk for a time, or adds it.
    #[cold]
    fn open(&mut self, time: i64) -> Open {
        let number = time.div_euclid(self.length);
        // That of the first bucket may lie before all times, and goes around.
        let start = number.wrapping_mul(self.length);
        let last = self.buckets.get(&number).and_then(|chunks| chunks.last().copied());
        let chunk = match last.filter(|&chunk| self.has_room(chunk)) {
            Some(chunk) => chunk,
            None => self.add_chunk(number, start),
        };
        let open = Open { start, end: start.saturating_add(self.length - 1), chunk };
        self.open = (start <= time).then_some(open);
        open
    }

    fn add_chunk(&mut self, bucket: i64, start: i64) -> u32 {
        let chunk = self.free.pop().unwrap_or_else(|| {
            self.chunks.push(Chunk::default());
            self.chunks.len() as u32 - 1
        });
        self.chunks[chunk as usize] = Chunk::new(start);
        if !self.buckets.contains_key(&bucket) {
            self.close_before(bucket - 1);
        }
        self.buckets.entry(bucket).or_default().push(chunk);
        chunk
    }

    /// Gives back the room for more in the newest bucket before one: its time is over, and few will still come.
    fn close_before(&mut self, bucket: i64) {
        let closed = self.buckets.range(..bucket).next_back().and_then(|(_, chunks)| chunks.last());
        if let Some(&chunk) = closed {
            self.bytes -= self.chunks[chunk as usize].give_room_back();
        }
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

    /// Takes a bucket out. The index has its slots until it is swept.
    pub(super) fn take(&mut self, bucket: i64) -> Vec<Chunk> {
        self.open = None;
        let numbers = self.buckets.remove(&bucket).unwrap_or_default();
        let taken: Vec<_> =
            numbers.iter().map(|&number| std::mem::take(&mut self.chunks[number as usize])).collect();
        for (&number, chunk) in numbers.iter().zip(&taken) {
            self.len -= chunk.len();
            self.bytes -= chunk.bytes();
            self.gone.add(number, chunk.len());
        }
        taken
    }

    pub(super) fn gone(&self) -> usize {
        self.gone.predictions()
    }

    pub(super) fn is_gone(&self, slot: u32) -> bool {
        self.gone.has(place(slot).0)
    }

    /// The slots between which all lie that are gone.
    pub(super) fn gone_range(&self) -> RangeInclusive<u32> {
        let chunks = self.gone.range();
        chunks.start() << CHUNK_BITS..=chunks.end() << CHUNK_BITS | (CHUNK as u32 - 1)
    }

    pub(super) fn begin_sweep(&mut self) {
        self.gone.begin_sweep();
    }

    pub(super) fn end_sweep(&mut self) {
        self.free.extend(self.gone.end_sweep());
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

    /// Whether as many bytes are counted as there are in the chunks.
    #[cfg(test)]
    pub(super) fn are_bytes_right(&self) -> bool {
        self.bytes == self.chunks().map(Chunk::bytes).sum::<usize>()
    }

    /// What a flush writes: chunks, each with the number of its predictions that are on disk, and predictions on disk whose
    /// label has come or changed. All chunks, from their start, if that is to be whole. [`Entries::finish_flush`] must follow.
    pub(super) fn take_unwritten(&mut self, whole: bool) -> (Vec<(Chunk, usize)>, Vec<u32>) {
        let mut unwritten = Vec::new();
        for number in self.buckets.values().flatten() {
            let chunk = &mut self.chunks[*number as usize];
            unwritten.extend(chunk.begin_flush(whole));
        }
        self.taken_changes.append(&mut self.changed);
        let changes = if whole { Vec::new() } else { self.taken_changes.clone() };
        (unwritten, changes)
    }

    /// What a flush has taken is on disk, or is not.
    pub(super) fn finish_flush(&mut self, is_written: bool) {
        for chunk in &mut self.chunks {
            chunk.finish_flush(is_written);
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
            self.chunks[*chunk as usize].renumber(&mut renumbered);
        }
    }

    /// Gives memory back that only earlier predictions needed.
    pub(super) fn shrink(&mut self) {
        while let Some(last) = self.chunks.len().checked_sub(1)
            && self.chunks[last].len() == 0
            && !self.gone.has(last)
        {
            self.chunks.pop();
        }
        self.free.retain(|&chunk| (chunk as usize) < self.chunks.len());
        if self.chunks.len() < self.chunks.capacity() / 4 {
            self.chunks.shrink_to(self.chunks.len() * 2);
        }
    }

    pub(super) fn bytes(&self) -> usize {
        let changes = (self.changed.capacity() + self.taken_changes.capacity()) * size_of::<u32>();
        self.bytes + self.chunks.capacity() * Chunk::BYTES + changes + self.gone.bytes()
    }
}

#[inline]
fn place(slot: u32) -> (usize, usize) {
    ((slot >> CHUNK_BITS) as usize, slot as usize & (CHUNK - 1))
}
