//! Chunks that were let go while the index still has their slots.

use std::ops::RangeInclusive;

/// A chunk that was let go.
#[derive(Debug, Clone, Copy)]
struct Left {
    number: u32,
    predictions: usize,
}

/// Chunks that were let go while the index still has their slots: until it has been swept, no other may have their numbers.
#[derive(Debug, Default)]
pub(super) struct Gone {
    /// Whether a chunk is gone, by its number; of as many as needed for the last that is.
    flags: Vec<bool>,
    /// Those that the sweep under way takes out.
    swept: Vec<Left>,
    /// Those that were let go after it began.
    later: Vec<Left>,
    predictions: usize,
}

impl Gone {
    /// Predictions that were in them.
    pub(super) fn predictions(&self) -> usize {
        self.predictions
    }

    pub(super) fn has(&self, chunk: usize) -> bool {
        self.flags.get(chunk).is_some_and(|&is_gone| is_gone)
    }

    /// The first and the last of them; an empty range if there is none.
    pub(super) fn range(&self) -> RangeInclusive<u32> {
        match self.flags.iter().position(|&is_gone| is_gone) {
            Some(first) => first as u32..=self.flags.len() as u32 - 1,
            None => RangeInclusive::new(1, 0),
        }
    }

    pub(super) fn add(&mut self, number: u32, predictions: usize) {
        let at = number as usize;
        if self.flags.len() <= at {
            self.flags.resize(at + 1, false);
        }
        self.flags[at] = true;
        self.later.push(Left { number, predictions });
        self.predictions += predictions;
    }

    /// A sweep begins.
    pub(super) fn begin_sweep(&mut self) {
        self.swept.append(&mut self.later);
    }

    /// The sweep has ended; gives the numbers that it has made free.
    pub(super) fn end_sweep(&mut self) -> Vec<u32> {
        let swept = std::mem::take(&mut self.swept);
        for left in &swept {
            self.flags[left.number as usize] = false;
            self.predictions -= left.predictions;
        }
        let needed = self.flags.iter().rposition(|&is_gone| is_gone).map_or(0, |last| last + 1);
        self.flags.truncate(needed);
        swept.into_iter().map(|left| left.number).collect()
    }

    pub(super) fn bytes(&self) -> usize {
        self.flags.capacity() + (self.swept.capacity() + self.later.capacity()) * size_of::<Left>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_free_when_a_sweep_that_began_after_they_went_has_ended() {
        let mut gone = Gone::default();
        gone.add(7, 10);
        gone.begin_sweep();
        gone.add(3, 5);
        assert_eq!((gone.predictions(), gone.range(), gone.has(7), gone.has(4)), (15, 3..=7, true, false));
        assert_eq!(gone.end_sweep(), [7]);
        assert_eq!((gone.predictions(), gone.range(), gone.has(7), gone.has(3)), (5, 3..=3, false, true));
        gone.begin_sweep();
        assert_eq!(gone.end_sweep(), [3]);
        assert!(gone.range().is_empty());
    }
}
