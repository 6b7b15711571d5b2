//! Drift of categorical columns.

use std::collections::BTreeSet;

use driftline_sketches::{CategoricalProfile, CategoryCounts, FrequentItems};

use super::binned::{Bin, BinnedPair};
use super::bins::{BinLabel, BinTable};
use super::bracket::Bracket;
use super::{Basis, Finding, Metric, Rows, shares};

/// Two profiles with values, in common bins.
pub(super) struct CategoricalPair {
    pair: BinnedPair,
    basis: Basis,
    /// Values of both sides that are none of the baseline's categories, where they were counted.
    unseen: Option<(u64, u64)>,
    rows: Rows,
}

impl CategoricalPair {
    /// `None` when a side has no value.
    pub(super) fn new(reference: &CategoricalProfile, current: &CategoricalProfile) -> Option<Self> {
        let rows = Rows { reference: reference.frequent.total(), current: current.frequent.total() };
        match counts_of_one_baseline(reference, current) {
            Some((reference, current)) if rows.reference > 0 && rows.current > 0 => Some(Self {
                pair: in_categories(reference, current),
                basis: Basis::Categories,
                unseen: Some((reference.unseen(), current.unseen())),
                rows,
            }),
            _ => Self::of_items(reference, current),
        }
    }

    /// The same in bins of frequent items, whatever baseline both sides were counted by.
    pub(super) fn of_items(reference: &CategoricalProfile, current: &CategoricalProfile) -> Option<Self> {
        let rows = Rows { reference: reference.frequent.total(), current: current.frequent.total() };
        (rows.reference > 0 && rows.current > 0).then(|| Self {
            pair: from_frequent_items(&reference.frequent, &current.frequent),
            basis: Basis::FrequentItems,
            unseen: None,
            rows,
        })
    }

    /// Values of both sides.
    pub(super) fn rows(&self) -> Rows {
        self.rows
    }

    /// The counts.
    pub(super) fn pair(&self) -> &BinnedPair {
        &self.pair
    }

    /// The common bins, of the profiles that this was made of.
    pub(super) fn table(&self, reference: &CategoricalProfile, current: &CategoricalProfile) -> BinTable {
        let categories = reference.categories.known().filter(|_| self.basis == Basis::Categories);
        let names: Vec<&str> = match categories {
            Some(counts) => counts.categories().names().iter().map(String::as_str).collect(),
            None => common_items(&reference.frequent, &current.frequent).into_iter().collect(),
        };
        let labels = names.into_iter().map(|name| BinLabel::Category(name.to_owned()));
        self.pair.table(self.basis, labels.chain([BinLabel::Rest]))
    }

    /// One metric; none when it does not fit.
    pub(super) fn find(&self, metric: Metric) -> Option<Finding> {
        match metric {
            Metric::UnseenRate => shares::difference(metric, self.unseen?, self.rows, self.basis),
            _ => Finding::of_bins(metric, &self.pair, self.basis, self.rows),
        }
    }
}

/// The counts of both sides, where both counted every value in the categories of one baseline.
pub(crate) fn counts_of_one_baseline<'p>(
    reference: &'p CategoricalProfile,
    current: &'p CategoricalProfile,
) -> Option<(&'p CategoryCounts, &'p CategoryCounts)> {
    let (reference, current) = (complete_counts(reference)?, complete_counts(current)?);
    let same = reference.categories().fingerprint() == current.categories().fingerprint();
    same.then_some((reference, current))
}

/// The baseline's categories and one bin for all others.
fn in_categories(reference: &CategoryCounts, current: &CategoryCounts) -> BinnedPair {
    let with_unseen = |counts: &CategoryCounts| [counts.counts(), &[counts.unseen()]].concat();
    BinnedPair::exact(&with_unseen(reference), &with_unseen(current))
}

/// The profile's category counts, if they are of one baseline and hold every value.
fn complete_counts(profile: &CategoricalProfile) -> Option<&CategoryCounts> {
    profile.categories.known().filter(|counts| counts.total() == profile.frequent.total())
}

/// One bin for every item that is certainly frequent on one side, and one for the rest.
fn from_frequent_items(reference: &FrequentItems, current: &FrequentItems) -> BinnedPair {
    let items = common_items(reference, current);
    let bins = counts_with_rest(reference, &items).into_iter().zip(counts_with_rest(current, &items));
    BinnedPair {
        bins: bins.map(|(reference, current)| Bin { reference, current }).collect(),
        n_reference: reference.total() as f64,
        n_current: current.total() as f64,
    }
}

/// The items that are certainly frequent on one side.
fn common_items<'p>(reference: &'p FrequentItems, current: &'p FrequentItems) -> BTreeSet<&'p str> {
    certain_items(reference).chain(certain_items(current)).collect()
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
