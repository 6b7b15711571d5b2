use driftline_sketches::performance::OTHER_CLASS;
use driftline_sketches::{Performance, ScoreHistogram};

use super::Criterion;

/// Records of one group by what became of them. Counts only: groups add up, and one can be taken out of a whole.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct GroupCounts {
    /// Predictions that say whether the positive class or another, labelled or not.
    pub decisions: u64,
    /// Those that say the positive class.
    pub positive_decisions: u64,
    /// Labelled records by whether they are positive (first index 1) and predicted so (second index 1).
    pub outcomes: [[u64; 2]; 2],
    /// Labelled records whose prediction was judged, and those that were right.
    pub judged: u64,
    /// See [`Self::judged`].
    pub right: u64,
    /// Labelled records with a score.
    pub scored: u64,
    /// Label (1 or 0) minus score, summed; scores as the middles of their bins.
    pub gap: f64,
    /// The squares of these.
    pub squared_gap: f64,
}

impl GroupCounts {
    /// The counts of a group. Where no positive class is known (an empty name), accuracy and calibration alone.
    pub fn new(performance: &Performance, positive: &str) -> Self {
        let mut counts = Self::default();
        let Some(classification) = &performance.classification else { return counts.decided(performance) };
        for (label, predicted, count) in classification.confusion() {
            if label == OTHER_CLASS && predicted == OTHER_CLASS {
                continue;
            }
            counts.judged += count;
            counts.right += if label == predicted { count } else { 0 };
            if !positive.is_empty() {
                let place = [label, predicted].map(|class| usize::from(class == positive));
                counts.outcomes[place[0]][place[1]] += count;
            }
        }
        for (bin, negatives, positives) in classification.scores.iter().flat_map(ScoreHistogram::iter) {
            let score = ScoreHistogram::middle(bin);
            let (negatives, positives) = (negatives as f64, positives as f64);
            counts.gap += positives * (1.0 - score) - negatives * score;
            counts.squared_gap += positives * (1.0 - score).powi(2) + negatives * score.powi(2);
        }
        counts.scored = classification.scored();
        counts.decided(performance)
    }

    /// Decisions are counted as they are made; where they were not (rows of a time that did not count them), the labelled
    /// ones stand for all.
    fn decided(mut self, performance: &Performance) -> Self {
        let made = performance.decisions;
        (self.decisions, self.positive_decisions) = if made.made > 0 {
            (made.made, made.positive)
        } else {
            let positive = self.outcomes[0][1] + self.outcomes[1][1];
            (self.outcomes.iter().flatten().sum(), positive)
        };
        self
    }

    /// Both groups together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        self.combined(other, |left, right| left + right, |left, right| left + right)
    }

    /// This group without the records of one that is part of it.
    #[must_use]
    pub fn minus(self, part: Self) -> Self {
        self.combined(part, u64::saturating_sub, |left, right| left - right)
    }

    fn combined(self, other: Self, count: impl Fn(u64, u64) -> u64, sum: impl Fn(f64, f64) -> f64) -> Self {
        let outcome =
            |label: usize, said: usize| count(self.outcomes[label][said], other.outcomes[label][said]);
        Self {
            decisions: count(self.decisions, other.decisions),
            positive_decisions: count(self.positive_decisions, other.positive_decisions),
            outcomes: [[outcome(0, 0), outcome(0, 1)], [outcome(1, 0), outcome(1, 1)]],
            judged: count(self.judged, other.judged),
            right: count(self.right, other.right),
            scored: count(self.scored, other.scored),
            gap: sum(self.gap, other.gap),
            squared_gap: sum(self.squared_gap, other.squared_gap),
        }
    }

    /// Hits and trials of a criterion that is a share; none of the others.
    pub(super) fn share(&self, criterion: Criterion) -> (u64, u64) {
        let [[true_negatives, false_positives], [false_negatives, true_positives]] = self.outcomes;
        match criterion {
            Criterion::DemographicParity => (self.positive_decisions, self.decisions),
            Criterion::EqualOpportunity => (true_positives, true_positives + false_negatives),
            Criterion::FalsePositiveRate => (false_positives, false_positives + true_negatives),
            Criterion::PredictiveParity => (true_positives, true_positives + false_positives),
            Criterion::Accuracy => (self.right, self.judged),
            Criterion::EqualizedOdds | Criterion::Calibration => (0, 0),
        }
    }
}
