//! What one query comes to.
//!
//! Items of equal score have no order among them. Each figure is its expectation over all orders of such items, each as
//! likely as the other: `McSherry` and Najork, "Computing information retrieval performance measures efficiently in the
//! presence of tied scores", ECIR 2008. For NDCG that is what `ndcg_score` of scikit-learn gives.

use std::sync::LazyLock;

use super::sums::UnitSums;
use super::{Cutoff, Ranking};

/// The most items from the top at which a list is cut.
pub const MAX_CUTOFF: u32 = 1_000;
/// The most lengths at which lists are cut.
pub const MAX_CUTOFFS: usize = 16;

/// Sums of the discounts of the first items, by their number: lists are judged anew with each label.
static DISCOUNTS: LazyLock<Vec<f64>> = LazyLock::new(|| {
    let mut sums = vec![0.0];
    for rank in 1..=MAX_CUTOFF {
        sums.push(sums[sums.len() - 1] + 1.0 / (f64::from(rank) + 1.0).log2());
    }
    sums
});

/// What an item without a label counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Unlabelled {
    /// Its relevance is 0: labels are clicks or purchases, and most items get none.
    #[default]
    Irrelevant,
    /// Nothing is known of it: the list is taken without it (condensed lists, Sakai 2007).
    Unknown,
}

/// How lists are judged.
#[derive(Debug, Clone, PartialEq)]
pub struct RankingRules {
    /// Items from the top at which lists are cut, in rising order.
    pub at: Vec<u32>,
    /// Relevance from which an item is relevant.
    pub relevant_from: f64,
    /// What an item without a label counts as.
    pub unlabelled: Unlabelled,
}

impl Default for RankingRules {
    fn default() -> Self {
        Self { at: vec![1, 3, 5, 10, 20], relevant_from: 1.0, unlabelled: Unlabelled::Irrelevant }
    }
}

/// One item of a query's list.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RankedItem {
    /// What the list is ordered by, the highest first; not NaN.
    pub score: f64,
    /// How relevant it is, at least 0 and finite; `None`: no label has come.
    pub relevance: Option<f64>,
}

/// Items of one score.
struct Tied {
    /// Items before them.
    before: usize,
    items: usize,
    relevant: usize,
    /// Mean gain of an item.
    gain: f64,
}

impl Ranking {
    /// What one query comes to: a query, its items and labels, and, if any item has a label, each figure of it.
    pub fn of_query(items: &[RankedItem], rules: &RankingRules) -> Self {
        let labelled = items.iter().filter(|item| item.relevance.is_some()).count();
        let mut ranking = Self {
            queries: i64::from(!items.is_empty()),
            items: items.len() as i64,
            labelled: labelled as i64,
            ..Self::default()
        };
        if labelled == 0 {
            return ranking;
        }
        let list = List::new(items, rules);
        ranking.judged = 1;
        ranking.reciprocal_rank = UnitSums::of(list.reciprocal_rank());
        ranking.cutoffs = rules.at.iter().map(|&at| list.cut(at)).collect();
        ranking
    }
}

/// A list in order.
struct List {
    ties: Vec<Tied>,
    /// Gains from the highest on, over the highest; empty where all are 0.
    best: Vec<f64>,
    relevant: usize,
}

impl List {
    fn new(items: &[RankedItem], rules: &RankingRules) -> Self {
        let judged = items.iter().filter(|item| match rules.unlabelled {
            Unlabelled::Irrelevant => true,
            Unlabelled::Unknown => item.relevance.is_some(),
        });
        // Zeros of both signs are one score.
        let mut ordered: Vec<(f64, f64)> =
            judged.map(|item| (item.score + 0.0, item.relevance.unwrap_or(0.0))).collect();
        // By relevance too, so that sums do not depend on the order in which items came.
        ordered.sort_unstable_by(|left, right| right.partial_cmp(left).unwrap_or(std::cmp::Ordering::Equal));
        let most = ordered.iter().fold(0.0_f64, |most, item| most.max(item.1));
        let scale = |relevance: f64| if most > 0.0 { relevance / most } else { 0.0 };
        let mut before = 0;
        let ties: Vec<Tied> = ordered
            .chunk_by(|left, right| left.0 == right.0)
            .map(|tied| {
                let gains: f64 = tied.iter().map(|item| scale(item.1)).sum();
                let relevant = tied.iter().filter(|item| item.1 >= rules.relevant_from).count();
                before += tied.len();
                let items = tied.len();
                Tied { before: before - items, items, relevant, gain: gains / items as f64 }
            })
            .collect();
        let mut best: Vec<f64> =
            ordered.iter().map(|item| scale(item.1)).filter(|gain| *gain > 0.0).collect();
        best.sort_unstable_by(|left, right| right.total_cmp(left));
        Self { relevant: ties.iter().map(|tied| tied.relevant).sum(), ties, best }
    }

