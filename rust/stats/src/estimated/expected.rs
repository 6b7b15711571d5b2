//! Figures that labels are expected to give.

use driftline_sketches::performance::Weights;
use driftline_sketches::{Classification, ScoreHistogram};

use super::calibration::Calibration;
use super::differences::Differences;
use super::outcomes::{self, COUNTS, figures, gradients};
use crate::performance::{Area, Estimate, Figure, classification};
use crate::special::Z_95_TWO_SIDED;

/// Names of the figures: [`outcomes::NAMES`], and then the area.
pub(super) const NAMES: [&str; 6] = ["accuracy", "precision", "recall", "f1", "specificity", "roc_auc"];

/// What the labels of predictions are expected to say of them: `accuracy`, `precision`, `recall`, `f1`, `specificity` and
/// `roc_auc`, those that exist. `scores` has the scores of all predictions, by whether the positive class was predicted.
///
/// A record at a score is positive with the calibrated chance, so that expected confusion counts are sums of chances. The 95%
/// interval is of the figure that the labels of these very records will give: it covers the chance of the labels (delta method
/// over independent records, `DeLong`'s variance for the area), the standard error of the calibration (each block of it moved in
/// turn), and how much periods of the reference differ from what was expected of them; for the area, what is tied in one score
/// bin, too.
pub fn estimate(
    calibration: &Calibration,
    scores: &ScoreHistogram,
    differences: &Differences,
) -> Vec<Figure> {
    let shares = calibration.shares();
    let Expected { figures, chance, rows, half_ties } = Expected::new(scores, &shares);
    let mut doubt = [0.0; NAMES.len()];
    for moved in calibration.moved() {
        for ((doubt, figure), moved) in doubt.iter_mut().zip(&figures).zip(figures_of(scores, &moved)) {
            if let (Some(figure), Some(moved)) = (figure, moved) {
                *doubt += (moved - figure) * (moved - figure);
            }
        }
    }
    let variances = chance.into_iter().zip(doubt).zip(differences.variances());
    let found = NAMES.iter().zip(figures).zip(variances);
    found
        .filter_map(|((&name, figure), ((chance, doubt), difference))| {
            let value = figure?.clamp(0.0, 1.0);
            let estimate = Estimate::score(value, chance + doubt, rows);
            // Distances from the value to an end that are independent of each other add up as squares (Zou and Donner 2008).
            let difference = Z_95_TWO_SIDED * Z_95_TWO_SIDED * difference;
            let reach = |end: f64| ((value - end).powi(2) + difference).sqrt();
            let ties = if name == "roc_auc" { half_ties } else { 0.0 };
            let (low, high) = (value - reach(estimate.low) - ties, value + reach(estimate.high) + ties);
            let (low, high) = (low.max(0.0), high.min(1.0));
            Some(Figure { name, estimate: Estimate { low, high, ..estimate }, rows: rows as u64 })
        })
        .collect()
}

/// The same figures of labels that have come, those that exist.
pub fn realised(labelled: &Classification, positive: &str) -> Vec<Figure> {
    let figures = classification(labelled, positive).figures;
    let of_name = |name| figures.iter().find(|figure| figure.name == name).copied();
    NAMES.into_iter().filter_map(of_name).collect()
}

/// What is expected of some records.
pub(super) struct Expected {
    pub(super) figures: [Option<f64>; NAMES.len()],
    /// Variances of what their labels give.
    pub(super) chance: [f64; NAMES.len()],
    rows: f64,
    /// By how much rows that are tied in a bin can move the area.
    half_ties: f64,
}

impl Expected {
    /// With the share of positives in each score bin.
    pub(super) fn new(scores: &ScoreHistogram, shares: &[f64]) -> Self {
        let counts = Counts::expected(scores, shares);
        let area = Area::of(bins_of(scores, shares));
        let [accuracy, precision, recall, f1, specificity] = figures(counts.outcomes());
        let of_counts = counts.variances();
        let (variance, half_ties) = area.as_ref().map_or((0.0, 0.0), |area| (area.variance, area.half_ties));
        Self {
            figures: [accuracy, precision, recall, f1, specificity, area.map(|area| area.value)],
            chance: std::array::from_fn(|place| of_counts.get(place).copied().unwrap_or(variance)),
            rows: counts.rows(),
            half_ties,
        }
    }
}

fn figures_of(scores: &ScoreHistogram, shares: &[f64]) -> [Option<f64>; NAMES.len()] {
    let [accuracy, precision, recall, f1, specificity] = figures(Counts::expected(scores, shares).outcomes());
    let area = Area::of(bins_of(scores, shares)).map(|area| area.value);
    [accuracy, precision, recall, f1, specificity, area]
}

/// Negatives and positives that are expected in each bin, by rising score.
fn bins_of<'s>(
    scores: &'s ScoreHistogram,
    shares: &'s [f64],
) -> impl Iterator<Item = (Weights, Weights)> + 's {
    let expected = |rows: f64| Weights { sum: rows, squares: rows };
    scores.iter().map(move |(bin, negative, positive)| {
        let (rows, share) = ((negative + positive) as f64, shares[usize::from(bin)]);
        (expected(rows * (1.0 - share)), expected(rows * share))
    })
}

/// Expected confusion counts.
struct Counts {
    /// Records predicted negative, and positive.
    predicted: (f64, f64),
    true_positives: f64,
    false_negatives: f64,
    /// Of the true positives and of the false negatives, for records that are independent.
    variances: (f64, f64),
}

impl Counts {
    fn expected(scores: &ScoreHistogram, shares: &[f64]) -> Self {
        let mut counts =
            Self { predicted: (0.0, 0.0), true_positives: 0.0, false_negatives: 0.0, variances: (0.0, 0.0) };
        for (bin, negative, positive) in scores.iter() {
            let (negative, positive, share) = (negative as f64, positive as f64, shares[usize::from(bin)]);
            counts.predicted = (counts.predicted.0 + negative, counts.predicted.1 + positive);
            counts.true_positives += positive * share;
            counts.false_negatives += negative * share;
            let variance = share * (1.0 - share).max(0.0);
            counts.variances.0 += positive * variance;
            counts.variances.1 += negative * variance;
        }
        counts
    }

    fn rows(&self) -> f64 {
        self.predicted.0 + self.predicted.1
    }

    fn outcomes(&self) -> [f64; COUNTS] {
        let (hits, misses) = (self.true_positives, self.false_negatives);
        [hits, self.predicted.1 - hits, misses, self.predicted.0 - misses, 0.0]
    }

    /// Of the figures, by the delta method: a true positive more is a false positive less, and a false negative more is a true
    /// negative less.
    fn variances(&self) -> [f64; outcomes::NAMES.len()] {
        gradients(self.outcomes()).map(|[hits, alarms, misses, rest, _]| {
            let (hit, miss) = (hits - alarms, misses - rest);
            hit * hit * self.variances.0 + miss * miss * self.variances.1
        })
    }
}
