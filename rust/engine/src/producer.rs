//! Which batches of which producer have been counted: nothing is counted twice.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::keyed::KeyedMap;

use crate::error::{EngineError, Result};

/// How far below the highest number a batch may still come.
pub const SEQUENCE_WINDOW: u64 = 1_024;
/// Most producers remembered.
const MAX_PRODUCERS: usize = 100_000;
/// Time for which a silent producer is remembered while there is space, nanoseconds: a day.
const REMEMBERED: i64 = 24 * 3_600_000_000_000;
/// Time for which it is remembered in any case: until then it may send again what was not answered. An hour.
const RETRY_HORIZON: i64 = 3_600_000_000_000;

const WORDS: usize = (SEQUENCE_WINDOW / 64) as usize;

/// One bit for each of the last 1,024 numbers: bit `n % 1024` is that of number `n`.
pub type SequenceBits = [u64; WORDS];

/// Numbers seen of one producer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sequences {
    /// Which of the producer's starts the numbers belong to: they begin anew with each.
    pub epoch: u64,
    /// The highest number.
    pub highest: u64,
    /// Which were counted.
    pub counted: SequenceBits,
    /// Which were refused for good.
    pub refused: SequenceBits,
    /// Numbers that were never seen though 1,024 higher ones were, or a later epoch has begun.
    pub gaps: u64,
    /// When the last batch came, nanoseconds since the Unix epoch.
    pub last_seen: i64,
}

impl Sequences {
    /// Whether the number was counted.
    ///
    /// # Errors
    /// [`EngineError::Sequence`] when it is too old to know, [`EngineError::Value`] for number 0,
    /// [`EngineError::Epoch`] when the producer has started again since.
    pub fn is_counted(&self, epoch: u64, sequence: u64) -> Result<bool> {
        if sequence == 0 {
            return Err(EngineError::Value(
                "sequence must be at least 1 when producer_id is set, got 0".into(),
            ));
        }
        if epoch < self.epoch {
            return Err(EngineError::Epoch(format!(
                "producer_epoch must be at least {}, with which this producer_id has started since, got {epoch}: \
                 two senders must not share an id",
                self.epoch
            )));
        }
        if epoch > self.epoch || sequence > self.highest {
            return Ok(false);
        }
        if self.highest - sequence >= SEQUENCE_WINDOW {
            return Err(EngineError::Sequence(format!(
                "sequence {sequence} is {} below the highest counted, {}; whether it was counted is known only \
                 for the last {SEQUENCE_WINDOW}",
                self.highest - sequence,
                self.highest
            )));
        }
        Ok(is_set(&self.counted, sequence))
    }

    /// Notes the number as counted.
    pub fn mark(&mut self, epoch: u64, sequence: u64) {
        self.advance(epoch, sequence);
        set(&mut self.counted, sequence, true);
    }

    /// Notes the number as refused for good, so that it is not missed. One too old to know is left alone.
    pub fn refuse(&mut self, epoch: u64, sequence: u64) {
        if self.is_counted(epoch, sequence) == Ok(false) {
            self.advance(epoch, sequence);
            set(&mut self.refused, sequence, true);
        }
    }

    fn advance(&mut self, epoch: u64, sequence: u64) {
        if epoch > self.epoch {
            self.gaps += self.missing();
            (self.epoch, self.highest) = (epoch, 0);
            (self.counted, self.refused) = Default::default();
        }
        if sequence <= self.highest {
            return;
        }
        let skipped = sequence - self.highest;
        // Numbers that leave the window, and those that were never in it.
        for number in self.highest + 1..=self.highest + skipped.min(SEQUENCE_WINDOW) {
            let leaves = number > SEQUENCE_WINDOW && !self.is_seen(number - SEQUENCE_WINDOW);
            self.gaps += u64::from(leaves);
            set(&mut self.counted, number, false);
            set(&mut self.refused, number, false);
        }
        self.gaps += skipped.saturating_sub(SEQUENCE_WINDOW);
        if skipped > SEQUENCE_WINDOW {
            (self.counted, self.refused) = Default::default();
        }
        self.highest = sequence;
    }

    /// Numbers in the window that were not seen.
    fn missing(&self) -> u64 {
        let first = (self.highest + 1).saturating_sub(SEQUENCE_WINDOW).max(1);
        (first..=self.highest).filter(|&number| !self.is_seen(number)).count() as u64
    }

    fn is_seen(&self, number: u64) -> bool {
        is_set(&self.counted, number) || is_set(&self.refused, number)
    }
}

fn position(sequence: u64) -> (usize, u64) {
    let slot = sequence % SEQUENCE_WINDOW;
    ((slot / 64) as usize, slot % 64)
}

fn is_set(bits: &SequenceBits, sequence: u64) -> bool {
    let (word, bit) = position(sequence);
    bits[word] >> bit & 1 == 1
}

fn set(bits: &mut SequenceBits, sequence: u64, is_set: bool) {
    let (word, bit) = position(sequence);
    bits[word] = bits[word] & !(1 << bit) | u64::from(is_set) << bit;
}

/// The numbers of one producer, locked while one of its batches is counted.
pub type SharedSequences = Arc<Mutex<Sequences>>;

/// All producers of one engine.
#[derive(Debug, Default)]
pub struct Producers {
    producers: KeyedMap<String, SharedSequences>,
    /// Gaps of producers that are no longer remembered.
    forgotten_gaps: u64,
}

