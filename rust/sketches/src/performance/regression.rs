use super::error_spread::ErrorSpread;
use super::residuals::Residuals;
use crate::error::{Error, Result};
use crate::moments::Moments;

/// Quality of predicted numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Regression {
    /// Moments of the errors, label minus prediction.
    pub error: Moments,
    /// Moments of the labels.
    pub label: Moments,
    /// Sum of the absolute errors.
    pub sum_abs_error: f64,
    /// Number of pairs that hold a value that is not finite or whose error is not.
    pub skipped: u64,
    /// How the errors are spread; none without pairs and where some were counted without it.
    pub spread: Option<ErrorSpread>,
    /// The errors by the size of the prediction; none where some were counted without it.
    pub residuals: Option<Residuals>,
}

impl Regression {
    /// Nothing predicted.
    pub fn new() -> Self {
        Self::default()
    }

    /// Quality from its stored parts.
    ///
    /// # Errors
    /// `InvalidData` for a negative sum of losses, or errors, labels and residuals that are not equally many.
    pub fn from_parts(
        error: Moments,
        label: Moments,
        sum_abs_error: f64,
        skipped: u64,
        spread: Option<ErrorSpread>,
        residuals: Option<Residuals>,
    ) -> Result<Self> {
        if sum_abs_error.is_nan() || sum_abs_error < 0.0 {
            return Err(Error::invalid_data(format!(
                "sum of absolute errors must be at least 0, got {sum_abs_error}"
            )));
        }
        if error.count() != label.count() {
            return Err(Error::invalid_data(format!(
                "errors and labels must be equally many, got {} and {}",
                error.count(),
                label.count()
            )));
        }
        let spread = spread.filter(|_| error.count() > 0);
        if let Some(spread) = &spread {
            spread.check(error.count())?;
        }
        let residuals = residuals.filter(|_| error.count() > 0);
        if let Some(found) = residuals.as_ref().map(Residuals::count).filter(|found| *found != error.count())
        {
            return Err(Error::invalid_data(format!("residuals must be {}, got {found}", error.count())));
        }
        Ok(Self { error, label, sum_abs_error, skipped, spread, residuals })
    }

    /// Adds pairs of label and prediction. Pairs end with the shorter slice.
    pub fn add_slice(&mut self, labels: &[f64], predictions: &[f64]) {
        let (mut errors, mut kept, mut predicted) = (Vec::new(), Vec::new(), Vec::new());
        for (label, prediction) in labels.iter().zip(predictions) {
            let error = label - prediction;
            // The difference is finite only if both are.
            if error.is_finite() {
                errors.push(error);
                kept.push(*label);
                predicted.push(*prediction);
                self.sum_abs_error += error.abs();
            } else {
                self.skipped = self.skipped.saturating_add(1);
            }
        }
        if self.count() == 0 && !errors.is_empty() {
            (self.spread, self.residuals) = (Some(ErrorSpread::default()), Some(Residuals::default()));
        }
        if let Some(spread) = &mut self.spread {
            spread.add(&kept, &errors);
        }
        if let Some(residuals) = &mut self.residuals {
            residuals.add(&predicted, &errors);
        }
        self.error.add_slice(&errors);
        self.label.add_slice(&kept);
    }

    /// Adds what `other` has seen.
    pub fn merge(&mut self, other: &Self) {
        let counts = (self.count(), other.count());
        merge_whole(&mut self.spread, other.spread.as_ref(), counts, ErrorSpread::merge);
        merge_whole(&mut self.residuals, other.residuals.as_ref(), counts, Residuals::merge);
        self.error.merge(&other.error);
        self.label.merge(&other.label);
        self.sum_abs_error += other.sum_abs_error;
        self.skipped = self.skipped.saturating_add(other.skipped);
    }

    /// What is left when pairs that were added before are taken out again.
    #[must_use]
    pub fn without(&self, taken: &Self) -> Self {
        let error = self.error.without(&taken.error);
        let sum = super::sum_without(self.sum_abs_error, taken.sum_abs_error);
        let counts = (error.count(), taken.count());
        let spread = whole_without(self.spread.as_ref(), taken.spread.as_ref(), counts, ErrorSpread::without);
        let residuals =
            whole_without(self.residuals.as_ref(), taken.residuals.as_ref(), counts, Residuals::without);
        Self {
            sum_abs_error: if error.count() == 0 { 0.0 } else { sum },
            error,
            label: self.label.without(&taken.label),
            skipped: self.skipped.saturating_sub(taken.skipped),
            spread,
            residuals,
        }
    }

    /// Number of pairs.
    pub fn count(&self) -> u64 {
        self.error.count()
    }
}

/// All pairs have it, or the whole has not; of both sides' numbers of pairs.
fn merge_whole<T: Clone>(
    own: &mut Option<T>,
    added: Option<&T>,
    (count, added_count): (u64, u64),
    merge: impl FnOnce(&mut T, &T),
) {
    if count == 0 {
        *own = added.cloned();
    } else if added_count > 0 {
        match (own.as_mut(), added) {
            (Some(own), Some(added)) => merge(own, added),
            _ => *own = None,
        }
    }
}

/// [`merge_whole`] turned round; of the pairs that are left and of those that are taken.
fn whole_without<T: Clone>(
    own: Option<&T>,
    taken: Option<&T>,
    (left, taken_count): (u64, u64),
    without: impl FnOnce(&T, &T) -> T,
) -> Option<T> {
    match (own, taken) {
        (own, _) if taken_count == 0 => own.cloned(),
        (Some(own), Some(taken)) if left > 0 => Some(without(own, taken)),
        _ => None,
    }
}
