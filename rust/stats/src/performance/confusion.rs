//! Precision, recall and F1 from confusion counts, or from weights.

use std::collections::BTreeMap;

use driftline_sketches::performance::{Content, Weights};

use super::estimate::Estimate;

/// What one class is taken for, against all others, in weights: of counts both sums are the number.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct ClassCounts {
    pub(super) true_positives: Weights,
    pub(super) false_positives: Weights,
    pub(super) false_negatives: Weights,
}

/// Counts as weights of 1.
pub(super) fn counted(count: u64) -> Weights {
    Weights { sum: count as f64, squares: count as f64 }
}

/// How many records of equal weight would tell as much (Kish 1965).
pub(super) fn effective(weights: Weights) -> f64 {
    if weights.squares > 0.0 { weights.sum * weights.sum / weights.squares } else { 0.0 }
}

/// The weighted share of hits; none without weight. The score interval of its linearised variance, which is
/// Wilson's of counts.
pub(super) fn share(hits: Weights, misses: Weights) -> Option<Estimate> {
    let both = hits.plus(misses);
    let value = hits.sum / both.sum;
    let variance =
        (hits.squares * (1.0 - value).powi(2) + misses.squares * value * value) / (both.sum * both.sum);
    let found = (both.sum > 0.0).then(|| Estimate::score(value, variance, effective(both)))?;
    Estimate::checked(found.value, found.low, found.high)
}

impl ClassCounts {
    pub(super) fn predicted(self) -> Weights {
        self.true_positives.plus(self.false_positives)
    }

    pub(super) fn labelled(self) -> Weights {
        self.true_positives.plus(self.false_negatives)
    }

    /// All that have to do with the class.
    pub(super) fn concerned(self) -> Weights {
        self.labelled().plus(self.false_positives)
    }

    /// Twice the true positives plus all errors: the denominator of F1.
    fn f1_denominator(self) -> f64 {
        self.predicted().sum + self.labelled().sum
    }

    /// Of all predictions of the class; none when there is none.
    pub(super) fn precision(self) -> Option<Estimate> {
        share(self.true_positives, self.false_positives)
    }

    /// Of all labels of the class; none when there is none.
    pub(super) fn recall(self) -> Option<Estimate> {
        share(self.true_positives, self.false_negatives)
    }

    /// F1 is `2 j / (1 + j)` with `j` the share of true positives among all rows where the class is
    /// labelled or predicted; its interval is that of `j`, carried over. To first order that is
    /// the delta method's.
    pub(super) fn f1(self) -> Option<Estimate> {
        let wrong = self.false_positives.plus(self.false_negatives);
        Some(share(self.true_positives, wrong)?.map(|j| 2.0 * j / (1.0 + j)))
    }

    /// Precision, or 0 for a class that is never predicted.
    fn precision_value(self) -> f64 {
        let predicted = self.predicted().sum;
        if predicted > 0.0 { self.true_positives.sum / predicted } else { 0.0 }
    }

    /// F1, or 0 for a class that is neither labelled nor predicted.
    fn f1_value(self) -> f64 {
        let denominator = self.f1_denominator();
        if denominator > 0.0 { 2.0 * self.true_positives.sum / denominator } else { 0.0 }
    }
}

/// Weights by (label, predicted class).
pub(super) type Cell<'a> = (&'a str, &'a str, Weights);

/// Confusion weights seen from every class in turn.
pub(super) struct PerClass<'a> {
    cells: &'a [Cell<'a>],
    counts: BTreeMap<&'a str, ClassCounts>,
}

