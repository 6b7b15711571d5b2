//! Which batches of which producer have been counted: nothing is counted twice.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustc_hash::FxHashMap;

use crate::error::{EngineError, Result};

/// How far below the highest number a batch may still come.
pub const SEQUENCE_WINDOW: u64 = 1_024;
/// Most producers remembered; the longest silent go first.
const MAX_PRODUCERS: usize = 100_000;

/// Numbers counted of one producer.
#[derive(Debug)]
pub struct Sequences {
    highest: u64,
    /// Bit `n % 1024` says whether number `n` of the last 1,024 was counted.
    counted: [u64; (SEQUENCE_WINDOW / 64) as usize],
}

impl Default for Sequences {
    fn default() -> Self {
        Self { highest: 0, counted: [0; (SEQUENCE_WINDOW / 64) as usize] }
    }
}

impl Sequences {
    /// Whether the number was counted.
    ///
    /// # Errors
    /// [`EngineError::Sequence`] when it is too old to know, [`EngineError::Value`] for number 0.
    pub fn is_counted(&self, sequence: u64) -> Result<bool> {
        if sequence == 0 {
            return Err(EngineError::Value(
                "sequence must be at least 1 when producer_id is set, got 0".into(),
            ));
        }
        if sequence > self.highest {
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
        let (word, bit) = position(sequence);
        Ok(self.counted[word] >> bit & 1 == 1)
    }

    /// Notes the number as counted.
    pub fn mark(&mut self, sequence: u64) {
        if sequence > self.highest {
            let skipped = (sequence - self.highest).min(SEQUENCE_WINDOW);
            for number in sequence - skipped + 1..=sequence {
                let (word, bit) = position(number);
                self.counted[word] &= !(1 << bit);
            }
            self.highest = sequence;
        }
        let (word, bit) = position(sequence);
        self.counted[word] |= 1 << bit;
    }
}

fn position(sequence: u64) -> (usize, u64) {
    let slot = sequence % SEQUENCE_WINDOW;
    ((slot / 64) as usize, slot % 64)
}

#[derive(Debug)]
struct Producer {
    sequences: Arc<Mutex<Sequences>>,
    last_seen: u64,
}

/// All producers of one engine.
#[derive(Debug, Default)]
pub struct Producers {
    producers: FxHashMap<String, Producer>,
    clock: u64,
}

impl Producers {
    /// The numbers of one producer, to be locked while one of its batches is counted.
    pub fn get(&mut self, id: &str) -> Arc<Mutex<Sequences>> {
        self.clock += 1;
        let clock = self.clock;
        if !self.producers.contains_key(id) && self.producers.len() >= MAX_PRODUCERS {
            self.forget_longest_silent();
        }
        let producer = self
            .producers
            .entry(id.to_owned())
            .or_insert_with(|| Producer { sequences: Arc::default(), last_seen: clock });
        producer.last_seen = clock;
        Arc::clone(&producer.sequences)
    }

    fn forget_longest_silent(&mut self) {
        let mut seen: Vec<u64> = self.producers.values().map(|producer| producer.last_seen).collect();
        let (_, &mut limit, _) = seen.select_nth_unstable(MAX_PRODUCERS / 10);
        self.producers.retain(|_, producer| producer.last_seen > limit);
    }
}

/// Locks, whether or not a thread has panicked with the lock: state is only changed by steps that cannot panic
/// half way.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_each_number_once_in_any_order() {
        let mut sequences = Sequences::default();
        for number in [3, 1, 2, 1_000, 998, 2_500] {
            assert_eq!(sequences.is_counted(number), Ok(false), "{number}");
            sequences.mark(number);
            assert_eq!(sequences.is_counted(number), Ok(true), "{number}");
        }
        assert_eq!(sequences.is_counted(2_499), Ok(false));
        assert_eq!(sequences.is_counted(1_477), Ok(false));
        assert!(matches!(sequences.is_counted(1_476), Err(EngineError::Sequence(_))));
        assert!(matches!(sequences.is_counted(0), Err(EngineError::Value(_))));
    }

    #[test]
    fn forgets_the_longest_silent_producers_first() {
        let mut producers = Producers::default();
        for number in 0..MAX_PRODUCERS {
            lock(&producers.get(&number.to_string())).mark(1);
        }
        producers.get("0");
        producers.get("one more");
        assert!(producers.producers.len() <= MAX_PRODUCERS);
        assert_eq!(lock(&producers.get("0")).is_counted(1), Ok(true));
        assert_eq!(lock(&producers.get("1")).is_counted(1), Ok(false));
    }
}
