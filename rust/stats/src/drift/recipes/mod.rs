//! Definitions of other libraries, so that their numbers can be compared with ours.
//!
//! A metric's name says little: bins, logarithms, and what becomes of empty bins differ from library to
//! library. Each recipe computes what its library would from the rows; where the sketches leave a
//! count open, the interval holds what the library would say.

mod equal_width;
mod evidently;
mod nannyml;
mod scouter;
mod shares;
mod whylogs;

use std::fmt;
use std::str::FromStr;

use driftline_sketches::{CategoricalProfile, ColumnProfile, NumericProfile};

use super::bracket::Bracket;
use super::noise::Noise;
use super::{Basis, Drift, Finding, Metric, Rows, drift, kind};
use crate::error::StatsError;

/// A library's distance of numbers, if it has one.
type OfNumbers = fn(Metric, &NumericProfile, &NumericProfile) -> Option<Finding>;

/// A library's distance of categories, if it has one.
type OfCategories = fn(Metric, &CategoricalProfile, &CategoricalProfile) -> Option<Finding>;

/// Whose definitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Recipe {
    /// Those of this crate.
    Driftline,
    /// Those of Evidently 0.7.
    Evidently,
    /// Those of `NannyML` 0.13.
    Nannyml,
    /// Those of scouter 0.25.
    Scouter,
    /// Those of whylogs 1.6.
    Whylogs,
}

impl Recipe {
    /// Every recipe.
    pub const ALL: [Self; 5] =
        [Self::Driftline, Self::Evidently, Self::Nannyml, Self::Scouter, Self::Whylogs];

    /// The name in results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Driftline => "driftline",
            Self::Evidently => "evidently",
            Self::Nannyml => "nannyml",
            Self::Scouter => "scouter",
            Self::Whylogs => "whylogs",
        }
    }

    /// The metrics of those who name none: of another library all that it has.
    pub const fn usual(self) -> &'static [Metric] {
        match self {
            Self::Driftline => &Metric::USUAL,
            Self::Evidently => &[
                Metric::Psi,
                Metric::JensenShannon,
                Metric::KullbackLeibler,
                Metric::Hellinger,
                Metric::KolmogorovSmirnov,
                Metric::Wasserstein,
                Metric::ChiSquare,
            ],
            Self::Nannyml => &[
                Metric::JensenShannon,
                Metric::Hellinger,
                Metric::KolmogorovSmirnov,
                Metric::Wasserstein,
                Metric::ChiSquare,
                Metric::LInfinity,
            ],
            Self::Scouter => &[Metric::Psi],
            Self::Whylogs => &[Metric::KolmogorovSmirnov, Metric::Hellinger, Metric::ChiSquare],
        }
    }

    /// The distances of `current` from `reference` by this recipe, in the order of `metrics`. Those that
    /// the library does not have for such a column are left out.
    ///
    /// # Errors
    ///
    /// [`StatsError::KindMismatch`] when one profile is numeric and the other categorical.
    pub fn drift(
        self,
        reference: &ColumnProfile,
        current: &ColumnProfile,
        metrics: &[Metric],
    ) -> Result<Vec<Drift>, StatsError> {
        let (of_numbers, of_categories): (OfNumbers, OfCategories) = match self {
            Self::Driftline => return drift(reference, current, metrics),
            Self::Evidently => (evidently::of_numbers, evidently::of_categories),
            Self::Nannyml => (nannyml::of_numbers, nannyml::of_categories),
            Self::Scouter => (scouter::of_numbers, scouter::of_categories),
            Self::Whylogs => (whylogs::of_numbers, whylogs::of_categories),
        };
        let found: Vec<Finding> = match (reference, current) {
            (ColumnProfile::Numeric(reference), ColumnProfile::Numeric(current)) => {
                metrics.iter().filter_map(|&metric| of_numbers(metric, reference, current)).collect()
            }
            (ColumnProfile::Categorical(reference), ColumnProfile::Categorical(current)) => {
                metrics.iter().filter_map(|&metric| of_categories(metric, reference, current)).collect()
            }
            _ => {
                return Err(StatsError::KindMismatch { reference: kind(reference), current: kind(current) });
            }
        };
        Ok(found.into_iter().map(|found| Drift { recipe: self.name(), ..found.into_drift() }).collect())
    }
}

impl fmt::Display for Recipe {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Recipe {
    type Err = StatsError;

    fn from_str(name: &str) -> Result<Self, StatsError> {
        Self::ALL
            .into_iter()
            .find(|recipe| recipe.name() == name)
            .ok_or_else(|| StatsError::UnknownRecipe { name: name.to_owned() })
    }
}

/// A distance and the law it has with no drift.
fn finding(metric: Metric, bracket: Bracket, noise: Noise, basis: Basis, rows: Rows) -> Finding {
    Finding { metric, bracket, noise, p_value: None, basis, rows }
}
