//! What can go wrong here.

use crate::drift::{Metric, Recipe};

/// An argument that no statistic can be computed from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StatsError {
    /// The two sides of a drift are columns of different kinds.
    #[error(
        "both sides of a drift must be of one kind, got a {reference} reference and a {current} current profile"
    )]
    KindMismatch {
        /// The kind of the reference profile: `numeric` or `categorical`.
        reference: &'static str,
        /// The kind of the current profile.
        current: &'static str,
    },
    /// No drift metric has this name.
    #[error("metric must be one of {}, got {name:?}", Metric::ALL.map(Metric::name).join(", "))]
    UnknownMetric {
        /// The name as given.
        name: String,
    },
    /// No recipe has this name.
    #[error("recipe must be one of {}, got {name:?}", Recipe::ALL.map(Recipe::name).join(", "))]
    UnknownRecipe {
        /// The name as given.
        name: String,
    },
}
