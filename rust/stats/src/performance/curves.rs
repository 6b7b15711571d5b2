//! What another threshold, or taking the highest scores only, would give.

use driftline_sketches::performance::SCORE_BINS;
use driftline_sketches::{Classification, ScoreHistogram};

use super::calibration::{CalibrationBin, calibration_curve};
use super::confusion::{ClassCounts, counted};
use super::estimate::Estimate;
use super::rates::proportion;
use super::score_bins::by_count;

/// Steps of the threshold curve: a power of two, so that thresholds are edges of the score histogram and
/// the counts on both sides are exact.
pub const THRESHOLD_STEPS: usize = 128;
/// Steps of the gain curve.
pub const GAIN_STEPS: usize = 20;

/// Bins on both sides of a cut over which the share of positives at the cut is taken.
const NEAR: usize = 16;

/// How a binary classifier that gives scores would do otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct Curves {
    /// Scores beside the share of positives.
    pub calibration: Vec<CalibrationBin>,
    /// By threshold from 0 to 1.
    pub thresholds: Vec<ThresholdPoint>,
    /// By the share of rows that is taken, from the highest scores on.
    pub gain: Vec<GainPoint>,
}

/// What predicting the positive class at this score or above gives. Wilson's intervals; a figure is none
/// where no row allows it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ThresholdPoint {
    /// The least score that is predicted positive.
    pub threshold: f64,
    /// The share of rows that are predicted positive.
    pub rate: Option<Estimate>,
    /// The share of positives among them.
    pub precision: Option<Estimate>,
    /// The share of positives that are among them.
    pub recall: Option<Estimate>,
    /// The harmonic mean of both.
    pub f1: Option<Estimate>,
}

/// What taking the rows of the highest scores gives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GainPoint {
    /// The share of rows that is taken.
    pub depth: f64,
    /// The share of all positives that is among them.
    pub gain: Estimate,
    /// How many times the share that rows taken blindly would have.
    pub lift: Estimate,
}

/// The curves of a classifier with scores; none without any inside `[0, 1]`.
pub fn curves(sketch: &Classification) -> Option<Curves> {
    let scores = sketch.scores.as_ref().filter(|_| sketch.scored() > 0)?;
    let bins = dense(scores);
    Some(Curves {
        calibration: calibration_curve(&by_count(scores)),
        thresholds: thresholds(&bins),
        gain: gain(&bins),
    })
}

/// Rows of one bin: negatives, positives.
type Bin = (u64, u64);

fn dense(scores: &ScoreHistogram) -> Vec<Bin> {
    let mut bins = vec![(0, 0); SCORE_BINS];
    for (index, negatives, positives) in scores.iter() {
        bins[usize::from(index)] = (negatives, positives);
    }
    bins
}

fn totals(bins: &[Bin]) -> Bin {
    bins.iter().fold((0, 0), |sum, bin| (sum.0 + bin.0, sum.1 + bin.1))
}

fn thresholds(bins: &[Bin]) -> Vec<ThresholdPoint> {
    let (negatives, positives) = totals(bins);
    let mut above = (negatives, positives);
    let mut points = Vec::with_capacity(THRESHOLD_STEPS + 1);
    for (step, passed) in bins.chunks(SCORE_BINS / THRESHOLD_STEPS).enumerate() {
        points.push(threshold_point(step, above, (negatives, positives)));
        let (fewer_negatives, fewer_positives) = totals(passed);
        above = (above.0 - fewer_negatives, above.1 - fewer_positives);
    }
    points
}

fn threshold_point(step: usize, above: Bin, all: Bin) -> ThresholdPoint {
    let counts = ClassCounts {
        true_positives: counted(above.1),
        false_positives: counted(above.0),
        false_negatives: counted(all.1 - above.1),
    };
    ThresholdPoint {
        threshold: step as f64 / THRESHOLD_STEPS as f64,
        rate: proportion(above.0 + above.1, all.0 + all.1),
        precision: counts.precision(),
        recall: counts.recall(),
        f1: counts.f1(),
    }
}

/// Nothing without positives.
fn gain(bins: &[Bin]) -> Vec<GainPoint> {
    let (negatives, positives) = totals(bins);
    if positives == 0 {
        return Vec::new();
    }
    let all = (negatives as f64, positives as f64);
    (1..=GAIN_STEPS).map(|step| gain_point(bins, all, step as f64 / GAIN_STEPS as f64)).collect()
}

/// Two doubts make the interval, and add up: which rows of the bin that the cut goes through are taken
/// (evenly mixed for the value), and the sample. The variance of the latter is that of the influence
/// `(y (a - gain) - p (a - depth)) / rate` of a row, with `y` whether it is positive, `a` whether it is taken, `p`
/// the share of positives at the cut, which moves with the rows, and `rate` the share of positives.
fn gain_point(bins: &[Bin], (negatives, positives): (f64, f64), depth: f64) -> GainPoint {
    let n = negatives + positives;
    let (mut left, mut taken) = (depth * n, 0.0);
    let mut cut = (0, 0.0, 0.0, 0.0);
    for (index, &(bin_negatives, bin_positives)) in bins.iter().enumerate().rev() {
        let (bin_negatives, bin_positives) = (bin_negatives as f64, bin_positives as f64);
        let rows = bin_negatives + bin_positives;
        if rows == 0.0 {
            continue;
        }
        let share = (left / rows).min(1.0);
        let most = (bin_positives).min(left);
        let least = (left - bin_negatives).clamp(0.0, bin_positives);
        cut = (index, share * bin_positives, least, most);
        if left <= rows {
            break;
        }
        taken += bin_positives;
        left -= rows;
    }
    let (index, mixed, least, most) = cut;
    let gain = ((taken + mixed) / positives).min(1.0);
    let near = totals(&bins[index.saturating_sub(NEAR)..(index + NEAR + 1).min(SCORE_BINS)]);
    let at_cut = near.1 as f64 / ((near.0 + near.1) as f64).max(1.0);
    let rate = positives / n;
    let square = |positive: f64, is_taken: f64| {
        ((positive * (is_taken - gain) - at_cut * (is_taken - depth)) / rate).powi(2)
    };
    let both = gain * rate;
    let mean_square = both * square(1.0, 1.0)
        + (rate - both) * square(1.0, 0.0)
        + (depth - both).max(0.0) * square(0.0, 1.0)
        + (1.0 - depth - rate + both).max(0.0) * square(0.0, 0.0);
    let whole = depth >= 1.0;
    let sampling = if whole {
        Estimate { value: 1.0, low: 1.0, high: 1.0 }
    } else {
        let binning = ((mixed - least) / positives, (most - mixed).max(0.0) / positives);
        Estimate::score(gain, mean_square / n, positives).widened(binning.0.max(0.0), binning.1, (0.0, 1.0))
    };
    GainPoint { depth, gain: sampling, lift: sampling.map(|gain| gain / depth) }
}
