use std::collections::BTreeMap;

use super::confusion::Content;
use super::scores::{SCORE_BINS, ScoreHistogram};
use super::weighted::Weights;
use crate::error::{Error, Result};

/// Weights of negatives and positives in the bins of a [`ScoreHistogram`]. Takes memory for bins with weight only.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WeightedScores {
    bins: BTreeMap<u16, [Weights; 2]>,
}

impl WeightedScores {
    /// Adds the weight of one score; one outside `[0, 1]`, or NaN, counts nowhere.
    pub fn add(&mut self, weight: f64, positive: bool, score: f64) {
        if let Some(bin) = ScoreHistogram::bin_of(score) {
            let mut added = [Weights::default(); 2];
            added[usize::from(positive)] = Weights::of(weight);
            self.put(bin, added);
        }
    }

    /// Adds stored weights of negatives and positives; a bin that comes twice is added up.
    ///
    /// # Errors
    /// `InvalidData` for a bin that is not below [`SCORE_BINS`], or a sum that is negative or not a number.
    pub fn add_bin(&mut self, bin: u16, negatives: Weights, positives: Weights) -> Result<()> {
        if usize::from(bin) >= SCORE_BINS {
            return Err(Error::invalid_data(format!("score bin must be below {SCORE_BINS}, got {bin}")));
        }
        self.put(bin, [negatives.checked()?, positives.checked()?]);
        Ok(())
    }

    /// Adds what `other` holds.
    pub fn merge(&mut self, other: &Self) {
        for (&bin, &added) in &other.bins {
            self.put(bin, added);
        }
    }

    /// What is left when that is taken out which was added before.
    #[must_use]
    pub fn without(&self, taken: &Self) -> Self {
        let mut left = Self::default();
        for (&bin, own) in &self.bins {
            let taken = taken.bins.get(&bin).copied().unwrap_or_default();
            left.put(bin, [own[0].minus(taken[0]), own[1].minus(taken[1])]);
        }
        left
    }

    /// The bins with weight as `(bin, negatives, positives)`, by rising score.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (u16, Weights, Weights)> + '_ {
        self.bins.iter().map(|(&bin, &[negatives, positives])| (bin, negatives, positives))
    }

    fn put(&mut self, bin: u16, added: [Weights; 2]) {
        if added != [Weights::default(); 2] {
            let own = self.bins.entry(bin).or_default();
            *own = [own[0].plus(added[0]), own[1].plus(added[1])];
        }
    }
}
