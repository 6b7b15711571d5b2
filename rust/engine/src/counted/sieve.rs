//! Tells strings that come seldom from those that may come often.

/// Counters there are for each string, which hold few others then.
const COUNTERS_PER_STRING: usize = 4;
/// Strings by which is decided whether counting may be worth it.
const SAMPLE: usize = 1024;

/// Counters of hashes, up to three, small enough for the nearest cache. A counter may hold several hashes, so that it
/// may say too much of a string, but never too little.
#[derive(Debug, Default)]
pub(super) struct Sieve {
    /// Of 64 counters: which are at least 1, 2 and 3.
    words: Vec<[u64; 3]>,
    /// What was picked last comes first in it.
    picked: Vec<u32>,
}

impl Sieve {
    /// The most often that a rare string comes.
    pub(super) const RARE: u64 = 2;

    /// The indices of the strings that may come more often than [`Self::RARE`], given the hashes of all, or `None`
    /// unless the others are at least half of them, and at least 512.
    pub(super) fn pick_often(&mut self, hashes: &[u32]) -> Option<&[u32]> {
        let (sample, others) = hashes.split_at_checked(SAMPLE)?;
        self.clear(hashes.len());
        if self.count(sample) * 4 < SAMPLE * 3 {
            return None;
        }
        self.count(others);
        let picked = self.pick(hashes);
        (picked * 2 <= hashes.len()).then_some(&self.picked[..picked])
    }

    fn clear(&mut self, hashes: usize) {
        let words = (hashes * COUNTERS_PER_STRING).next_power_of_two().div_ceil(64);
        self.words.clear();
        self.words.resize(words, [0; 3]);
    }

    /// Counts hashes, and tells how many of them had not come before.
    fn count(&mut self, hashes: &[u32]) -> usize {
        let words = self.words.as_mut_slice();
        let mut fresh = 0;
        for &hash in hashes {
            let (word, bit) = place(hash, words.len() - 1);
            let [once, twice, thrice] = words[word];
            words[word] = [once | bit, twice | once & bit, thrice | twice & bit];
            fresh += usize::from(once & bit == 0);
        }
        fresh
    }

    /// Picks the indices, and tells how many they are.
    fn pick(&mut self, hashes: &[u32]) -> usize {
        let len = self.picked.len().max(hashes.len());
        self.picked.resize(len, 0);
        let (words, picked) = (self.words.as_slice(), self.picked.as_mut_slice());
        let mut count = 0;
        for (&hash, index) in hashes.iter().zip(0..) {
            let (word, bit) = place(hash, words.len() - 1);
            // Written without a branch: the next one overwrites what is not picked.
            picked[count] = index;
            count += usize::from(words[word][2] & bit != 0);
        }
        count
    }
}

#[inline]
fn place(hash: u32, mask: usize) -> (usize, u64) {
    ((hash >> 6) as usize & mask, 1 << (hash % 64))
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use proptest::prelude::*;

    use super::*;

    /// Spread like coupons of different strings.
    fn hash(number: u32) -> u32 {
        number.wrapping_mul(0x9e37_79b1) >> 6
    }

    proptest! {
        #[test]
        fn what_is_not_picked_is_rare(
            distinct in 1_000u32..100_000, numbers in proptest::collection::vec(any::<u32>(), 1..4000),
        ) {
            let hashes: Vec<u32> = numbers.iter().map(|number| hash(number % distinct)).collect();
            let mut sieve = Sieve::default();
            sieve.pick_often(&[7; 3000]);
            if let Some(picked) = sieve.pick_often(&hashes) {
                prop_assert!(hashes.len() - picked.len() >= hashes.len().div_ceil(2).max(512));
                let picked: HashSet<usize> = picked.iter().map(|index| *index as usize).collect();
                let mut counts: HashMap<u32, u64> = HashMap::new();
                for hash in &hashes {
                    *counts.entry(*hash).or_default() += 1;
                }
                for (index, hash) in hashes.iter().enumerate() {
                    let is_picked = picked.contains(&index);
                    prop_assert!(is_picked || counts[hash] <= Sieve::RARE, "{} came {} times", hash, counts[hash]);
                }
            }
        }
    }

    #[test]
    fn hashes_that_differ_are_rare() {
        let hashes: Vec<u32> = (0..10_000).map(hash).collect();
        let picked = Sieve::default().pick_often(&hashes).map(<[u32]>::len);
        assert!(picked.is_some_and(|picked| picked < 500), "{picked:?}");
    }

    #[test]
    fn few_hashes_and_few_different_ones_are_not_worth_it() {
        let mut sieve = Sieve::default();
        assert_eq!(sieve.pick_often(&[]), None);
        assert_eq!(sieve.pick_often(&(0..500).map(hash).collect::<Vec<_>>()), None);
        assert_eq!(sieve.pick_often(&(0..10_000).map(|number| hash(number % 100)).collect::<Vec<_>>()), None);
    }
}
