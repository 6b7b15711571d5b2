//! Average precision, the area under the precision-recall curve, from scores by label.

use driftline_sketches::performance::{Content, Weights};

use super::confusion::effective;
use super::estimate::Estimate;
use super::score_bins::{ScoreBin, total};

/// Terms of a sum over the rows of a bin that are added one by one.
const EXACT_TERMS: u64 = 64;

/// The mean precision at the score of each positive row (scikit-learn's `average_precision_score`); none
/// without positives.
///
/// Two doubts make the interval, and add up. In which order the rows of one bin come is not known: the
/// value takes positives and negatives as evenly mixed, and lies between all negatives first and all
/// positives tied above all negatives. And the rows are a sample: the score interval of the variance of
/// the influence that each row has (rows in one bin taken as tied). Of weights, those of one kind in one bin
/// are taken for equal ones, as many as tell as much.
pub(super) fn average_precision(scores: &[ScoreBin]) -> Option<Estimate> {
    let all = total(scores, |bin| bin.positives);
    let positives = all.sum;
    if positives == 0.0 {
        return None;
    }
    let bins = descending(scores);
    let mean = |of: fn(&Bin) -> f64| bins.iter().map(of).sum::<f64>() / positives;
    let value = mean(Bin::mixed);
    let sampling = Estimate::score(value, variance(&bins, value, positives), effective(all));
    let (least, most) = (mean(Bin::least), mean(Bin::most));
    let widened = sampling.widened((value - least).max(0.0), (most - value).max(0.0), (0.0, 1.0));
    Estimate::checked(widened.value, widened.low, widened.high)
}

/// The rows of one bin and the weight of those that score higher.
struct Bin {
    positives: Weights,
    negatives: Weights,
    positives_above: f64,
    rows_above: f64,
}

fn descending(scores: &[ScoreBin]) -> Vec<Bin> {
    let (mut positives_above, mut rows_above) = (0.0, 0.0);
    let bins = scores.iter().rev().map(|&ScoreBin { negatives, positives, .. }| {
        let bin = Bin { positives, negatives, positives_above, rows_above };
        positives_above += positives.sum;
        rows_above += positives.sum + negatives.sum;
        bin
    });
    bins.collect()
}

impl Bin {
    /// The precisions at the bin's positives, summed by weight, if its rows are evenly mixed.
    fn mixed(&self) -> f64 {
        let positive = each(self.positives);
        let rows_a_positive = 1.0 + self.negatives.sum / (self.positives.sum + positive);
        self.precisions(self.rows_above, rows_a_positive)
    }

    /// The same if all its negatives come first.
    fn least(&self) -> f64 {
        self.precisions(self.rows_above + self.negatives.sum, 1.0)
    }

    /// With so much weight before the first positive, and so many rows up to each further one.
    fn precisions(&self, rows_before: f64, rows_a_positive: f64) -> f64 {
        let positive = each(self.positives);
        if positive == 0.0 {
            return 0.0;
        }
        // Of equal weights the number is whole but for rounding.
        let number = effective(self.positives);
        let number = if (number - number.round()).abs() < 1e-9 * number { number.round() } else { number };
        let (above, before) = (self.positives_above / positive, rows_before / positive);
        positive * sum_of_ratios(number, above, before, rows_a_positive)
    }

    /// The same if all its positives come first, with one score.
    fn most(&self) -> f64 {
        let positives = self.positives.sum;
        if positives == 0.0 {
            return 0.0;
        }
        positives * (self.positives_above + positives) / (self.rows_above + positives)
    }

    /// Weight of positives, and of rows, that score at least as high as the bin's middle row.
    fn middle(&self) -> (f64, f64) {
        let row = each(self.positives.plus(self.negatives));
        let positives = self.positives_above + 0.5 * (self.positives.sum + row);
        let rows = self.rows_above + 0.5 * (self.positives.sum + self.negatives.sum + row);
        (positives, rows.max(positives))
    }
}

/// The weight of each row, were all equal; 0 without rows.
fn each(rows: Weights) -> f64 {
    if rows.sum > 0.0 { rows.squares / rows.sum } else { 0.0 }
}

/// The sum of `(a + i) / (b + c i)` for `i` from 1 to `number`; after the first terms by the integral
/// from half a step before to half a step behind.
fn sum_of_ratios(number: f64, a: f64, b: f64, c: f64) -> f64 {
    let exact = (number as u64).min(EXACT_TERMS);
    let mut sum = 0.0;
    for i in 1..=exact {
        sum += (a + i as f64) / (b + c * i as f64);
    }
    if number > exact as f64 {
        let (from, to) = (exact as f64 + 0.5, number + 0.5);
        sum += (to - from) / c + (a - b / c) / c * ((b + c * to) / (b + c * from)).ln();
    }
    sum
}

/// The squared influences of all rows, summed. A positive row brings its own precision, and every row
/// changes the precision at the positives that do not score higher.
fn variance(bins: &[Bin], area: f64, positives: f64) -> f64 {
    let (mut by_positive, mut by_any, mut sum) = (0.0, 0.0, 0.0);
    for bin in bins.iter().rev() {
        let (positives_above, rows_above) = bin.middle();
        let precision = positives_above / rows_above;
        let gained = bin.positives.sum / rows_above;
        let lost = gained * precision;
        let (gains, losses) = (by_positive + 0.5 * gained, by_any + 0.5 * lost);
        let of_positive = (precision - area + gains - losses) / positives;
        let of_negative = losses / positives;
        sum += bin.positives.squares * of_positive.powi(2) + bin.negatives.squares * of_negative.powi(2);
        by_positive += gained;
        by_any += lost;
    }
    sum
}
