//! Everything that is said of two profiles of one column, from one look at them.

use driftline_sketches::ColumnProfile;

use super::categorical::CategoricalPair;
use super::numeric::NumericPair;
use super::outline::Outline;
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
pub struct Prepared(Option<Outline>);

impl Prepared {
    /// Of a reference.
    pub fn new(reference: &ColumnProfile) -> Self {
        Self(match reference {
            ColumnProfile::Numeric(profile) if profile.digest().count() > 0 => {
                Some(Outline::new(profile.digest()))
            }
            _ => None,
        })
    }
}

/// Compares columns by a recipe, one after the other, in the same memory.
#[derive(Debug)]
pub struct Comparer<'m> {
    recipe: Recipe,
    metrics: &'m [Metric],
    bins: usize,
    spare: Outline,
}

impl<'m> Comparer<'m> {
    /// Finds these distances, and at most so many `bins` that set the sides apart.
    pub fn new(recipe: Recipe, metrics: &'m [Metric], bins: usize) -> Self {
        Self { recipe, metrics, bins, spare: Outline::default() }
    }

    /// The distances of `current` from `reference`. `prepared` is made of this very reference, or not given.
    ///
    /// # Errors
    ///
    /// [`StatsError::KindMismatch`] when one profile is numeric and the other categorical.
    pub fn compare(
        &mut self,
        reference: &ColumnProfile,
        prepared: Option<&Prepared>,
        current: &ColumnProfile,
    ) -> Result<Comparison, StatsError> {
        let (distances, table) = match (reference, current) {
            (ColumnProfile::Numeric(before), ColumnProfile::Numeric(now)) => {
                let prepared = prepared.and_then(|prepared| prepared.0.as_ref());
                let spare = std::mem::take(&mut self.spare);
                let pair = NumericPair::new(before, now).map(|pair| pair.with_prepared(prepared, spare));
                let distances = self.own(reference, current, |metric| pair.as_ref()?.find(metric));
                let table = pair.as_ref().filter(|_| self.bins > 0).and_then(NumericPair::table);
                self.spare = pair.map(NumericPair::into_spare).unwrap_or_default();
                (distances, table)
            }
            (ColumnProfile::Categorical(before), ColumnProfile::Categorical(now)) => {
                let pair = CategoricalPair::new(before, now);
                let distances = self.own(reference, current, |metric| pair.as_ref()?.find(metric));
                (distances, pair.filter(|_| self.bins > 0).map(|pair| pair.table(before, now)))
            }
            _ => return Err(StatsError::KindMismatch { reference: kind(reference), current: kind(current) }),
        };
        let distances = match distances {
            Some(distances) => distances,
            None => self.recipe.drift(reference, current, self.metrics)?,
        };
        let bins = table.map(|table| largest(table, self.bins)).unwrap_or_default();
        Ok(Comparison { distances, bins })
    }

    /// This crate's distances; none where another recipe is asked for.
    fn own(
        &self,
        reference: &ColumnProfile,
        current: &ColumnProfile,
        find: impl Fn(Metric) -> Option<Finding>,
    ) -> Option<Vec<Drift>> {
        let find = |&metric: &Metric| match metric {
            Metric::NullRate => shares::null_rate(reference, current),
            _ => find(metric),
        };
        let is_own = self.recipe == Recipe::Driftline;
        is_own.then(|| self.metrics.iter().filter_map(find).map(Finding::into_drift).collect())
    }
}

/// The bins that add most, of those that add anything.
fn largest(table: BinTable, number: usize) -> Vec<BinShares> {
    let mut bins = table.bins;
    bins.retain(|bin| bin.psi > 0.0);
    bins.sort_by(|one, other| other.psi.total_cmp(&one.psi));
    bins.truncate(number);
    bins
}
