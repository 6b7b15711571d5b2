//! Area under the ROC curve from scores by label.

use driftline_sketches::performance::{Content, Weights};

use super::confusion::effective;
use super::estimate::Estimate;
use super::score_bins::ScoreBin;

/// The chance that a random positive row scores higher than a random negative one, ties counting
/// half; none without rows of both kinds.
///
/// Two doubts make the interval. Which of two rows in one bin scores higher is not known: the area
/// lies between all such pairs lost and all won. And the rows are a sample: around the value, the
/// score interval of `DeLong`'s variance (rows in one bin taken as tied). The distances from the
/// value to the ends of both add up.
pub(super) fn roc_auc(scores: &[ScoreBin]) -> Option<Estimate> {
    let area = Area::of(scores.iter().map(|bin| (bin.negatives, bin.positives)))?;
    let sampling = Estimate::score(area.value, area.variance, area.rows);
    let (low, high) = (sampling.low - area.half_ties, sampling.high + area.half_ties);
    Estimate::checked(area.value, low.max(0.0), high.min(1.0))
}

/// The area under a curve of binned scores.
pub(crate) struct Area {
    /// The area, rows in one bin taken as tied.
    pub(crate) value: f64,
    /// `DeLong`'s, of a sample.
    pub(crate) variance: f64,
    /// By how much the rows that are tied in a bin can move it either way.
    pub(crate) half_ties: f64,
    /// Rows of the rarer kind; of weights, as many as tell as much.
    pub(crate) rows: f64,
}

impl Area {
    /// Of the negatives and positives in each bin, by rising score; none without both kinds.
    pub(crate) fn of(bins: impl Iterator<Item = (Weights, Weights)>) -> Option<Self> {
        let bins: Vec<(Weights, Weights)> = bins.collect();
        let negatives: f64 = bins.iter().map(|bin| bin.0.sum).sum();
        let positives: f64 = bins.iter().map(|bin| bin.1.sum).sum();
        if negatives <= 0.0 || positives <= 0.0 {
            return None;
        }
        let ties: f64 = bins.iter().map(|bin| bin.0.sum * bin.1.sum).sum();
        let mut below = (0.0, 0.0);
        let placements: (Vec<Placement>, Vec<Placement>) = bins
            .into_iter()
            .map(|(of_negatives, of_positives)| {
                let beaten = (below.0 + 0.5 * of_negatives.sum) / negatives;
                let beaten_by = (positives - below.1 - 0.5 * of_positives.sum) / positives;
                below = (below.0 + of_negatives.sum, below.1 + of_positives.sum);
                let of_negatives = Placement { rows: of_negatives, share: beaten_by };
                (of_negatives, Placement { rows: of_positives, share: beaten })
            })
            .unzip();
        let (of_negatives, of_positives) = placements;
        let won: f64 = of_positives.iter().map(|bin| bin.rows.sum * bin.share).sum();
        // Sums of weights in another order may differ in the last bit.
        let value = (won / positives).min(1.0);
        let (negative, positive) = (Placed::new(&of_negatives, value), Placed::new(&of_positives, value));
        Some(Self {
            value,
            variance: positive.variance + negative.variance,
            half_ties: 0.5 * ties / (positives * negatives),
            rows: negative.rows.min(positive.rows),
        })
    }
}

/// The rows of one kind in one bin, and the share of the other kind that each of them wins against.
struct Placement {
    rows: Weights,
    share: f64,
}

/// One kind's part in `DeLong`'s variance of the area.
struct Placed {
    /// That of the mean of its rows' shares.
    variance: f64,
    rows: f64,
}

impl Placed {
    fn new(placements: &[Placement], area: f64) -> Self {
        let all = placements.iter().map(|bin| bin.rows).fold(Weights::default(), Weights::plus);
        let rows = effective(all);
        let squares: f64 = placements.iter().map(|bin| bin.rows.squares * (bin.share - area).powi(2)).sum();
        Self { variance: squares / (all.sum * all.sum) * (rows / (rows - 1.0).max(1.0)), rows }
    }
}
