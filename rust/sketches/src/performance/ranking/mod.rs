//! How well lists are ranked: each query has a list of items in the order of their scores, and labels say how relevant
//! items are.
//!
//! What a query comes to ([`Ranking::of_query`]) is a number of each kind, not a count, and changes as its labels come. So a
//! cell holds sums over queries in whole units of 2^-30, which form a group: what a query came to before is taken back to
//! the last bit ([`Ranking::take`]) when it comes to something else, and labels give the same sums in whatever order they
//! come, in whatever rows the sums are kept. A row on its own may be negative; all rows of a window are not.

mod query;
mod sums;

pub use query::{MAX_CUTOFF, MAX_CUTOFFS, RankedItem, RankingRules, Unlabelled};
pub use sums::{RANKING_UNIT, UnitSums};

/// What the queries of a cell come to. All counts are signed, as the sums are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ranking {
    /// Queries of which an item was seen.
    pub queries: i64,
    /// Those of them that count: at least one of their items has a label.
    pub judged: i64,
    /// Items of all queries.
    pub items: i64,
    /// Those of them that have a label.
    pub labelled: i64,
    /// Items that take no part: more than one query may have, or of a query that had been let go.
    pub left_out: i64,
    /// Over the queries that count, one over the rank of the first relevant item; 0 where none is.
    pub reciprocal_rank: UnitSums,
    /// By the length at which lists are cut, in rising order.
    cutoffs: Vec<Cutoff>,
}

/// What lists come to that are cut at one length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cutoff {
    /// Items from the top of the list.
    pub at: u32,
    /// Queries that count.
    pub judged: i64,
    /// Those of them with an item of a relevance above 0, of which `ndcg` is.
    pub graded: i64,
    /// Those of them with a relevant item, of which `recall` and `average_precision` are.
    pub relevant: i64,
    /// Discounted cumulative gain over that of the best order.
    pub ndcg: UnitSums,
    /// Relevant items among those, over their number.
    pub precision: UnitSums,
    /// Relevant items among those, over all relevant ones.
    pub recall: UnitSums,
    /// Average precision, over as many relevant items as there can be among those.
    pub average_precision: UnitSums,
    /// 1 where a relevant item is among those, else 0.
    pub hit: UnitSums,
}

impl Cutoff {
    /// The sums, in the order of the fields.
    pub fn sums(&self) -> [UnitSums; 5] {
        [self.ndcg, self.precision, self.recall, self.average_precision, self.hit]
    }

    /// The same, to be changed.
    pub fn sums_mut(&mut self) -> [&mut UnitSums; 5] {
        [&mut self.ndcg, &mut self.precision, &mut self.recall, &mut self.average_precision, &mut self.hit]
    }

    fn combine(&mut self, other: &Self, number: fn(i64, i64) -> i64) {
        self.judged = number(self.judged, other.judged);
        self.graded = number(self.graded, other.graded);
        self.relevant = number(self.relevant, other.relevant);
        for (own, other) in self.sums_mut().into_iter().zip(other.sums()) {
            own.combine(other, number);
        }
    }

    fn is_zero(&self) -> bool {
        *self == Self { at: self.at, ..Self::default() }
    }
}

impl Ranking {
    /// No query, the identity of [`Ranking::merge`].
    pub fn new() -> Self {
        Self::default()
    }

    /// What lists come to by the length at which they are cut, in rising order.
    pub fn cutoffs(&self) -> &[Cutoff] {
        &self.cutoffs
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Adds what `other` holds.
    pub fn merge(&mut self, other: &Self) {
        self.combine(other, i64::wrapping_add);
    }

    /// Takes out what `other` holds: exactly undoes [`Ranking::merge`].
    pub fn take(&mut self, other: &Self) {
        self.combine(other, i64::wrapping_sub);
    }

    /// Adds what lists come to that are cut at one length.
    pub fn add_cutoff(&mut self, cutoff: &Cutoff) {
        self.combine_cutoff(cutoff, i64::wrapping_add);
    }

    /// Numbers wrap around, so that whatever was added can be taken; 2^33 queries of a cell have room.
    fn combine(&mut self, other: &Self, number: fn(i64, i64) -> i64) {
        self.queries = number(self.queries, other.queries);
        self.judged = number(self.judged, other.judged);
        self.items = number(self.items, other.items);
        self.labelled = number(self.labelled, other.labelled);
        self.left_out = number(self.left_out, other.left_out);
        self.reciprocal_rank.combine(other.reciprocal_rank, number);
        for cutoff in &other.cutoffs {
            self.combine_cutoff(cutoff, number);
        }
    }

    fn combine_cutoff(&mut self, cutoff: &Cutoff, number: fn(i64, i64) -> i64) {
        let found = self.cutoffs.binary_search_by_key(&cutoff.at, |own| own.at);
        let place = found.unwrap_or_else(|place| {
            self.cutoffs.insert(place, Cutoff { at: cutoff.at, ..Cutoff::default() });
            place
        });
        self.cutoffs[place].combine(cutoff, number);
        if self.cutoffs[place].is_zero() {
            self.cutoffs.remove(place);
        }
    }
}
