//! Figures of quality at another mix of segments.

use driftline_sketches::Classification;

use super::outcomes::{COUNTS, NAMES, figures, gradients};
use crate::performance::{Estimate, Figure};

/// One segment: predictions that are asked about, and what labels said in the reference.
#[derive(Debug, Clone, Copy)]
pub struct Stratum<'c> {
    /// Predictions.
    pub predictions: u64,
    /// The reference's labelled predictions.
    pub reference: &'c Classification,
}

/// Figures at the mix of segments that the predictions have.
#[derive(Debug, Clone, PartialEq)]
pub struct Reweighted {
    /// `accuracy`, and where `positive` is a class of the reference `precision`, `recall`, `f1` and `specificity`.
    pub figures: Vec<Figure>,
    /// Predictions in segments that have labels in the reference: the others take no part.
    pub predictions: u64,
}

/// Weights the reference's labelled predictions by how many predictions their segment has for each of them: importance weighting,
/// which holds as long as the quality in each segment is what it was.
///
/// The 95% interval is of the figure that the labels of these very predictions will give: the reference's labels and theirs are
/// both draws of the segment's law (delta method over the confusion counts of each segment).
pub fn reweighted(strata: &[Stratum<'_>], positive: &str) -> Reweighted {
    let known: Vec<Counts> = strata
        .iter()
        .map(|stratum| Counts::of(stratum, positive))
        .filter(|counts| counts.rows > 0.0)
        .collect();
    let predictions = known.iter().map(|counts| counts.predictions).sum::<f64>();
    let mut mixed = [0.0; COUNTS];
    for counts in &known {
        for (mixed, share) in mixed.iter_mut().zip(counts.shares()) {
            *mixed += counts.predictions * share;
        }
    }
    let has_positive =
        strata.iter().any(|stratum| stratum.reference.classes().any(|class| class == positive));
    let number = if has_positive { NAMES.len() } else { 1 };
    let found = NAMES.iter().zip(figures(mixed)).zip(gradients(mixed)).take(number);
    let figures = found.filter_map(|((&name, figure), gradient)| {
        let variance = known.iter().map(|counts| counts.variance(gradient)).sum();
        let estimate = Estimate::score(figure?.clamp(0.0, 1.0), variance, predictions);
        Some(Figure { name, estimate, rows: predictions as u64 })
    });
    Reweighted { figures: figures.collect(), predictions: predictions as u64 }
}

/// Confusion counts of one segment.
struct Counts {
    cells: [f64; COUNTS],
    rows: f64,
    predictions: f64,
}

impl Counts {
    fn of(stratum: &Stratum<'_>, positive: &str) -> Self {
        let mut counts = [0.0; COUNTS];
        for (label, predicted, count) in stratum.reference.confusion() {
            let place = match (label == positive, predicted == positive) {
                (true, true) => 0,
                (false, true) => 1,
                (true, false) => 2,
                (false, false) if label == predicted => 3,
                (false, false) => 4,
            };
            counts[place] += count as f64;
        }
        Self { cells: counts, rows: counts.iter().sum(), predictions: stratum.predictions as f64 }
    }

    fn shares(&self) -> [f64; COUNTS] {
        self.cells.map(|count| count / self.rows)
    }

    /// What this segment adds to the variance of a figure with this gradient.
    fn variance(&self, gradient: [f64; COUNTS]) -> f64 {
        let shares = self.shares();
        let mean: f64 = shares.iter().zip(gradient).map(|(share, slope)| share * slope).sum();
        let squares: f64 = shares.iter().zip(gradient).map(|(share, slope)| share * slope * slope).sum();
        let draws = self.predictions + self.predictions * self.predictions / self.rows;
        draws * (squares - mean * mean).max(0.0)
    }
}
