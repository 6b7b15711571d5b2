//! The report on ranked lists.

use driftline_sketches::performance::{Ranking, UnitSums};

use super::estimate::Estimate;
use super::rates::proportion;

/// A figure of ranked lists and its 95% interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RankingFigure {
    /// What it is called at all doors, without the length at which lists are cut.
    pub name: &'static str,
    /// That length; `None`: lists are not cut.
    pub at: Option<u32>,
    /// The mean over queries.
    pub estimate: Estimate,
    /// Queries that it is of.
    pub queries: u64,
}

/// How well lists are ranked.
#[derive(Debug, Clone, PartialEq)]
pub struct RankingReport {
    /// Queries of which an item was seen.
    pub queries: u64,
    /// Those of them that count, since an item of theirs has a label.
    pub judged: u64,
    /// judged / queries.
    pub coverage: Option<Estimate>,
    /// Items of all queries.
    pub items: u64,
    /// Those of them that have a label.
    pub labelled: u64,
    /// Items that take no part.
    pub left_out: u64,
    /// The figures that exist, each by its name and length (`docs/ranking.md` says what each is): none with fewer than two
    /// queries, where there is no interval.
    pub figures: Vec<RankingFigure>,
}

impl RankingReport {
    /// The figure of a name and a length.
    pub fn get(&self, name: &str, at: Option<u32>) -> Option<Estimate> {
        let is_it = |figure: &&RankingFigure| figure.name == name && figure.at == at;
        self.figures.iter().find(is_it).map(|figure| figure.estimate)
    }
}

/// Judges ranked lists. A row of the state on its own may have counts below 0, which are none.
pub fn ranking(sums: &Ranking) -> RankingReport {
    let count = |number: i64| u64::try_from(number).unwrap_or(0);
    let reciprocal_rank = figure("mrr", None, sums.reciprocal_rank, sums.judged);
    let of_lengths = sums.cutoffs().iter().flat_map(|cutoff| {
        let numbered = [
            ("ndcg", cutoff.graded),
            ("precision", cutoff.judged),
            ("recall", cutoff.relevant),
            ("map", cutoff.relevant),
            ("hit_rate", cutoff.judged),
        ];
        let sums = numbered.into_iter().zip(cutoff.sums());
        sums.filter_map(|((name, queries), sums)| figure(name, Some(cutoff.at), sums, queries))
    });
    RankingReport {
        queries: count(sums.queries),
        judged: count(sums.judged),
        coverage: proportion(count(sums.judged), count(sums.queries)),
        items: count(sums.items),
        labelled: count(sums.labelled),
        left_out: count(sums.left_out),
        figures: reciprocal_rank.into_iter().chain(of_lengths).collect(),
    }
}

/// The mean of numbers in `[0, 1]`: Wilson's interval at as many trials as would give a share the variance that the mean
/// has, so that it stays in `[0, 1]` and keeps a width where all lists are alike.
fn figure(name: &'static str, at: Option<u32>, sums: UnitSums, queries: i64) -> Option<RankingFigure> {
    let (mean, squares) = sums.means(queries).filter(|_| queries >= 2)?;
    let n = queries as f64;
    let variance = (squares - mean * mean).max(0.0) / (n - 1.0);
    Some(RankingFigure { name, at, estimate: Estimate::score(mean, variance, n), queries: queries as u64 })
}
