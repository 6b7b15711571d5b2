//! What of some records concept drift looks at.

use driftline_sketches::performance::{Residuals, SCORE_BINS};
use driftline_sketches::{Classification, Performance, ScoreHistogram};

use super::ErrorWindow;
use super::predictions::{magnitudes, share_below};

/// The share of a reference's records whose errors are not large.
const NOT_LARGE: f64 = 0.9;

/// Labelled records by what the model said of them.
#[derive(Debug, Clone, Copy)]
pub enum Judged<'p> {
    /// Labels that are classes, of predicted classes or scores.
    Classes(&'p Classification),
    /// Labels that are numbers, of predicted numbers.
    Numbers(&'p Residuals),
    /// Numbers of a time before errors were kept by prediction.
    Uncounted,
    /// No labels.
    Nothing,
}

impl<'p> From<&'p Classification> for Judged<'p> {
    fn from(counts: &'p Classification) -> Self {
        Self::Classes(counts)
    }
}

impl<'p> From<&'p Residuals> for Judged<'p> {
    fn from(counts: &'p Residuals) -> Self {
        Self::Numbers(counts)
    }
}

impl<'p> Judged<'p> {
    /// Of what is known of a model's performance.
    pub fn of(performance: &'p Performance) -> Self {
        match (&performance.classification, &performance.regression) {
            (Some(classes), _) => Self::Classes(classes),
            (None, Some(numbers)) if numbers.count() > 0 => {
                numbers.residuals.as_ref().map_or(Self::Uncounted, Self::Numbers)
            }
            _ => Self::Nothing,
        }
    }

    /// How coarse the bins of numbers are.
    pub fn level(self) -> u8 {
        if let Self::Numbers(residuals) = self { residuals.level() } else { 0 }
    }
}

/// Which records of a model the detectors of the literature call errors.
#[derive(Debug, Clone, Copy)]
pub enum ErrorRule {
    /// Those whose label is another class than was predicted.
    OtherClass,
    /// Those whose absolute error is in this bin of magnitudes at this level, or a larger one.
    Large {
        /// The first bin that is large.
        from: u16,
        /// Of the bins.
        level: u8,
    },
}

impl ErrorRule {
    /// Of a reference whose bins are made as coarse as those of all windows. Of numbers those errors are large that
    /// one in ten of the reference's is, or fewer.
    pub fn of(reference: Judged<'_>) -> Self {
        let Judged::Numbers(residuals) = reference else { return Self::OtherClass };
        let level = residuals.level();
        let magnitudes = magnitudes(residuals.iter().map(|(_, error, count)| (error, count)), level);
        Self::Large { from: share_below(&magnitudes, NOT_LARGE), level }
    }

    /// The errors of a window. Windows of other labels than the reference has none.
    pub fn count(self, window: Judged<'_>) -> ErrorWindow {
        match (self, window) {
            (Self::OtherClass, Judged::Classes(counts)) => ErrorWindow::of(counts),
            (Self::Large { from, level }, Judged::Numbers(residuals)) => {
                let mut found = ErrorWindow::default();
                for (_, error, count) in residuals.at_level(level).iter() {
                    let is_large = Residuals::magnitude(error, level) >= from;
                    found.records = found.records.saturating_add(count);
                    found.errors = found.errors.saturating_add(if is_large { count } else { 0 });
                }
                found
            }
            _ => ErrorWindow::default(),
        }
    }

    /// The records of a window by rising error: the distance of label and score, in bins; where there are no scores, those
    /// predicted right and those predicted wrong; of numbers, the absolute error.
    pub fn residuals(self, window: Judged<'_>) -> Vec<u64> {
        match (self, window) {
            (Self::OtherClass, Judged::Classes(counts)) => {
                let window = ErrorWindow::of(counts);
                let right_and_wrong = || vec![window.records - window.errors, window.errors];
                counts.scores.as_ref().map_or_else(right_and_wrong, of_scores)
            }
            (Self::Large { level, .. }, Judged::Numbers(residuals)) => {
                let mut sizes = vec![0; usize::from(Residuals::zero(level))];
                for (_, error, count) in residuals.at_level(level).iter() {
                    sizes[usize::from(Residuals::magnitude(error, level))] += count;
                }
                sizes
            }
            _ => Vec::new(),
        }
    }
}

fn of_scores(scores: &ScoreHistogram) -> Vec<u64> {
    let mut residuals = vec![0; SCORE_BINS];
    for (bin, negatives, positives) in scores.iter() {
        let bin = usize::from(bin);
        residuals[bin] += negatives;
        residuals[SCORE_BINS - 1 - bin] += positives;
    }
    residuals
}
