//! How scores agree with the share of positives among the rows that have them.

use driftline_sketches::ScoreHistogram;
use driftline_sketches::performance::{SCORE_BINS, SCORE_ERROR};

use super::estimate::Estimate;
use super::rates::proportion;
use crate::special::{Z_95_TWO_SIDED, normal_cdf};

/// Bins of the calibration curve, of equal width over `[0, 1]`. A power of two, so that their edges are
/// edges of the score histogram and the counts in them are exact.
pub const CALIBRATION_BINS: usize = 16;

/// Rows whose scores lie in one bin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CalibrationBin {
    /// Lower edge of the scores.
    pub low: f64,
    /// Upper edge; scores of 1 belong to the last bin.
    pub high: f64,
    /// Rows in it.
    pub rows: u64,
    /// Their mean score, to half the width of a bin of the score histogram.
    pub score: Estimate,
    /// The share of positives among them, with Wilson's interval.
    pub positives: Estimate,
}

/// The bins that hold rows, by rising score.
pub(super) fn calibration_curve(scores: &ScoreHistogram) -> Vec<CalibrationBin> {
    bins(scores).iter().filter_map(Bin::shown).collect()
}

/// The expected calibration error: the distances between mean score and share of positives, a bin
/// weighing as many rows as it has; none for fewer than two rows.
///
/// Chance alone sets share and score apart, so that the value is above 0 where nothing is wrong. The
/// interval is around the value less what chance adds (the excess of a folded normal mean in each bin), and
/// reaches as far as the value. Its variance is that of the mean over rows of label minus score, taken with
/// the sign of their bin; the error of the mean scores is added.
pub(super) fn expected_calibration_error(scores: &ScoreHistogram) -> Option<Estimate> {
    let bins = bins(scores);
    let n: f64 = bins.iter().map(|bin| bin.rows as f64).sum();
    if n < 2.0 {
        return None;
    }
    let value = bins.iter().map(|bin| bin.gap().abs()).sum::<f64>() / n;
    let excess = bins.iter().map(Bin::chance).sum::<f64>() / n;
    let squares = bins.iter().map(|bin| bin.squares).sum::<f64>() / n;
    let half_width = Z_95_TWO_SIDED * ((squares - value * value).max(0.0) / (n - 1.0)).sqrt() + SCORE_ERROR;
    let centre = (value - excess).max(0.0);
    Estimate::checked(value, (centre - half_width).max(0.0), (centre + half_width).min(1.0))
}

#[derive(Clone, Default)]
struct Bin {
    number: usize,
    rows: u64,
    positives: u64,
    score_sum: f64,
    /// Squared differences of label and score.
    squares: f64,
}

fn bins(scores: &ScoreHistogram) -> Vec<Bin> {
    let mut bins = vec![Bin::default(); CALIBRATION_BINS];
    for (index, negatives, positives) in scores.iter() {
        let number = usize::from(index) * CALIBRATION_BINS / SCORE_BINS;
        let score = ScoreHistogram::middle(index);
        let bin = &mut bins[number];
        bin.number = number;
        bin.rows += negatives + positives;
        bin.positives += positives;
        bin.score_sum += score * (negatives + positives) as f64;
        bin.squares += positives as f64 * (1.0 - score).powi(2) + negatives as f64 * score * score;
    }
    bins
}

impl Bin {
    /// Positives minus scores, summed.
    fn gap(&self) -> f64 {
        self.positives as f64 - self.score_sum
    }

    /// By how much chance makes the absolute gap larger than it is.
    fn chance(&self) -> f64 {
        if self.rows == 0 {
            return 0.0;
        }
        let gap = self.gap().abs();
        // Half a row more on both sides: a bin of one kind has a spread too.
        let smoothed = (self.positives as f64 + 0.5) / (self.rows as f64 + 1.0);
        let deviation = (self.rows as f64 * smoothed * (1.0 - smoothed)).sqrt();
        let density = (-0.5 * (gap / deviation).powi(2)).exp() / (2.0 * std::f64::consts::PI).sqrt();
        2.0 * (deviation * density - gap * normal_cdf(-gap / deviation))
    }

    fn shown(&self) -> Option<CalibrationBin> {
        let score = self.score_sum / self.rows as f64;
        let edge = |number: usize| number as f64 / CALIBRATION_BINS as f64;
        Some(CalibrationBin {
            low: edge(self.number),
            high: edge(self.number + 1),
            rows: self.rows,
            positives: proportion(self.positives, self.rows)?,
            score: Estimate::checked(score, score - SCORE_ERROR, score + SCORE_ERROR)?,
        })
    }
}
