//! Log loss and Brier score from their exact sums.

use driftline_sketches::performance::SCORE_BINS;
use driftline_sketches::{Classification, ScoreHistogram};

use super::estimate::Estimate;

/// The largest loss of one row: the sketch keeps scores this far from 0 and 1.
const LARGEST_LOSS: f64 = 34.538_776_394_910_684;

/// Mean negative log likelihood in nats, exact, with the normal interval of its standard error; none
/// for fewer than two scores.
pub(super) fn log_loss(sketch: &Classification) -> Option<Estimate> {
    let n = sketch.scored() as f64;
    let scores = sketch.scores.as_ref().filter(|_| sketch.scored() >= 2)?;
    let mean = sketch.log_loss_sum() / n;
    let deviations = sketch.squares().map_or_else(
        || squared_deviations(scores, sketch.log_loss_sum(), mean),
        |squares| (squares.log_loss - n * mean * mean).max(0.0),
    );
    let estimate = Estimate::normal(mean, (deviations / (n - 1.0) / n).sqrt())?;
    Some(Estimate { low: estimate.low.max(0.0), ..estimate })
}

/// Mean squared difference of score and label, exact, with the score interval of its variance; none for
/// fewer than two scores. Where squares were not counted, the largest variance of a mean in `[0, 1]`.
pub(super) fn brier(sketch: &Classification) -> Option<Estimate> {
    let n = sketch.scored() as f64;
    if sketch.scored() < 2 {
        return None;
    }
    let mean = (sketch.brier_sum() / n).min(1.0);
    let deviations = sketch
        .squares()
        .map_or(n * mean * (1.0 - mean), |squares| (squares.brier - n * mean * mean).max(0.0));
    Some(Estimate::score(mean, deviations / (n - 1.0) / n, n))
}

/// The squared deviations of the losses from their mean, summed, where their squares were not counted.
///
/// A row's loss is that of the middle of its bin, except in the bin next to a likelihood of 0, where
/// losses have a wide range. What those rows lose together is known, being the rest of the exact sum;
/// their squares sum to at most `(a + b) sum - number a b` for losses in `[a, b]` (Bhatia and Davis), and
/// that is taken. So the interval may be too wide, not too narrow.
fn squared_deviations(scores: &ScoreHistogram, sum: f64, mean: f64) -> f64 {
    let last = SCORE_BINS as u16 - 1;
    let (mut deviations, mut rest, mut unlikely) = (0.0, sum, 0.0);
    for (bin, negatives, positives) in scores.iter() {
        for (likelihood_bin, rows) in [(bin, positives as f64), (last - bin, negatives as f64)] {
            if likelihood_bin == 0 {
                unlikely += rows;
                continue;
            }
            let loss = -ScoreHistogram::middle(likelihood_bin).ln();
            rest -= rows * loss;
            deviations += rows * (loss - mean) * (loss - mean);
        }
    }
    let least_loss = (SCORE_BINS as f64).ln();
    let rest = rest.clamp(unlikely * least_loss, unlikely * LARGEST_LOSS);
    let squares = (least_loss + LARGEST_LOSS) * rest - unlikely * least_loss * LARGEST_LOSS;
    deviations + (squares - 2.0 * mean * rest + unlikely * mean * mean).max(0.0)
}
