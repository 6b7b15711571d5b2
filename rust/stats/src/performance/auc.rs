//! Area under the ROC curve from a histogram of scores by label.

use driftline_sketches::ScoreHistogram;

use super::estimate::Estimate;

/// The chance that a random positive row scores higher than a random negative one, ties counting
/// half; none without rows of both kinds.
///
/// Two doubts make the interval. Which of two rows in one bin scores higher is not known: the area
/// lies between all such pairs lost and all won. And the rows are a sample: around the value, the
/// score interval of `DeLong`'s variance (rows in one bin taken as tied). The distances from the
/// value to the ends of both add up.
pub(super) fn roc_auc(scores: &ScoreHistogram) -> Option<Estimate> {
    let bins = scores.iter().map(|(_, negatives, positives)| (negatives as f64, positives as f64));
    let area = Area::of(bins)?;
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
    /// Rows of the rarer kind.
    pub(crate) rows: f64,
}

impl Area {
    /// Of the negatives and positives in each bin, by rising score; none without both kinds.
    pub(crate) fn of(bins: impl Iterator<Item = (f64, f64)>) -> Option<Self> {
        let bins: Vec<(f64, f64)> = bins.collect();
        let negatives: f64 = bins.iter().map(|bin| bin.0).sum();
        let positives: f64 = bins.iter().map(|bin| bin.1).sum();
        if negatives <= 0.0 || positives <= 0.0 {
            return None;
        }
        let ties: f64 = bins.iter().map(|bin| bin.0 * bin.1).sum();
        let mut below = (0.0, 0.0);
        let placements: Vec<Placement> = bins
            .into_iter()
            .map(|(bin_negatives, bin_positives)| {
                let placement = Placement {
                    bin_negatives,
                    bin_positives,
                    beaten: (below.0 + 0.5 * bin_negatives) / negatives,
                    beaten_by: (positives - below.1 - 0.5 * bin_positives) / positives,
                };
                below = (below.0 + bin_negatives, below.1 + bin_positives);
                placement
            })
            .collect();
        let value = placements.iter().map(|bin| bin.bin_positives * bin.beaten).sum::<f64>() / positives;
        Some(Self {
            value,
            variance: delong_variance(&placements, value),
            half_ties: 0.5 * ties / (positives * negatives),
            rows: negatives.min(positives),
        })
    }
}

/// The rows of one bin, and the share of the other kind that they win against.
struct Placement {
    bin_negatives: f64,
    bin_positives: f64,
    /// The share of negatives that score below a positive of this bin.
    beaten: f64,
    /// The share of positives that score above a negative of this bin.
    beaten_by: f64,
}

/// The variance of the area: that of the positives' placements over their number plus the same for
/// the negatives.
fn delong_variance(placements: &[Placement], area: f64) -> f64 {
    let mean_variance = |rows: fn(&Placement) -> f64, share: fn(&Placement) -> f64| {
        let number: f64 = placements.iter().map(rows).sum();
        let squares: f64 = placements.iter().map(|bin| rows(bin) * (share(bin) - area).powi(2)).sum();
        squares / (number - 1.0).max(1.0) / number
    };
    mean_variance(|bin| bin.bin_positives, |bin| bin.beaten)
        + mean_variance(|bin| bin.bin_negatives, |bin| bin.beaten_by)
}
