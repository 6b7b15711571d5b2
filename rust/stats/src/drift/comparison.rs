//! Everything that is said of two profiles of one column, from one look at them.

use driftline_sketches::ColumnProfile;

use super::categorical::CategoricalPair;
use super::distribution::Side;
use super::numeric::NumericPair;
use super::{BinShares, BinTable, Drift, Finding, Metric, Recipe, kind, shares};
use crate::error::StatsError;

/// Distances of one column, and where they come from.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// In the order of the metrics; those that do not fit the column are left out.
    pub distances: Vec<Drift>,
    /// The bins that add most to this crate's `psi`, whatever the recipe is, the one that adds most first.
    pub bins: Vec<BinShares>,
}

/// What is computed once of a reference, for all that is compared with it.
#[derive(Debug, Clone)]
pub struct Prepared(Option<Side>);

impl Prepared {
    /// Of a reference.
    pub fn new(reference: &ColumnProfile) -> Self {
        Self(match reference {
            ColumnProfile::Numeric(profile) if profile.digest().count() > 0 => {
                Some(Side::new(profile.digest()))
            }
            _ => None,
        })
    }
}

/// The distances of `current` from `reference` by a recipe, and at most so many `bins` that set them apart. `prepared` is
/// made of this very reference, or not given.
///
/// # Errors
///
/// [`StatsError::KindMismatch`] when one profile is numeric and the other categorical.
pub fn compare(
    recipe: Recipe,
    reference: &ColumnProfile,
    prepared: Option<&Prepared>,
    current: &ColumnProfile,
    metrics: &[Metric],
    bins: usize,
) -> Result<Comparison, StatsError> {
    let own = |find: &dyn Fn(Metric) -> Option<Finding>| -> Vec<Drift> {
        let find = |&metric: &Metric| match metric {
            Metric::NullRate => shares::null_rate(reference, current),
            _ => find(metric),
        };
        metrics.iter().filter_map(find).map(Finding::into_drift).collect()
    };
    let is_own = recipe == Recipe::Driftline;
    let (distances, table) = match (reference, current) {
        (ColumnProfile::Numeric(before), ColumnProfile::Numeric(now)) => {
            let prepared = prepared.and_then(|prepared| prepared.0.as_ref());
            let pair = NumericPair::new(before, now).map(|pair| pair.with_prepared(prepared));
            let distances = is_own.then(|| own(&|metric| pair.as_ref()?.find(metric)));
            (distances, pair.filter(|_| bins > 0).and_then(|pair| pair.table()))
        }
        (ColumnProfile::Categorical(before), ColumnProfile::Categorical(now)) => {
            let pair = CategoricalPair::new(before, now);
            let distances = is_own.then(|| own(&|metric| pair.as_ref()?.find(metric)));
            (distances, pair.filter(|_| bins > 0).map(|pair| pair.table(before, now)))
        }
        _ => return Err(StatsError::KindMismatch { reference: kind(reference), current: kind(current) }),
    };
    let distances = match distances {
        Some(distances) => distances,
        None => recipe.drift(reference, current, metrics)?,
    };
    Ok(Comparison { distances, bins: table.map(|table| largest(table, bins)).unwrap_or_default() })
}

/// The bins that add most, of those that add anything.
fn largest(table: BinTable, number: usize) -> Vec<BinShares> {
    let mut bins = table.bins;
    bins.retain(|bin| bin.psi > 0.0);
    bins.sort_by(|one, other| other.psi.total_cmp(&one.psi));
    bins.truncate(number);
    bins
}
