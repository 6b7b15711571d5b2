//! The report on a regression model.

use driftline_sketches::Regression;

use super::estimate::Estimate;
use crate::special::Z_95_TWO_SIDED;

/// How good a regression model is. Errors and bias are in the label's units. A figure is none with
/// fewer than two rows, where no interval exists, and where sums of squares overflow.
#[derive(Debug, Clone, PartialEq)]
pub struct RegressionReport {
    /// Rows with a finite label and a finite prediction.
    pub count: u64,
    /// Mean absolute error. Normal interval.
    pub mae: Option<Estimate>,
    /// Root mean squared error. Its logarithm's standard error is `1 / sqrt(2 n)`, as for normal
    /// errors (kurtosis 3).
    pub rmse: Option<Estimate>,
    /// Share of the label's variance that is explained: `1 - squared errors / squared deviations of
    /// the label`, negative when the mean label would predict better; none when all labels are
    /// equal. The interval takes the logarithm of `1 - r2` as normal with standard error `2 /
    /// sqrt(n)`: for normal labels and errors the delta method gives at most that.
    pub r2: Option<Estimate>,
    /// Mean of prediction minus label: above 0, the model predicts too much. Normal interval.
    pub bias: Option<Estimate>,
}

/// Judges a regression model.
pub fn regression(sketch: &Regression) -> RegressionReport {
    let count = sketch.count();
    let figures = (count >= 2).then(|| Figures::new(sketch));
    RegressionReport {
        count,
        mae: figures.as_ref().and_then(Figures::mae),
        rmse: figures.as_ref().and_then(Figures::rmse),
        r2: figures.as_ref().and_then(Figures::r2),
        bias: figures.as_ref().and_then(Figures::bias),
    }
}

/// The sums that all figures come from.
struct Figures {
    n: f64,
    /// Mean of label minus prediction.
    mean_error: f64,
    /// Squared deviations of the errors from their mean, summed.
    error_deviations: f64,
    mean_absolute_error: f64,
    /// Squared deviations of the labels from their mean, summed.
    label_deviations: f64,
}

impl Figures {
    fn new(sketch: &Regression) -> Self {
        let n = sketch.count() as f64;
        Self {
            n,
            mean_error: sketch.error.mean().unwrap_or(0.0),
            error_deviations: sketch.error.sum_sq_dev(),
            mean_absolute_error: sketch.sum_abs_error / n,
            label_deviations: sketch.label.sum_sq_dev(),
        }
    }

    fn mean_squared_error(&self) -> f64 {
        self.error_deviations / self.n + self.mean_error * self.mean_error
    }

    /// The standard error of a mean of rows whose squared deviations sum to this.
    fn standard_error(&self, squared_deviations: f64) -> f64 {
        (squared_deviations.max(0.0) / (self.n - 1.0) / self.n).sqrt()
    }

    fn mae(&self) -> Option<Estimate> {
        let mean = self.mean_absolute_error;
        let estimate =
            Estimate::normal(mean, self.standard_error(self.n * (self.mean_squared_error() - mean * mean)))?;
        Some(Estimate { low: estimate.low.max(0.0), ..estimate })
    }

    fn rmse(&self) -> Option<Estimate> {
        let value = self.mean_squared_error().sqrt();
        let factor = (Z_95_TWO_SIDED / (2.0 * self.n).sqrt()).exp();
        Estimate::checked(value, value / factor, value * factor)
    }

    fn r2(&self) -> Option<Estimate> {
        let unexplained = self.n * self.mean_squared_error() / self.label_deviations;
        let factor = (2.0 * Z_95_TWO_SIDED / self.n.sqrt()).exp();
        Estimate::checked(1.0 - unexplained, 1.0 - unexplained * factor, 1.0 - unexplained / factor)
    }

    fn bias(&self) -> Option<Estimate> {
        Estimate::normal(-self.mean_error, self.standard_error(self.error_deviations))
    }
}
