use super::error_spread::ErrorSpread;
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
}

impl Regression {
    /// Nothing predicted.
    pub fn new() -> Self {
        Self::default()
    }

    /// Quality from its stored parts.
    ///
    /// # Errors
    /// `InvalidData` for a negative sum of losses, or errors and labels that are not equally many.
    pub fn from_parts(
        error: Moments,
        label: Moments,
        sum_abs_error: f64,
        skipped: u64,
        spread: Option<ErrorSpread>,
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
        Ok(Self { error, label, sum_abs_error, skipped, spread })
    }

    /// Adds pairs of label and prediction. Pairs end with the shorter slice.
    pub fn add_slice(&mut self, labels: &[f64], predictions: &[f64]) {
        let (mut errors, mut kept) = (Vec::new(), Vec::new());
        for (label, prediction) in labels.iter().zip(predictions) {
            let error = label - prediction;
            // The difference is finite only if both are.
            if error.is_finite() {
                errors.push(error);
                kept.push(*label);
                self.sum_abs_error += error.abs();
            } else {
                self.skipped = self.skipped.saturating_add(1);
            }
        }
        if self.count() == 0 && !errors.is_empty() {
            self.spread = Some(ErrorSpread::default());
        }
        if let Some(spread) = &mut self.spread {
            spread.add(&kept, &errors);
        }
        self.error.add_slice(&errors);
        self.label.add_slice(&kept);
    }

    /// Adds what `other` has seen.
    pub fn merge(&mut self, other: &Self) {
        if self.count() == 0 {
            self.spread.clone_from(&other.spread);
        } else if other.count() > 0 {
            // All pairs have it, or the whole has not.
            match (&mut self.spread, &other.spread) {
                (Some(own), Some(added)) => own.merge(added),
                _ => self.spread = None,
            }
        }
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
        let spread = match (&self.spread, &taken.spread) {
            (own, _) if taken.count() == 0 => own.clone(),
            (Some(own), Some(taken)) if error.count() > 0 => Some(own.without(taken)),
            _ => None,
        };
        Self {
            sum_abs_error: if error.count() == 0 { 0.0 } else { sum },
            error,
            label: self.label.without(&taken.label),
            skipped: self.skipped.saturating_sub(taken.skipped),
            spread,
        }
    }

    /// Number of pairs.
    pub fn count(&self) -> u64 {
        self.error.count()
    }
}
