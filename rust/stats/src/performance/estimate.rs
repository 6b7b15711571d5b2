//! A figure with its 95% interval.

use crate::special::Z_95_TWO_SIDED;

/// A figure and its 95% interval; all three numbers are finite and `low <= value <= high`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The figure as computed from the rows seen.
    pub value: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// The upper end of the interval.
    pub high: f64,
}

impl Estimate {
    /// None when a number is not finite (sums of squares overflow near `f64::MAX`).
    pub(crate) fn checked(value: f64, low: f64, high: f64) -> Option<Self> {
        let finite = value.is_finite() && low.is_finite() && high.is_finite();
        finite.then(|| Self { value, low: low.min(value), high: high.max(value) })
    }

    /// The normal interval around a mean with this standard error.
    pub(super) fn normal(value: f64, standard_error: f64) -> Option<Self> {
        let half_width = Z_95_TWO_SIDED * standard_error;
        Self::checked(value, value - half_width, value + half_width)
    }

    /// Wilson's score interval for a share of `n` independent trials; `n` need not be whole. Unlike
    /// the normal interval it stays inside `[0, 1]` and keeps a width at 0 and 1.
    pub(super) fn wilson(share: f64, n: f64) -> Self {
        Self::wilson_at(share, n, Z_95_TWO_SIDED)
    }

    /// The same with another confidence, by the quantile of the normal law.
    pub(crate) fn wilson_at(share: f64, n: f64, z: f64) -> Self {
        // A sum of weights may be a last bit above the same in another order.
        let share = share.clamp(0.0, 1.0);
        if n <= 0.0 {
            return Self { value: share, low: 0.0, high: 1.0 };
        }
        let z_squared_over_n = z * z / n;
        let scale = 1.0 / (1.0 + z_squared_over_n);
        let centre = (share + 0.5 * z_squared_over_n) * scale;
        let variance = share * (1.0 - share) / n + 0.25 * z_squared_over_n / n;
        let half_width = z * variance.sqrt() * scale;
        Self {
            value: share,
            low: (centre - half_width).clamp(0.0, share),
            high: (centre + half_width).clamp(share, 1.0),
        }
    }

    /// Wilson's interval for a figure in `[0, 1]` of known sampling variance, at the number of
    /// trials that would give a share that variance. Where the variance is 0 (a perfect figure), at
    /// `n` trials.
    pub(crate) fn score(value: f64, variance: f64, n: f64) -> Self {
        let trials = value * (1.0 - value) / variance;
        Self::wilson(value, if trials.is_finite() && trials > 0.0 { trials } else { n })
    }

    /// The same for a figure in `[-1, 1]`.
    pub(super) fn signed_score(value: f64, variance: f64, n: f64) -> Self {
        Self::score(0.5 * (value + 1.0), 0.25 * variance, n).map(|share| 2.0 * share - 1.0)
    }

    /// The interval of a figure above 0 whose logarithm is taken as normal: it stays above 0, and is
    /// longer upwards as means of losses are, which have a long tail there. A figure of 0 has no width.
    pub(super) fn log_normal(value: f64, standard_error: f64) -> Option<Self> {
        if value == 0.0 {
            return Self::checked(0.0, 0.0, 0.0);
        }
        let factor = (Z_95_TWO_SIDED * standard_error / value).exp();
        Self::checked(value, value / factor, value * factor)
    }

    /// Wider by what is not known of the value itself, as far as the figure's range.
    pub(super) fn widened(self, below: f64, above: f64, range: (f64, f64)) -> Self {
        Self { low: (self.low - below).max(range.0), high: (self.high + above).min(range.1), ..self }
    }

    /// The same under an increasing function.
    pub(super) fn map(self, increasing: impl Fn(f64) -> f64) -> Self {
        Self { value: increasing(self.value), low: increasing(self.low), high: increasing(self.high) }
    }
}
