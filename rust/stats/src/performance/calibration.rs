//! How scores agree with the share of positives among the rows that have them.

use driftline_sketches::performance::{Content, SCORE_BINS, SCORE_ERROR, Weights};

use super::confusion::effective;
use super::estimate::Estimate;
use super::rates::proportion;
use super::score_bins::{ScoreBin, total};
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

/// The bins that hold rows, by rising score; of counts.
pub(super) fn calibration_curve(scores: &[ScoreBin]) -> Vec<CalibrationBin> {
    bins(scores).iter().filter_map(Bin::shown).collect()
}

/// The expected calibration error: the distances between mean score and share of positives, a bin
/// weighing as many rows as it has; none for fewer than two rows.
///
/// Chance alone sets share and score apart, so that the value is above 0 where nothing is wrong. The
/// interval is around the value less what chance adds (the excess of a folded normal mean in each bin), and
/// reaches as far as the value. Its variance is that of the mean over rows of label minus score, taken with
/// the sign of their bin; the error of the mean scores is added.
pub(super) fn expected_calibration_error(scores: &[ScoreBin]) -> Option<Estimate> {
    let bins = bins(scores);
    let all = total(scores, ScoreBin::rows);
    let rows = effective(all);
    if rows.is_nan() || rows < 2.0 {
        return None;
    }
    let mean = |of: fn(&Bin) -> f64| bins.iter().map(of).sum::<f64>() / all.sum;
    let value = mean(|bin| bin.gap().abs()).min(1.0);
    let excess = mean(Bin::chance);
    let squares = bins.iter().map(|bin| bin.squares).sum::<f64>();
    let signed = bins.iter().map(|bin| bin.by_square * bin.gap().signum()).sum::<f64>();
    let deviations = (squares - 2.0 * value * signed + value * value * all.squares).max(0.0);
    let error = (deviations * rows / (rows - 1.0)).sqrt() / all.sum;
    let half_width = Z_95_TWO_SIDED * error + SCORE_ERROR;
    let centre = (value - excess).max(0.0);
    Estimate::checked(value, (centre - half_width).max(0.0), (centre + half_width).min(1.0))
}

#[derive(Clone, Default)]
struct Bin {
    number: usize,
    rows: Weights,
    positives: f64,
    score_sum: f64,
    /// Label minus score by squared weight, and its square.
    by_square: f64,
    squares: f64,
}

fn bins(scores: &[ScoreBin]) -> Vec<Bin> {
    let mut bins = vec![Bin::default(); CALIBRATION_BINS];
    for added in scores {
        let number = usize::from(added.bin) * CALIBRATION_BINS / SCORE_BINS;
        let (rows, score) = (added.rows(), added.middle());
        let bin = &mut bins[number];
        bin.number = number;
        bin.rows = bin.rows.plus(rows);
        bin.positives += added.positives.sum;
        bin.score_sum += score * rows.sum;
        bin.by_square += added.positives.squares - score * rows.squares;
        bin.squares +=
            added.positives.squares * (1.0 - score).powi(2) + added.negatives.squares * score * score;
    }
    bins
}

impl Bin {
    /// Positives minus scores, summed by weight.
    fn gap(&self) -> f64 {
        self.positives - self.score_sum
    }

    /// By how much chance makes the absolute gap larger than it is.
    fn chance(&self) -> f64 {
        let rows = effective(self.rows);
        if rows <= 0.0 {
            return 0.0;
        }
        let gap = self.gap().abs();
        // Half a row more on both sides: a bin of one kind has a spread too.
        let smoothed = (self.positives / self.rows.sum * rows + 0.5) / (rows + 1.0);
        let deviation = (self.rows.squares * smoothed * (1.0 - smoothed)).sqrt();
        let density = (-0.5 * (gap / deviation).powi(2)).exp() / (2.0 * std::f64::consts::PI).sqrt();
        2.0 * (deviation * density - gap * normal_cdf(-gap / deviation))
    }

    fn shown(&self) -> Option<CalibrationBin> {
        let (rows, positives) = (self.rows.sum as u64, self.positives as u64);
        let score = self.score_sum / self.rows.sum;
        let edge = |number: usize| number as f64 / CALIBRATION_BINS as f64;
        Some(CalibrationBin {
            low: edge(self.number),
            high: edge(self.number + 1),
            rows,
            positives: proportion(positives, rows)?,
            score: Estimate::checked(score, score - SCORE_ERROR, score + SCORE_ERROR)?,
        })
    }
}
