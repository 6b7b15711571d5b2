//! Counts of all that a column may hold, in the bins of one baseline.

use driftline_sketches::{BinCounts, CategoryCounts, Moments, Tally, TallyCounts};

use crate::query::windows::{WindowColumn, WindowContent};

/// Bins of numbers that have no place between edges: null, NaN, infinity, minus infinity.
const BESIDE_NUMBERS: usize = 4;
/// Bins of categories beside those of the baseline: all others, and null.
const BESIDE_CATEGORIES: usize = 2;

/// The bins of a column, of which every record is in one: the baseline's, and after them those of what has no place
/// there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::query) struct Layout {
    pub(in crate::query) is_numeric: bool,
    fingerprint: u64,
    /// Bins of the baseline, which come first.
    pub(in crate::query) own: usize,
}

impl Layout {
    /// Number of bins.
    pub(in crate::query) fn bins(self) -> usize {
        self.own + if self.is_numeric { BESIDE_NUMBERS } else { BESIDE_CATEGORIES }
    }
}

impl WindowColumn {
    /// The bins that all values were counted in. `None` where there is no value, or they were counted in none or in those
    /// of several baselines.
    pub(in crate::query) fn layout(&self) -> Option<Layout> {
        match &self.content {
            WindowContent::Numeric { moments, bins, .. } => {
                let counts = bins.known().filter(|counts| counts.total() == moments.count())?;
                let own = counts.counts().len();
                Some(Layout { is_numeric: true, fingerprint: counts.binning().fingerprint(), own })
            }
            WindowContent::Categorical(categories) => {
                let counts = categories.known().filter(|counts| counts.total() == self.values)?;
                let own = counts.counts().len();
                Some(Layout { is_numeric: false, fingerprint: counts.categories().fingerprint(), own })
            }
        }
    }

    /// The counts of all records in these bins. `None` where values were not counted in them.
    pub(in crate::query) fn counts_in(&self, layout: Layout) -> Option<Vec<u64>> {
        if self.is_numeric() != layout.is_numeric {
            return None;
        }
        let is_counted = self.layout() == Some(layout);
        if !is_counted && !self.has_no_value_to_count() {
            return None;
        }
        let mut counts = Vec::with_capacity(layout.bins());
        match &self.content {
            WindowContent::Numeric { nans, pos_infs, neg_infs, bins, .. } => {
                counts.extend(known(bins, is_counted).map_or(&[][..], BinCounts::counts));
                counts.resize(layout.own, 0);
                counts.extend([self.nulls, *nans, *pos_infs, *neg_infs]);
            }
            WindowContent::Categorical(categories) => {
                let categories = known(categories, is_counted);
                counts.extend(categories.map_or(&[][..], CategoryCounts::counts));
                counts.resize(layout.own, 0);
                counts.extend([categories.map_or(0, CategoryCounts::unseen), self.nulls]);
            }
        }
        Some(counts)
    }

    /// Which of the baseline's bins of numbers hold a single value.
    pub(in crate::query) fn bins_of_one_value(&self) -> Vec<bool> {
        let WindowContent::Numeric { bins, .. } = &self.content else { return Vec::new() };
        let Some(counts) = bins.known() else { return Vec::new() };
        let edges = counts.binning().edges();
        let holds_one = |pair: &[f64]| pair[0].next_up() == pair[1];
        // The first bin is below all edges, the last above.
        [false].into_iter().chain(edges.windows(2).map(holds_one)).chain([false]).collect()
    }

    /// Count, mean and spread of its finite numbers.
    pub(in crate::query) fn moments(&self) -> Option<&Moments> {
        match &self.content {
            WindowContent::Numeric { moments, .. } => Some(moments),
            WindowContent::Categorical(_) => None,
        }
    }

    pub(in crate::query) fn is_numeric(&self) -> bool {
        matches!(self.content, WindowContent::Numeric { .. })
    }

    fn has_no_value_to_count(&self) -> bool {
        self.moments().map_or(self.values, Moments::count) == 0
    }
}

fn known<T: TallyCounts>(tally: &Tally<T>, is_counted: bool) -> Option<&T> {
    tally.known().filter(|_| is_counted)
}