impl<'a> PerClass<'a> {
    pub(super) fn new(cells: &'a [Cell<'a>]) -> Self {
        let mut counts: BTreeMap<&str, ClassCounts> = BTreeMap::new();
        for &(label, predicted, count) in cells {
            if label == predicted {
                let class = counts.entry(label).or_default();
                class.true_positives = class.true_positives.plus(count);
            } else {
                let class = counts.entry(label).or_default();
                class.false_negatives = class.false_negatives.plus(count);
                let class = counts.entry(predicted).or_default();
                class.false_positives = class.false_positives.plus(count);
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

    /// All weights.
    pub(super) fn all(&self) -> Weights {
        self.cells.iter().fold(Weights::default(), |sum, cell| sum.plus(cell.2))
    }

    /// Those of right predictions.
    pub(super) fn right(&self) -> Weights {
        self.counts.values().fold(Weights::default(), |sum, counts| sum.plus(counts.true_positives))
    }

    /// The share of right predictions.
    pub(super) fn accuracy(&self) -> Option<Estimate> {
        let wrong = self.cells.iter().filter(|cell| cell.0 != cell.1);
        share(self.right(), wrong.fold(Weights::default(), |sum, cell| sum.plus(cell.2)))
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
        let n = self.all().sum;
        let value = self.weighted_mean(ClassCounts::precision_value);
        self.by_delta_method(value, |label, predicted| {
            let (of_label, of_predicted) = (self.of(label), self.of(predicted));
            let hit = f64::from(u8::from(label == predicted));
            let moved = (hit - of_predicted.precision_value()) / of_predicted.predicted().sum;
            (of_label.precision_value() - value + of_predicted.labelled().sum * moved) / n
        })
    }

    /// The mean F1 of all classes, each as often as it is labelled.
    pub(super) fn weighted_f1(&self) -> Option<Estimate> {
        let n = self.all().sum;
        let value = self.weighted_mean(ClassCounts::f1_value);
        self.by_delta_method(value, |label, predicted| {
            let (of_label, of_predicted) = (self.of(label), self.of(predicted));
            let moved = if label == predicted {
                of_label.labelled().sum * 2.0 * (1.0 - of_label.f1_value()) / of_label.f1_denominator()
            } else {
                let lost = |of: ClassCounts| of.labelled().sum * of.f1_value() / of.f1_denominator();
                -(lost(of_label) + lost(of_predicted))
            };
            (of_label.f1_value() - value + moved) / n
        })
    }

    fn weighted_mean(&self, value: impl Fn(ClassCounts) -> f64) -> f64 {
        let sum: f64 = self.counts.values().map(|&counts| counts.labelled().sum * value(counts)).sum();
        sum / self.all().sum
    }

    /// Matthews' correlation coefficient in Gorodkin's form for any number of classes (2004); none where
    /// all labels or all predictions are of one class.
    pub(super) fn matthews(&self) -> Option<Estimate> {
        let n = self.all().sum;
        let right: f64 = self.counts.values().map(|counts| counts.true_positives.sum).sum();
        let (mut together, mut predicted_alike, mut labelled_alike) = (0.0, 0.0, 0.0);
        for counts in self.counts.values() {
            let (predicted, labelled) = (counts.predicted().sum, counts.labelled().sum);
            together += predicted * labelled;
            predicted_alike += predicted * predicted;
            labelled_alike += labelled * labelled;
        }
        let (of_predicted, of_labelled) = (n * n - predicted_alike, n * n - labelled_alike);
        if of_predicted <= 0.0 || of_labelled <= 0.0 {
            return None;
        }
        let scale = (of_predicted * of_labelled).sqrt();
        let value = Some((right * n - together) / scale).filter(|value| value.is_finite())?.clamp(-1.0, 1.0);
        let variance = self.delta_variance(|label, predicted| {
            let hit = f64::from(u8::from(label == predicted));
            let (label, predicted) = (self.of(label), self.of(predicted));
            let covariance = hit * n + right - label.predicted().sum - predicted.labelled().sum;
            let shrinks =
                (n - predicted.predicted().sum) / of_predicted + (n - label.labelled().sum) / of_labelled;
            covariance / scale - value * shrinks
        });
        Some(Estimate::signed_score(value, variance, effective(self.all())))
    }

    /// The variance by the delta method over the confusion weights, of a figure that does not
    /// change when all are multiplied: the mean gradient is 0 and the variance is the sum of
    /// `squared weight * gradient^2`.
    fn delta_variance(&self, gradient: impl Fn(&str, &str) -> f64) -> f64 {
        let terms = self.cells.iter().map(|&(label, predicted, count)| {
            let gradient = gradient(label, predicted);
            count.squares * gradient * gradient
        });
        terms.sum()
    }

    /// The score interval of that variance.
    fn by_delta_method(&self, value: f64, gradient: impl Fn(&str, &str) -> f64) -> Option<Estimate> {
        let all = self.all();
        let found =
            (all.sum > 0.0).then(|| Estimate::score(value, self.delta_variance(gradient), effective(all)))?;
        Estimate::checked(found.value, found.low, found.high)
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