    /// What the first items come to.
    fn cut(&self, at: u32) -> Cutoff {
        let top = at.min(MAX_CUTOFF) as usize;
        let found = self.found(top);
        let mut cutoff = Cutoff {
            at,
            judged: 1,
            graded: i64::from(!self.best.is_empty()),
            relevant: i64::from(self.relevant > 0),
            precision: UnitSums::of(found / f64::from(at)),
            hit: UnitSums::of(self.hit(top)),
            ..Cutoff::default()
        };
        if !self.best.is_empty() {
            cutoff.ndcg = UnitSums::of(self.ndcg(top));
        }
        if self.relevant > 0 {
            cutoff.recall = UnitSums::of(found / self.relevant as f64);
            cutoff.average_precision = UnitSums::of(self.average_precision(top));
        }
        cutoff
    }

    /// Groups of equal score of which an item may be among the first, each with how many are.
    fn within(&self, top: usize) -> impl Iterator<Item = (&Tied, usize)> {
        let reached = self.ties.iter().take_while(move |tied| tied.before < top);
        reached.map(move |tied| (tied, tied.items.min(top - tied.before)))
    }

    /// Expected number of relevant items.
    fn found(&self, top: usize) -> f64 {
        self.within(top).map(|(tied, taken)| (tied.relevant * taken) as f64 / tied.items as f64).sum()
    }

    fn ndcg(&self, top: usize) -> f64 {
        let sums = &*DISCOUNTS;
        let discount = |from: usize, to: usize| sums[to] - sums[from];
        let gained: f64 = self
            .within(top)
            .map(|(tied, taken)| tied.gain * discount(tied.before, tied.before + taken))
            .sum();
        let best = self.best.iter().take(top).enumerate();
        let most: f64 = best.map(|(rank, gain)| gain * discount(rank, rank + 1)).sum();
        gained / most
    }

    /// The chance that a relevant item is among the first.
    fn hit(&self, top: usize) -> f64 {
        let Some((tied, taken)) = self.within(top).find(|(tied, _)| tied.relevant > 0) else { return 0.0 };
        let irrelevant = tied.items - tied.relevant;
        let missed = (0..taken).map(|at| irrelevant.saturating_sub(at) as f64 / (tied.items - at) as f64);
        1.0 - missed.product::<f64>()
    }

    fn reciprocal_rank(&self) -> f64 {
        let Some(tied) = self.ties.iter().find(|tied| tied.relevant > 0) else { return 0.0 };
        let (items, relevant) = (tied.items, tied.relevant);
        // The chance that the first relevant one is the next.
        let mut chance = relevant as f64 / items as f64;
        let mut expected = 0.0;
        for rank in 1..=items + 1 - relevant {
            expected += chance / (tied.before + rank) as f64;
            if rank < items {
                chance *= (items + 1 - rank - relevant) as f64 / (items - rank) as f64;
            }
        }
        expected
    }

    /// Over the relevant items that there can be among the first.
    fn average_precision(&self, top: usize) -> f64 {
        let (mut before, mut expected) = (0, 0.0);
        for (tied, taken) in self.within(top) {
            let share = tied.relevant as f64 / tied.items as f64;
            // Of the other items of this score that a place before holds, those are relevant.
            let others = tied.relevant.saturating_sub(1) as f64 / (tied.items.max(2) - 1) as f64;
            for place in 0..taken {
                let found = before as f64 + 1.0 + place as f64 * others;
                expected += share * found / (tied.before + place + 1) as f64;
            }
            before += tied.relevant;
        }
        expected / self.relevant.min(top) as f64
    }
}
