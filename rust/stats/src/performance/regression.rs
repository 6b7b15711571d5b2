//! The report on a regression model.

use driftline_sketches::Regression;
use driftline_sketches::performance::{ErrorSpread, LossSums};

use super::error_quantiles::{by_count, quantile};
use super::estimate::Estimate;
use super::figure::{Figure, existing, find};

/// How good a regression model is. Errors and bias are in the label's units.
#[derive(Debug, Clone, PartialEq)]
pub struct RegressionReport {
    /// Rows with a finite label and a finite prediction.
    pub count: u64,
    /// The figures that exist, each by its name (`docs/statistics.md` says what each is): none with fewer
    /// than two rows, where there is no interval; not those whose sums of squares overflow.
    pub figures: Vec<Figure>,
}

impl RegressionReport {
    /// The figure of a name.
    pub fn get(&self, name: &str) -> Option<Estimate> {
        find(&self.figures, name)
    }
}

/// Judges a regression model.
pub fn regression(sketch: &Regression) -> RegressionReport {
    let count = sketch.count();
    let figures = if count >= 2 { Figures::new(sketch).all(count) } else { Vec::new() };
    RegressionReport { count, figures }
}

/// The sums that all figures come from.
struct Figures<'a> {
    n: f64,
    /// Mean of label minus prediction.
    mean_error: f64,
    /// Squared deviations of the errors from their mean, summed.
    error_deviations: f64,
    mean_absolute_error: f64,
    /// Squared deviations of the labels from their mean, summed.
    label_deviations: f64,
    spread: Option<&'a ErrorSpread>,
}

impl<'a> Figures<'a> {
    fn new(sketch: &'a Regression) -> Self {
        let n = sketch.count() as f64;
        Self {
            n,
            mean_error: sketch.error.mean().unwrap_or(0.0),
            error_deviations: sketch.error.sum_sq_dev(),
            mean_absolute_error: sketch.sum_abs_error / n,
            label_deviations: sketch.label.sum_sq_dev(),
            spread: sketch.spread.as_ref(),
        }
    }

    fn all(&self, count: u64) -> Vec<Figure> {
        let with_label = self.spread.map_or(0, |spread| count.saturating_sub(spread.zero_labels));
        let errors = self.spread.map(|spread| by_count(&spread.absolute)).unwrap_or_default();
        existing([
            ("mae", self.mae(), count),
            ("mse", self.mse(), count),
            ("rmse", self.mse().map(|mse| mse.map(f64::sqrt)), count),
            ("r2", self.r2(), count),
            ("bias", self.bias(), count),
            ("mape", self.spread.and_then(|spread| mean_loss(spread.percentage, with_label)), with_label),
            ("smape", self.spread.and_then(|spread| mean_loss(spread.symmetric, count)), count),
            ("median_absolute_error", quantile(&errors, 0.5), count),
            ("p95_absolute_error", quantile(&errors, 0.95), count),
        ])
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

    /// Its logarithm as normal, the standard error from the fourth powers of the errors; where these were
    /// not counted, that of normal errors (kurtosis 3).
    fn mse(&self) -> Option<Estimate> {
        let value = self.mean_squared_error();
        let standard_error = match self.spread {
            Some(spread) => self.standard_error(spread.fourth_power_sum - self.n * value * value),
            None => value * (2.0 / self.n).sqrt(),
        };
        Estimate::log_normal(value, standard_error)
    }

    /// None when all labels are equal. The logarithm of `1 - r2`, a ratio of two means, as normal, its
    /// variance that of the difference of both means' terms, each over its mean; where these were not
    /// counted, at most `4 / n`, as for normal labels and errors.
    fn r2(&self) -> Option<Estimate> {
        let unexplained = self.n * self.mean_squared_error() / self.label_deviations;
        let relative_variance = match self.spread {
            Some(spread) => {
                let [squares, _, together] = spread.labels.by_error;
                let [deviations, _, fourth] = spread.labels.powers;
                let terms = spread.fourth_power_sum / squares / squares + fourth / deviations / deviations
                    - 2.0 * together / squares / deviations;
                terms.max(0.0)
            }
            None => 4.0 / self.n,
        };
        if unexplained == 0.0 {
            return Estimate::checked(1.0, 1.0, 1.0);
        }
        let around = Estimate::log_normal(unexplained, unexplained * relative_variance.sqrt())?;
        Estimate::checked(1.0 - unexplained, 1.0 - around.high, 1.0 - around.low)
    }

    fn bias(&self) -> Option<Estimate> {
        Estimate::normal(-self.mean_error, self.standard_error(self.error_deviations))
    }
}

/// The mean of losses, its logarithm as normal; none for fewer than two.
fn mean_loss(losses: LossSums, count: u64) -> Option<Estimate> {
    let n = count as f64;
    let mean = losses.sum / n;
    let deviations = (losses.squares - n * mean * mean).max(0.0);
    (count >= 2).then(|| Estimate::log_normal(mean, (deviations / (n - 1.0) / n).sqrt()))?
}
