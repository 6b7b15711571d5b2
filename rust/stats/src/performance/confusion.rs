//! Precision, recall and F1 from confusion counts.

use std::collections::BTreeMap;

use super::estimate::Estimate;
use super::rates::proportion;

/// What one class is taken for, against all others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct ClassCounts {
    pub(super) true_positives: u64,
    pub(super) false_positives: u64,
    pub(super) false_negatives: u64,
}

impl ClassCounts {
    fn predicted(self) -> u64 {
        self.true_positives + self.false_positives
    }

    fn labelled(self) -> u64 {
        self.true_positives + self.false_negatives
    }

    /// Twice the true positives plus all errors: the denominator of F1.
    fn f1_denominator(self) -> f64 {
        (self.predicted() + self.labelled()) as f64
    }

    /// Wilson over all predictions of the class; none when there is none.
    pub(super) fn precision(self) -> Option<Estimate> {
        proportion(self.true_positives, self.predicted())
    }

    /// Wilson over all labels of the class; none when there is none.
    pub(super) fn recall(self) -> Option<Estimate> {
        proportion(self.true_positives, self.labelled())
    }

    /// F1 is `2 j / (1 + j)` with `j` the share of true positives among all rows where the class is
    /// labelled or predicted; its interval is Wilson's of `j`, carried over. To first order that is
    /// the delta method's.
    pub(super) fn f1(self) -> Option<Estimate> {
        let concerned = self.labelled() + self.false_positives;
        Some(proportion(self.true_positives, concerned)?.map(|j| 2.0 * j / (1.0 + j)))
    }

    /// F1, or 0 for a class that is neither labelled nor predicted.
    fn f1_value(self) -> f64 {
        let denominator = self.f1_denominator();
        if denominator > 0.0 { 2.0 * self.true_positives as f64 / denominator } else { 0.0 }
    }
}

/// Rows by (label, predicted class).
pub(super) type Cell<'a> = (&'a str, &'a str, u64);

/// Confusion counts seen from every class in turn.
pub(super) struct PerClass<'a> {
    cells: &'a [Cell<'a>],
    counts: BTreeMap<&'a str, ClassCounts>,
}

impl<'a> PerClass<'a> {
    pub(super) fn new(cells: &'a [Cell<'a>]) -> Self {
        let mut counts: BTreeMap<&str, ClassCounts> = BTreeMap::new();
        for &(label, predicted, count) in cells {
            if label == predicted {
                counts.entry(label).or_default().true_positives += count;
            } else {
                counts.entry(label).or_default().false_negatives += count;
                counts.entry(predicted).or_default().false_positives += count;
            }
        }
        Self { cells, counts }
    }

    /// The classes seen, as label or as prediction.
    pub(super) fn classes(&self) -> impl Iterator<Item = &'a str> {
        self.counts.keys().copied()
    }

    /// What is counted of one class.
    pub(super) fn of(&self, class: &str) -> ClassCounts {
        self.counts.get(class).copied().unwrap_or_default()
    }

    /// The mean precision of all classes.
    pub(super) fn macro_precision(&self) -> Option<Estimate> {
        self.mean_of_shares(ClassCounts::precision)
    }

    /// The mean recall of all classes.
    pub(super) fn macro_recall(&self) -> Option<Estimate> {
        self.mean_of_shares(ClassCounts::recall)
    }

    /// The mean of one share per class; a class that has none counts as 0. The shares of different
    /// classes rest on different rows, so their Wilson intervals combine by Zou and Donner's rule
    /// (2008): squared distances from value to end add up.
    fn mean_of_shares(&self, share: impl Fn(ClassCounts) -> Option<Estimate>) -> Option<Estimate> {
        let classes = self.counts.len() as f64;
        let (mut sum, mut below, mut above) = (0.0, 0.0, 0.0);
        for estimate in self.counts.values().filter_map(|&counts| share(counts)) {
            sum += estimate.value;
            below += (estimate.value - estimate.low).powi(2);
            above += (estimate.high - estimate.value).powi(2);
        }
        let (mean, below, above) = (sum / classes, below.sqrt() / classes, above.sqrt() / classes);
        Estimate::checked(mean, (mean - below).max(0.0), (mean + above).min(1.0))
    }

    /// The mean F1 of all classes. Its variance is the delta method's over the multinomial
    /// confusion counts (F1 does not change when all counts are multiplied, so the mean gradient is
    /// 0 and the variance is the sum of `count * gradient^2`); its interval is the score interval
    /// of that variance.
    pub(super) fn macro_f1(&self) -> Option<Estimate> {
        let classes = self.counts.len() as f64;
        let labelled: u64 = self.cells.iter().map(|cell| cell.2).sum();
        let mean = self.counts.values().map(|counts| counts.f1_value()).sum::<f64>() / classes;
        let variance: f64 = self
            .cells
            .iter()
            .map(|&(label, predicted, count)| {
                let gradient = self.macro_f1_gradient(label, predicted) / classes;
                count as f64 * gradient * gradient
            })
            .sum();
        (labelled > 0).then(|| Estimate::score(mean, variance, labelled as f64))
    }

    /// How fast the sum of the classes' F1 changes with one cell.
    fn macro_f1_gradient(&self, label: &str, predicted: &str) -> f64 {
        let (of_label, of_predicted) = (self.of(label), self.of(predicted));
        if label == predicted {
            return 2.0 * (1.0 - of_label.f1_value()) / of_label.f1_denominator();
        }
        -(of_label.f1_value() / of_label.f1_denominator()
            + of_predicted.f1_value() / of_predicted.f1_denominator())
    }
}
