//! The drift metrics and what they were computed from.

use std::fmt;
use std::str::FromStr;

use crate::error::StatsError;

/// A distance between two profiles of one column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Metric {
    /// Population stability index, in nats: 0 when equal, no upper limit.
    Psi,
    /// Kolmogorov-Smirnov distance: the largest difference of the distribution functions, between 0
    /// and 1.
    KolmogorovSmirnov,
    /// Jensen-Shannon distance: root of the divergence in bits, between 0 and 1.
    JensenShannon,
    /// Wasserstein distance of order 1, in the column's units.
    Wasserstein,
    /// Two-sample chi-square statistic of homogeneity.
    ChiSquare,
    /// Hellinger distance, between 0 and 1.
    Hellinger,
    /// Kullback-Leibler divergence of the reference from the current profile, in nats.
    KullbackLeibler,
    /// Total variation: the largest difference of the shares of any set of bins, between 0 and 1.
    TotalVariation,
    /// The largest difference of the shares of one bin, between 0 and 1.
    LInfinity,
    /// Two-sample G statistic: twice the log likelihood ratio of two laws to one.
    GTest,
    /// Cramer's V of side and bin, between 0 and 1, without correction for bias.
    CramersV,
    /// Wasserstein distance in standard deviations of the reference.
    NormalizedWasserstein,
    /// Difference of the means in standard deviations of the reference.
    MeanShift,
    /// Difference of the shares of nulls, between 0 and 1.
    NullRate,
    /// Difference of the shares of values that are no category of the baseline, between 0 and 1.
    UnseenRate,
}

impl Metric {
    /// Every metric.
    pub const ALL: [Self; 15] = [
        Self::Psi,
        Self::KolmogorovSmirnov,
        Self::JensenShannon,
        Self::Wasserstein,
        Self::ChiSquare,
        Self::Hellinger,
        Self::KullbackLeibler,
        Self::TotalVariation,
        Self::LInfinity,
        Self::GTest,
        Self::CramersV,
        Self::NormalizedWasserstein,
        Self::MeanShift,
        Self::NullRate,
        Self::UnseenRate,
    ];

    /// The metrics of those who name none.
    pub const USUAL: [Self; 5] =
        [Self::Psi, Self::KolmogorovSmirnov, Self::JensenShannon, Self::Wasserstein, Self::ChiSquare];

    /// The name in configuration, results and exported metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Psi => "psi",
            Self::KolmogorovSmirnov => "ks",
            Self::JensenShannon => "jensen_shannon",
            Self::Wasserstein => "wasserstein",
            Self::ChiSquare => "chi_square",
            Self::Hellinger => "hellinger",
            Self::KullbackLeibler => "kl",
            Self::TotalVariation => "total_variation",
            Self::LInfinity => "l_infinity",
            Self::GTest => "g_test",
            Self::CramersV => "cramers_v",
            Self::NormalizedWasserstein => "normalized_wasserstein",
            Self::MeanShift => "mean_shift",
            Self::NullRate => "null_rate",
            Self::UnseenRate => "unseen_rate",
        }
    }
}

impl Metric {
    /// Whether a number means the same for every column: not where it is in the column's units, or grows with the number
    /// of rows or of bins by itself.
    pub const fn is_comparable_between_columns(self) -> bool {
        !matches!(self, Self::Wasserstein | Self::ChiSquare | Self::GTest)
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Metric {
    type Err = StatsError;

    fn from_str(name: &str) -> Result<Self, StatsError> {
        Self::ALL
            .into_iter()
            .find(|metric| metric.name() == name)
            .ok_or_else(|| StatsError::UnknownMetric { name: name.to_owned() })
    }
}

/// What a distance was computed from, which decides how sure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Basis {
    /// Exact counts of both sides on the baseline's bins.
    BaselineBins,
    /// The two t-digests; bins, where needed, are ten of equal depth in the reference.
    Sketch,
    /// Exact counts of both sides on the baseline's categories.
    Categories,
    /// Counts of frequent items, exact or bounded.
    FrequentItems,
    /// Exact counts, means and variances.
    Moments,
}

impl Basis {
    /// The name in results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BaselineBins => "baseline_bins",
            Self::Sketch => "sketch",
            Self::Categories => "categories",
            Self::FrequentItems => "frequent_items",
            Self::Moments => "moments",
        }
    }
}

impl fmt::Display for Basis {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
