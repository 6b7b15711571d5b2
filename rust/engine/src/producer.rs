//! Which batches of one producer have been counted: nothing is counted twice.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::{EngineError, Result};

/// How far below the highest number a batch may still come.
pub const SEQUENCE_WINDOW: u64 = 1_024;

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
    /// When the last batch came, nanoseconds, by the time of [`crate::producers`].
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

    /// Notes the number as counted, and tells how many others are found missing by that.
    pub fn mark(&mut self, epoch: u64, sequence: u64) -> u64 {
        let before = self.gaps;
        self.advance(epoch, sequence);
        set(&mut self.counted, sequence, true);
        self.gaps - before
    }

    /// Notes the number as refused for good, so that it is not missed, and tells how many others are found missing by that.
    /// One too old to know is left alone.
    pub fn refuse(&mut self, epoch: u64, sequence: u64) -> u64 {
        let before = self.gaps;
        if self.is_counted(epoch, sequence) == Ok(false) {
            self.advance(epoch, sequence);
            set(&mut self.refused, sequence, true);
        }
        self.gaps - before
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
}
