//! Drift of columns together: how far two profiles of one column set are apart.
//!
//! A column set may change although none of its columns does: by their correlation, or by combinations that never came
//! before. Each [`Finding`] is one way to see that, with what chance alone gives at these counts.

mod covariance;
mod kernel;
mod matrix;
mod means;
mod shares;
mod whitened;

use driftline_sketches::JointProfile;

use whitened::Whitened;

/// One way in which columns move together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Metric {
    /// The Mahalanobis distance of the mean vectors, by the pooled covariance. The p-value is Hotelling's.
    MeanDistance,
    /// The Frobenius norm of the difference of the covariance matrices, in units of the pooled one. The p-value is Box's.
    CovarianceDistance,
    /// The largest change of a correlation between two of the columns.
    CorrelationChange,
    /// The squared maximum mean discrepancy: how far the distributions are apart as a Gaussian kernel sees them.
    SquaredMmd,
    /// The difference of the shares of records that lie outside the baseline's range in at least one column.
    StrangeRecords,
    /// The difference of the shares of records with a combination of categories that the baseline does not know.
    UnseenCombinations,
}

impl Metric {
    /// Every metric.
    pub const ALL: [Self; 6] = [
        Self::MeanDistance,
        Self::CovarianceDistance,
        Self::CorrelationChange,
        Self::SquaredMmd,
        Self::StrangeRecords,
        Self::UnseenCombinations,
    ];

    /// The name in results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MeanDistance => "mean_distance",
            Self::CovarianceDistance => "covariance_distance",
            Self::CorrelationChange => "correlation_change",
            Self::SquaredMmd => "squared_mmd",
            Self::StrangeRecords => "strange_records",
            Self::UnseenCombinations => "unseen_combinations",
        }
    }
}

/// How far two profiles of a column set are apart in one way.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// In which.
    pub metric: Metric,
    /// The distance.
    pub value: f64,
    /// The lower end of what it can be, were nothing approximate: for [`Metric::SquaredMmd`] of a 95% interval over the
    /// frequencies that might have been drawn.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// The expected value of this number when nothing has moved.
    pub noise_floor: f64,
    /// Its 95% quantile when nothing has moved.
    pub noise_q95: f64,
    /// The chance of a number as large when nothing has moved; none where there are too few records.
    pub p_value: Option<f64>,
    /// What the reference has: the share, or the correlation that has changed most.
    pub reference: Option<f64>,
    /// What the current profile has.
    pub current: Option<f64>,
    /// The columns that it is mostly about: of a mean distance one, of a correlation two.
    pub columns: Vec<String>,
    /// Records of the reference that it was computed from.
    pub n_reference: u64,
    /// Records of the current profile.
    pub n_current: u64,
}

/// All findings that the two profiles of one set allow, in the order of [`Metric::ALL`]; none between different sets.
///
/// What is counted beside a baseline needs both to be counted beside the same one: without it there is no
/// [`Metric::SquaredMmd`], no [`Metric::StrangeRecords`], no [`Metric::UnseenCombinations`], and the covariances' chances
/// are those of normal columns.
pub fn multivariate(reference: &JointProfile, current: &JointProfile) -> Vec<Finding> {
    if reference.columns() != current.columns() {
        return Vec::new();
    }
    let mut found = Vec::new();
    if let Some(whitened) = Whitened::new(reference, current) {
        found.extend(means::mean_distance(&whitened));
        found.extend(covariance::covariance_distance(&whitened));
        found.extend(covariance::correlation_change(&whitened));
    }
    found.extend(kernel::squared_mmd(reference, current));
    found.extend(shares::strange_records(reference, current));
    found.extend(shares::unseen_combinations(reference, current));
    found
}
