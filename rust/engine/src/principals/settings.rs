use crate::error::{EngineError, Result};

/// The most principals of a window that have a profile of their own.
pub const MAX_PRINCIPALS: u32 = 100_000;

/// How what principals ask is counted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SignalSettings {
    /// The most principals of a window that have a profile of their own.
    pub most: u32,
    /// How far from the score threshold a score is near the decision boundary.
    pub band: f64,
    /// By how many times a principal's odds may differ from its cohort's and nobody is told.
    pub tolerance: f64,
}

impl Default for SignalSettings {
    fn default() -> Self {
        Self { most: 1_000, band: 0.05, tolerance: 2.0 }
    }
}

impl SignalSettings {
    /// Checks every field.
    ///
    /// # Errors
    /// [`EngineError::InvalidArgument`] with the field, the rule and the value.
    pub fn validate(&self) -> Result<()> {
        let invalid = |message: String| Err(EngineError::InvalidArgument(message));
        if !(1..=MAX_PRINCIPALS).contains(&self.most) {
            return invalid(format!("signals.most must be in [1, {MAX_PRINCIPALS}], got {}", self.most));
        }
        if !(self.band > 0.0 && self.band < 1.0) {
            return invalid(format!("signals.band must be above 0 and below 1, got {}", self.band));
        }
        if !(self.tolerance >= 1.0 && self.tolerance.is_finite()) {
            return invalid(format!("signals.tolerance must be at least 1, got {}", self.tolerance));
        }
        Ok(())
    }
}
