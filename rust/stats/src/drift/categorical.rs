//! Drift of categorical columns.

use std::collections::BTreeSet;

use driftline_sketches::{CategoricalProfile, CategoryCounts, FrequentItems};

use super::binned::{Bin, BinnedPair};
use super::bracket::Bracket;
use super::{Basis, Drift, Finding, Metric};

/// All asked metrics that make sense for categories; none when a side has no value.
pub(super) fn drift(
    reference: &CategoricalProfile,
    current: &CategoricalProfile,
    metrics: &[Metric],
) -> Vec<Drift> {
    if reference.frequent.total() == 0 || current.frequent.total() == 0 {
        return Vec::new();
    }
    let (pair, basis) = from_categories(reference, current).unwrap_or_else(|| {
        (from_frequent_items(&reference.frequent, &current.frequent), Basis::FrequentItems)
    });
    metrics
        .iter()
        .filter_map(|&metric| Finding::of_bins(metric, &pair, basis))
        .map(|finding| finding.between(reference.frequent.total(), current.frequent.total()))
        .collect()
}

/// The baseline's categories and one bin for all others, where both sides counted every value in
/// them.
fn from_categories(
    reference: &CategoricalProfile,
    current: &CategoricalProfile,
) -> Option<(BinnedPair, Basis)> {
    let (reference, current) = (complete_counts(reference)?, complete_counts(current)?);
    (reference.categories().fingerprint() == current.categories().fingerprint()).then(|| {
        let with_unseen = |counts: &CategoryCounts| [counts.counts(), &[counts.unseen()]].concat();
        (BinnedPair::exact(&with_unseen(reference), &with_unseen(current)), Basis::Categories)
    })
}

/// The profile's category counts, if they are of one baseline and hold every value.
fn complete_counts(profile: &CategoricalProfile) -> Option<&CategoryCounts> {
    profile.categories.known().filter(|counts| counts.total() == profile.frequent.total())
}

/// One bin for every item that is certainly frequent on one side, and one for the rest.
fn from_frequent_items(reference: &FrequentItems, current: &FrequentItems) -> BinnedPair {
    let items: BTreeSet<&str> = certain_items(reference).chain(certain_items(current)).collect();
    let bins = counts_with_rest(reference, &items).into_iter().zip(counts_with_rest(current, &items));
    BinnedPair {
        bins: bins.map(|(reference, current)| Bin { reference, current }).collect(),
        n_reference: reference.total() as f64,
        n_current: current.total() as f64,
    }
}

/// The items whose count is more than the sketch may have missed of any other: all of them while it
/// is exact.
fn certain_items(frequent: &FrequentItems) -> impl Iterator<Item = &str> {
    frequent.items().into_iter().filter(|&(_, count)| count > frequent.error()).map(|(item, _)| item)
}

/// The counts of the items, then of all others together. What the sketch may have missed is
/// estimated to belong to the rest.
fn counts_with_rest(frequent: &FrequentItems, items: &BTreeSet<&str>) -> Vec<Bracket> {
    let bounds: Vec<(u64, u64)> = items.iter().map(|item| frequent.estimate(item)).collect();
    let certain = bounds.iter().fold(0_u64, |sum, &(lower, _)| sum.saturating_add(lower));
    let possible = bounds.iter().fold(0_u64, |sum, &(_, upper)| sum.saturating_add(upper));
    let rest_high = frequent.total().saturating_sub(certain) as f64;
    let rest_low = frequent.total().saturating_sub(possible) as f64;
    let item_counts = bounds.into_iter().map(|(low, high)| Bracket::new(low as f64, low as f64, high as f64));
    item_counts.chain([Bracket::new(rest_high, rest_low, rest_high)]).collect()
}
