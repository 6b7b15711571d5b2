//! What producers say that they dropped before it was sent.

use crate::keyed::KeyedMap;

/// Most producers whose own numbers are kept.
const MAX_PRODUCERS: usize = 10_000;

/// Records that producers dropped, each counted from its start: of a producer only its highest number counts.
///
/// So many producers are known by name; of more, the half that has been silent for longest is kept as a sum. One of these
/// that speaks again is counted anew, from its start.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ClientDropped {
    /// By producer: its highest number, and when it spoke last, in turns.
    recent: KeyedMap<String, (u64, u64)>,
    turn: u64,
    of_others: u64,
}

impl ClientDropped {
    /// Takes in what a producer says that it dropped since its start.
    pub(crate) fn note(&mut self, producer: String, records: u64) {
        self.turn += 1;
        let (most, spoke) = self.recent.entry(producer).or_default();
        (*most, *spoke) = ((*most).max(records), self.turn);
        if self.recent.len() > MAX_PRODUCERS {
            self.sum_silent_half();
        }
    }

    /// Records that all producers dropped.
    pub fn total(&self) -> u64 {
        self.recent.values().fold(self.of_others, |sum, (records, _)| sum.saturating_add(*records))
    }

    fn sum_silent_half(&mut self) {
        let mut turns: Vec<u64> = self.recent.values().map(|(_, spoke)| *spoke).collect();
        let middle = turns.len() / 2;
        let (_, &mut median, _) = turns.select_nth_unstable(middle);
        let of_others = &mut self.of_others;
        self.recent.retain(|_, (records, spoke)| {
            let stays = *spoke >= median;
            if !stays {
                *of_others = of_others.saturating_add(*records);
            }
            stays
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_number_of_each_counts() {
        let mut dropped = ClientDropped::default();
        for (producer, records) in [("a", 3), ("b", 5), ("a", 10), ("a", 7)] {
            dropped.note(producer.into(), records);
        }
        assert_eq!(dropped.total(), 15);
        dropped.note("a".into(), u64::MAX);
        assert_eq!(dropped.total(), u64::MAX);
    }

    #[test]
    fn ever_new_producers_take_bounded_memory_and_stay_in_the_sum() {
        let mut dropped = ClientDropped::default();
        let producers = 5 * MAX_PRODUCERS as u64;
        for producer in 0..producers {
            dropped.note(format!("producer {producer}"), 2);
            dropped.note("always there".into(), producer);
            assert!(dropped.recent.len() <= MAX_PRODUCERS);
        }
        assert_eq!(dropped.total(), 2 * producers + producers - 1);
    }
}
