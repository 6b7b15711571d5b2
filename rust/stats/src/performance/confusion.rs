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
    pub(super) fn predicted(self) -> u64 {
        self.true_positives + self.false_positives
    }

    pub(super) fn labelled(self) -> u64 {
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

    /// Precision, or 0 for a class that is never predicted.
    fn precision_value(self) -> f64 {
        self.true_positives as f64 / (self.predicted() as f64).max(1.0)
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

    /// The number of rows.
    fn rows(&self) -> f64 {
        self.cells.iter().map(|cell| cell.2).sum::<u64>() as f64
    }

    /// The mean recall of the classes that are labelled.
    pub(super) fn balanced_accuracy(&self) -> Option<Estimate> {
        let recalls: Vec<_> = self.counts.values().filter_map(|counts| counts.recall()).collect();
        (!recalls.is_empty()).then(|| mean_of_shares(&recalls, recalls.len()))?
    }

    /// The mean precision of all classes.
    pub(super) fn macro_precision(&self) -> Option<Estimate> {
        self.mean_of_shares(ClassCounts::precision)
    }

    /// The mean recall of all classes.
    pub(super) fn macro_recall(&self) -> Option<Estimate> {
        self.mean_of_shares(ClassCounts::recall)
    }

    /// The mean of one share per class; a class that has none counts as 0.
    fn mean_of_shares(&self, share: impl Fn(ClassCounts) -> Option<Estimate>) -> Option<Estimate> {
        let shares: Vec<_> = self.counts.values().filter_map(|&counts| share(counts)).collect();
        mean_of_shares(&shares, self.counts.len())
    }

    /// The mean precision of all classes, each as often as it is labelled.
    pub(super) fn weighted_precision(&self) -> Option<Estimate> {
        let n = self.rows();
        let value = self.weighted_mean(ClassCounts::precision_value);
        self.by_delta_method(value, |label, predicted| {
            let (of_label, of_predicted) = (self.of(label), self.of(predicted));
            let hit = f64::from(u8::from(label == predicted));
            let moved = (hit - of_predicted.precision_value()) / of_predicted.predicted() as f64;
            (of_label.precision_value() - value + of_predicted.labelled() as f64 * moved) / n
        })
    }

    /// The mean F1 of all classes, each as often as it is labelled.
    pub(super) fn weighted_f1(&self) -> Option<Estimate> {
        let n = self.rows();
        let value = self.weighted_mean(ClassCounts::f1_value);
        self.by_delta_method(value, |label, predicted| {
            let (of_label, of_predicted) = (self.of(label), self.of(predicted));
            let moved = if label == predicted {
                of_label.labelled() as f64 * 2.0 * (1.0 - of_label.f1_value()) / of_label.f1_denominator()
            } else {
                let lost = |of: ClassCounts| of.labelled() as f64 * of.f1_value() / of.f1_denominator();
                -(lost(of_label) + lost(of_predicted))
            };
            (of_label.f1_value() - value + moved) / n
        })
    }

    fn weighted_mean(&self, value: impl Fn(ClassCounts) -> f64) -> f64 {
        let sum: f64 = self.counts.values().map(|&counts| counts.labelled() as f64 * value(counts)).sum();
        sum / self.rows()
    }

    /// Matthews' correlation coefficient in Gorodkin's form for any number of classes (2004); none where
    /// all labels or all predictions are of one class.
    pub(super) fn matthews(&self) -> Option<Estimate> {
        let n = self.rows();
        let right: f64 = self.counts.values().map(|counts| counts.true_positives as f64).sum();
        let (mut together, mut predicted_alike, mut labelled_alike) = (0.0, 0.0, 0.0);
        for counts in self.counts.values() {
            let (predicted, labelled) = (counts.predicted() as f64, counts.labelled() as f64);
            together += predicted * labelled;
            predicted_alike += predicted * predicted;
            labelled_alike += labelled * labelled;
        }
        let (of_predicted, of_labelled) = (n * n - predicted_alike, n * n - labelled_alike);
        if of_predicted <= 0.0 || of_labelled <= 0.0 {
            return None;
        }
        let scale = (of_predicted * of_labelled).sqrt();
        let value = ((right * n - together) / scale).clamp(-1.0, 1.0);
        let variance = self.delta_variance(|label, predicted| {
            let hit = f64::from(u8::from(label == predicted));
            let (label, predicted) = (self.of(label), self.of(predicted));
            let covariance = hit * n + right - label.predicted() as f64 - predicted.labelled() as f64;
            let shrinks = (n - predicted.predicted() as f64) / of_predicted
                + (n - label.labelled() as f64) / of_labelled;
            covariance / scale - value * shrinks
        });
        Some(Estimate::signed_score(value, variance, n))
    }

    /// The variance by the delta method over the multinomial confusion counts, of a figure that does not
    /// change when all counts are multiplied: the mean gradient is 0 and the variance is the sum of
    /// `count * gradient^2`.
    fn delta_variance(&self, gradient: impl Fn(&str, &str) -> f64) -> f64 {
        let terms = self.cells.iter().map(|&(label, predicted, count)| {
            let gradient = gradient(label, predicted);
            count as f64 * gradient * gradient
        });
        terms.sum()
    }

    /// The score interval of that variance.
    fn by_delta_method(&self, value: f64, gradient: impl Fn(&str, &str) -> f64) -> Option<Estimate> {
        let rows = self.rows();
        (rows > 0.0).then(|| Estimate::score(value, self.delta_variance(gradient), rows))
    }

    /// The mean F1 of all classes.
    pub(super) fn macro_f1(&self) -> Option<Estimate> {
        let classes = self.counts.len() as f64;
        let mean = self.counts.values().map(|counts| counts.f1_value()).sum::<f64>() / classes;
        self.by_delta_method(mean, |label, predicted| self.macro_f1_gradient(label, predicted) / classes)
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

/// The sum of some shares over a number of classes. The shares of different classes rest on different rows,
/// so their Wilson intervals combine by Zou and Donner's rule (2008): squared distances from value to end
/// add up.
fn mean_of_shares(shares: &[Estimate], classes: usize) -> Option<Estimate> {
    let classes = classes as f64;
    let (mut sum, mut below, mut above) = (0.0, 0.0, 0.0);
    for estimate in shares {
        sum += estimate.value;
        below += (estimate.value - estimate.low).powi(2);
        above += (estimate.high - estimate.value).powi(2);
    }
    let (mean, below, above) = (sum / classes, below.sqrt() / classes, above.sqrt() / classes);
    Estimate::checked(mean, (mean - below).max(0.0), (mean + above).min(1.0))
}
