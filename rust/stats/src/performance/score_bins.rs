//! Scores by label as the figures of scores read them: counted, or by weights.

use driftline_sketches::ScoreHistogram;
use driftline_sketches::performance::{Content, WeightedScores, Weights};

use super::confusion::counted;

/// A bin of the score histogram that holds rows. Of counts both sums of weights are the number.
#[derive(Debug, Clone, Copy)]
pub(super) struct ScoreBin {
    pub(super) bin: u16,
    pub(super) negatives: Weights,
    pub(super) positives: Weights,
}

impl ScoreBin {
    /// Of both kinds.
    pub(super) fn rows(&self) -> Weights {
        self.negatives.plus(self.positives)
    }

    /// The score in its middle.
    pub(super) fn middle(&self) -> f64 {
        ScoreHistogram::middle(self.bin)
    }
}

/// Counts by rising score.
pub(super) fn by_count(scores: &ScoreHistogram) -> Vec<ScoreBin> {
    let bins = scores.iter();
    bins.map(|(bin, negatives, positives)| ScoreBin {
        bin,
        negatives: counted(negatives),
        positives: counted(positives),
    })
    .collect()
}

/// Weights by rising score, as shares of `all` of them.
pub(super) fn by_weight(scores: &WeightedScores, all: f64) -> Vec<ScoreBin> {
    let bins = scores.iter();
    bins.map(|(bin, negatives, positives)| ScoreBin {
        bin,
        negatives: negatives.over(all),
        positives: positives.over(all),
    })
    .collect()
}

/// Weights of all bins together.
pub(super) fn total(bins: &[ScoreBin], of: impl Fn(&ScoreBin) -> Weights) -> Weights {
    bins.iter().map(of).fold(Weights::default(), Weights::plus)
}