impl Producers {
    /// The numbers of one producer, who is known from now on.
    ///
    /// # Errors
    /// [`EngineError::Limit`] when there are too many that may still send again what was not answered.
    pub fn get(&mut self, id: &str, now: i64) -> Result<SharedSequences> {
        if let Some(sequences) = self.producers.get(id) {
            return Ok(Arc::clone(sequences));
        }
        if self.producers.len() >= MAX_PRODUCERS {
            self.forget(now);
        }
        if self.producers.len() >= MAX_PRODUCERS {
            return Err(EngineError::Limit(format!(
                "there can be at most {MAX_PRODUCERS} producers an hour, and {id:?} would be one more"
            )));
        }
        let sequences = SharedSequences::default();
        self.producers.insert(id.to_owned(), Arc::clone(&sequences));
        Ok(sequences)
    }

    /// Takes in what is known of a producer.
    pub fn insert(&mut self, id: String, sequences: Sequences) {
        self.producers.insert(id, Arc::new(Mutex::new(sequences)));
    }

    /// Lets go of those that have been silent for an hour, the longest silent first, until a tenth is free.
    fn forget(&mut self, now: i64) {
        let mut seen: Vec<i64> = self.producers.values().map(|producer| lock(producer).last_seen).collect();
        let (_, &mut tenth, _) = seen.select_nth_unstable(MAX_PRODUCERS / 10);
        self.forget_before(tenth.saturating_add(1).min(now.saturating_sub(RETRY_HORIZON)));
    }

    /// Lets go of those that were last seen before a time.
    fn forget_before(&mut self, limit: i64) {
        let forgotten_gaps = &mut self.forgotten_gaps;
        self.producers.retain(|_, producer| {
            let producer = lock(producer);
            let is_kept = producer.last_seen >= limit;
            if !is_kept {
                *forgotten_gaps += producer.gaps;
            }
            is_kept
        });
    }

    /// What is known of all producers that were heard of in the day before `now`, by id.
    pub fn remembered(&mut self, now: i64) -> Vec<(String, Sequences)> {
        self.forget_before(now.saturating_sub(REMEMBERED));
        let mut all: Vec<_> =
            self.producers.iter().map(|(id, sequences)| (id.clone(), lock(sequences).clone())).collect();
        all.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        all
    }

    /// Numbers that were never seen, of all producers.
    pub fn gaps(&self) -> u64 {
        self.forgotten_gaps + self.producers.values().map(|producer| lock(producer).gaps).sum::<u64>()
    }
}

/// Locks, whether or not a thread has panicked with the lock: state is only changed by steps that cannot panic
/// half way.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn counts_each_number_once_in_any_order() {
        let mut sequences = Sequences::default();
        for number in [3, 1, 2, 1_000, 998, 2_500] {
            assert_eq!(sequences.is_counted(0, number), Ok(false), "{number}");
            sequences.mark(0, number);
            assert_eq!(sequences.is_counted(0, number), Ok(true), "{number}");
        }
        assert_eq!(sequences.is_counted(0, 2_499), Ok(false));
        assert_eq!(sequences.is_counted(0, 1_477), Ok(false));
        assert!(matches!(sequences.is_counted(0, 1_476), Err(EngineError::Sequence(_))));
        assert!(matches!(sequences.is_counted(0, 0), Err(EngineError::Value(_))));
    }

    #[test]
    fn an_epoch_numbers_anew_and_ends_the_one_before() {
        let mut sequences = Sequences::default();
        sequences.mark(7, 1);
        sequences.mark(7, 3);
        assert_eq!(sequences.is_counted(8, 1), Ok(false));
        sequences.mark(8, 1);
        assert_eq!(sequences.is_counted(8, 3), Ok(false));
        assert!(matches!(sequences.is_counted(7, 2), Err(EngineError::Epoch(_))));
        assert_eq!(sequences.gaps, 1, "number 2 of epoch 7");
    }

    #[test]
    fn a_number_is_missed_once_it_can_no_longer_come() {
        let mut sequences = Sequences::default();
        sequences.mark(0, 2);
        sequences.refuse(0, 3);
        sequences.mark(0, 1 + SEQUENCE_WINDOW);
        assert_eq!(sequences.gaps, 1, "number 1");
        sequences.mark(0, 5);
        sequences.mark(0, 5 + SEQUENCE_WINDOW);
        assert_eq!(sequences.gaps, 2, "number 4; 2 was counted, 3 refused, 5 came late");
        sequences.mark(0, 10 + 3 * SEQUENCE_WINDOW);
        let seen = [2, 3, 5, 1 + SEQUENCE_WINDOW, 5 + SEQUENCE_WINDOW].len() as u64;
        assert_eq!(sequences.gaps, 10 + 2 * SEQUENCE_WINDOW - seen, "all below the window but those seen");
    }

    #[test]
    fn forgets_only_who_can_no_longer_send_again() {
        let mut producers = Producers::default();
        for number in 0..MAX_PRODUCERS {
            let sequences = producers.get(&number.to_string(), 0).unwrap();
            lock(&sequences).mark(0, 1);
            lock(&sequences).last_seen = if number < 10 { 0 } else { RETRY_HORIZON };
        }
        assert!(matches!(producers.get("more", RETRY_HORIZON), Err(EngineError::Limit(_))));
        assert!(producers.get("one more", RETRY_HORIZON + 1).is_ok());
        assert_eq!(lock(&producers.get("10", 0).unwrap()).is_counted(0, 1), Ok(true));
        assert_eq!(lock(&producers.get("9", 0).unwrap()).is_counted(0, 1), Ok(false));
    }
}
