use crate::error::{Error, Result};

/// Number of bins over `[0, 1]`; a ranking metric errs by what is tied inside one bin.
pub const SCORE_BINS: usize = 1024;
/// How far a score is from the middle of its bin, at most.
pub const SCORE_ERROR: f64 = 0.5 / SCORE_BINS as f64;

/// Scores of negatives and positives, by bins of equal width. Memory: 16 KiB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScoreHistogram {
    bins: Vec<[u64; 2]>,
    out_of_range: u64,
}

impl Default for ScoreHistogram {
    fn default() -> Self {
        Self::new()
    }
}

impl ScoreHistogram {
    /// No scores.
    pub fn new() -> Self {
        Self { bins: vec![[0; 2]; SCORE_BINS], out_of_range: 0 }
    }

    /// Stored bins as `(index, negatives, positives)`; an index that comes twice is added up.
    ///
    /// # Errors
    /// `InvalidData` for an index that is not below [`SCORE_BINS`] or counts beyond `u64`.
    pub fn from_parts(bins: impl IntoIterator<Item = (u16, u64, u64)>, out_of_range: u64) -> Result<Self> {
        let mut histogram = Self { out_of_range, ..Self::new() };
        let mut total = Some(out_of_range);
        for (index, negatives, positives) in bins {
            let Some(bin) = histogram.bins.get_mut(usize::from(index)) else {
                return Err(Error::invalid_data(format!(
                    "score bin must be below {SCORE_BINS}, got {index}"
                )));
            };
            total = total.and_then(|total| total.checked_add(negatives)?.checked_add(positives));
            if total.is_none() {
                return Err(Error::invalid_data(format!("score counts must add up to at most {}", u64::MAX)));
            }
            bin[0] += negatives;
            bin[1] += positives;
        }
        Ok(histogram)
    }

    /// Adds one score, and says whether it was inside `[0, 1]`. One that is not, or NaN, is counted as
    /// out of range and nowhere else.
    pub fn add(&mut self, positive: bool, score: f64) -> bool {
        let Some(bin) = Self::bin_of(score) else {
            self.out_of_range = self.out_of_range.saturating_add(1);
            return false;
        };
        let count = &mut self.bins[usize::from(bin)][usize::from(positive)];
        *count = count.saturating_add(1);
        true
    }

    /// The bin of a score; none of one outside `[0, 1]`, or NaN.
    pub(super) fn bin_of(score: f64) -> Option<u16> {
        let bin = ((score * SCORE_BINS as f64) as usize).min(SCORE_BINS - 1);
        (0.0..=1.0).contains(&score).then_some(bin as u16)
    }

    /// The score in the middle of a bin.
    pub fn middle(bin: u16) -> f64 {
        (f64::from(bin) + 0.5) / SCORE_BINS as f64
    }

    /// Adds the scores of `other`.
    pub fn merge(&mut self, other: &Self) {
        for (own, added) in self.bins.iter_mut().zip(&other.bins) {
            *own = [own[0].saturating_add(added[0]), own[1].saturating_add(added[1])];
        }
        self.out_of_range = self.out_of_range.saturating_add(other.out_of_range);
    }

    /// What is left when scores that were added before are taken out again.
    #[must_use]
    pub fn without(&self, taken: &Self) -> Self {
        let bins = self.bins.iter().zip(&taken.bins);
        Self {
            bins: bins
                .map(|(own, taken)| [own[0].saturating_sub(taken[0]), own[1].saturating_sub(taken[1])])
                .collect(),
            out_of_range: self.out_of_range.saturating_sub(taken.out_of_range),
        }
    }

    /// The bins that are not empty as `(index, negatives, positives)`, by rising score.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (u16, u64, u64)> + '_ {
        let bins = self.bins.iter().enumerate();
        bins.filter(|(_, bin)| **bin != [0; 2]).map(|(index, bin)| (index as u16, bin[0], bin[1]))
    }

    /// Number of scores of negatives and of positives inside `[0, 1]`.
    pub fn totals(&self) -> (u64, u64) {
        self.iter().fold((0, 0), |totals, (_, negatives, positives)| {
            (totals.0.saturating_add(negatives), totals.1.saturating_add(positives))
        })
    }

    /// Number of scores outside `[0, 1]`, NaN included.
    pub fn out_of_range(&self) -> u64 {
        self.out_of_range
    }
}
