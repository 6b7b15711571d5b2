//! Numbers of distinct values, which grow with the number of rows.

use std::collections::BTreeSet;
use std::f64::consts::FRAC_2_PI;

use driftline_sketches::{CategoricalProfile, ColumnProfile, Hll, frequent::MAX_ITEM_BYTES};

use super::{Check, Finding};
use crate::special::{Z_95_TWO_SIDED, binomial_upper};

/// An estimate with its interval.
#[derive(Debug, Clone, Copy)]
struct Count {
    value: f64,
    low: f64,
    high: f64,
}

/// Distinct values of both sides and of their union.
struct Counts {
    reference: Count,
    current: Count,
    union: Count,
}

/// The number of distinct values.
///
/// More rows show more values, though never more in proportion: of rows of one law, the side with fewer has
/// between its part of the other's distinct values and all of them (the number is concave in the rows). That
/// much the larger side may have more. Values that only one side has are as likely to be the other's where both
/// have as many rows, and come to the smaller side with at most the share of its rows: their number is the
/// variance of the difference, and, where it is the smaller side that has more, gives a p-value by the binomial
/// law, as `McNemar`'s test does. Intervals are those of the distinct counts, at 95%; exact where both sides know
/// all values.
pub(super) fn find(reference: &ColumnProfile, current: &ColumnProfile) -> Option<Finding> {
    let counts = counts(reference, current)?;
    let (n, m) = (reference.count(), current.count());
    if n == 0 || m == 0 {
        return None;
    }
    let sides = Sides::new(&counts, n as f64, m as f64);
    let (before, now) = (counts.reference, counts.current);
    Some(Finding {
        check: Check::Distinct,
        reference: before.value,
        reference_low: before.low,
        reference_high: before.high,
        current: now.value,
        low: now.low,
        high: now.high,
        noise_floor: (FRAC_2_PI * sides.exclusive()).sqrt(),
        noise_q95: Z_95_TWO_SIDED * sides.exclusive().sqrt() + sides.allowance(),
        p_value: sides.p_value(),
        n_reference: n,
        n_current: m,
    })
}

fn counts(reference: &ColumnProfile, current: &ColumnProfile) -> Option<Counts> {
    match (reference, current) {
        (ColumnProfile::Numeric(reference), ColumnProfile::Numeric(current)) => {
            estimated(&reference.distinct, &current.distinct)
        }
        (ColumnProfile::Categorical(reference), ColumnProfile::Categorical(current)) => {
            exact(reference, current).or_else(|| estimated(&reference.distinct, &current.distinct))
        }
        _ => None,
    }
}

fn exact(reference: &CategoricalProfile, current: &CategoricalProfile) -> Option<Counts> {
    let (before, now) = (items(reference)?, items(current)?);
    let count = |set: &BTreeSet<&str>| {
        let value = set.len() as f64;
        Count { value, low: value, high: value }
    };
    Some(Counts { reference: count(&before), current: count(&now), union: count(&(&before | &now)) })
}

/// All values of a side, where it knows them. Longer ones are kept by their beginning only.
fn items(side: &CategoricalProfile) -> Option<BTreeSet<&str>> {
    let knows_all = side.frequent.error() == 0 && side.frequent.total() == side.count;
    let items = side.frequent.items();
    (knows_all && items.iter().all(|(item, _)| item.len() + 4 <= MAX_ITEM_BYTES))
        .then(|| items.into_iter().map(|(item, _)| item).collect())
}

fn estimated(reference: &Hll, current: &Hll) -> Option<Counts> {
    let mut union = reference.clone();
    union.merge(current).ok()?;
    let count = |hll: &Hll| {
        let (low, high) = hll.bounds(Z_95_TWO_SIDED);
        Count { value: hll.estimate(), low, high }
    };
    let (reference, current, mut union) = (count(reference), count(current), count(&union));
    // What the union has at least and at most, whatever its own estimate says.
    union.high = union.high.min(reference.high + current.high);
    union.low = union.low.max(reference.low).max(current.low).min(union.high);
    Some(Counts { reference, current, union })
}

/// The side with fewer rows and the other one.
struct Sides {
    small: Count,
    large: Count,
    /// Values that only one has, at least and at most.
    only_small: (f64, f64),
    only_large: (f64, f64),
    /// Rows of the smaller over those of the larger side.
    ratio: f64,
}

impl Sides {
    fn new(counts: &Counts, n: f64, m: f64) -> Self {
        let (small, large) =
            if m <= n { (counts.current, counts.reference) } else { (counts.reference, counts.current) };
        let only = |other: Count| {
            ((counts.union.low - other.high).max(0.0), (counts.union.high - other.low).max(0.0))
        };
        Self { only_small: only(large), only_large: only(small), small, large, ratio: n.min(m) / n.max(m) }
    }

    /// Values that one side has and the other has not, at most.
    fn exclusive(&self) -> f64 {
        self.only_small.1 + self.only_large.1
    }

    fn has_small_more(&self) -> bool {
        self.small.value > self.large.value
    }

    /// What the larger side may have more because of its rows.
    fn allowance(&self) -> f64 {
        if self.has_small_more() { 0.0 } else { (1.0 - self.ratio) * self.large.high }
    }

    fn p_value(&self) -> Option<f64> {
        let share = self.ratio / (1.0 + self.ratio);
        if self.ratio < 1.0 && !self.has_small_more() {
            return None;
        }
        let tail = |own: (f64, f64), others: (f64, f64), share: f64| {
            // Counts are whole.
            let (least, most) = (own.0.ceil(), others.1.floor());
            binomial_upper(least, least + most, share)
        };
        let small = tail(self.only_small, self.only_large, share);
        if self.ratio < 1.0 {
            return Some(small);
        }
        Some((2.0 * small.min(tail(self.only_large, self.only_small, share))).min(1.0))
    }
}
