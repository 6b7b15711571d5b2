//! Requests of many principals, drawn.

use std::collections::BTreeSet;

use driftline_stats::evidence::Rate;
use driftline_stats::security::Asked;
use rand::rngs::StdRng;
use rand::{Rng, RngExt};
use rand_distr::{Distribution, Zipf};

/// Queries that people ask about, the more often asked the lower their number; so many of them round to the same.
const QUERIES: f64 = 20_000.0;
const ALIKE: u64 = 3;
/// Queries of a principal in a window, in the mean; the busiest asks some ten times as many.
const BUSY: f64 = 12.0;
/// Odds of a score near the boundary, of an input out of range and of a label that contradicts.
const ODDS: [f64; 3] = [0.06, 0.004, 0.1];

/// How principals of clean traffic differ.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Crowd {
    /// Not at all, but for how much they ask.
    Alike,
    /// Odds are up to twice as large for some as for others.
    Different,
    /// One has just twice the odds of all others, the edge of what is tolerated.
    AtTheEdge,
}

impl Crowd {
    pub(crate) const ALL: [Self; 3] = [Self::Alike, Self::Different, Self::AtTheEdge];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Alike => "all alike",
            Self::Different => "odds differ by up to 2 times",
            Self::AtTheEdge => "one has 2 times the odds",
        }
    }
}

/// What the first principal does instead.
#[derive(Clone, Copy)]
pub(crate) enum Attack {
    /// Uniform probing: no query twice, most of them out of range.
    Extraction,
    /// Small steps along the boundary.
    BoundarySearch,
    /// Twelve queries a window, as others send, of which a third are near the boundary.
    SlowSearch,
    /// All of its labels contradict, one label in twenty of all.
    Poisoning,
}

impl Attack {
    pub(crate) const ALL: [Self; 4] =
        [Self::Extraction, Self::BoundarySearch, Self::SlowSearch, Self::Poisoning];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Extraction => "extraction",
            Self::BoundarySearch => "boundary search",
            Self::SlowSearch => "boundary search among other queries",
            Self::Poisoning => "poisoning of 5% of labels",
        }
    }
}

/// The principals of one stream.
pub(crate) struct Traffic {
    /// Queries a window, and odds.
    principals: Vec<(f64, [f64; 3])>,
    queries: Zipf<f64>,
}

impl Traffic {
    pub(crate) fn new(random: &mut StdRng, principals: usize, crowd: Crowd) -> Self {
        let principal = |number: usize| {
            // From a third to ten times the mean.
            let busy = BUSY * (random.random::<f64>() * 3.4 - 1.1).exp() * 0.55;
            let times = match crowd {
                Crowd::Alike => 1.0,
                Crowd::Different => 2.0_f64.powf(random.random::<f64>() - 0.5),
                Crowd::AtTheEdge => f64::from(u8::from(number == 0)) + 1.0,
            };
            (busy, ODDS.map(|odds| odds * times))
        };
        let principals = (0..principals).map(principal).collect();
        Self { principals, queries: Zipf::new(QUERIES, 1.0).expect("a law") }
    }

    pub(crate) fn window(&self, random: &mut StdRng, attack: Option<Attack>) -> Vec<Asked> {
        let mut window: Vec<Asked> =
            self.principals.iter().map(|(busy, odds)| self.asked(random, *busy, odds)).collect();
        let labels: u64 = window.iter().map(|asked| asked.label_flips.hits + asked.label_flips.misses).sum();
        let first = &mut window[0];
        let count = 60.0;
        match attack {
            None => {}
            Some(Attack::Extraction) => {
                first.queries = count as u64;
                (first.distinct, first.rounded) = ((count, count), Some((count, count)));
                first.near_boundary = drawn(random, first.queries, ODDS[0]);
                first.outliers = drawn(random, first.queries, 2.0);
            }
            Some(Attack::BoundarySearch) => {
                first.queries = count as u64;
                (first.distinct, first.rounded) = ((count, count), Some((0.1 * count, 0.1 * count)));
                first.near_boundary = drawn(random, first.queries, 4.0);
                first.outliers = drawn(random, first.queries, ODDS[1]);
            }
            Some(Attack::SlowSearch) => {
                *first = self.asked(random, BUSY, &[0.5, ODDS[1], ODDS[2]]);
            }
            Some(Attack::Poisoning) => first.label_flips = Rate { hits: labels.div_ceil(20), misses: 0 },
        }
        window
    }

    fn asked(&self, random: &mut StdRng, busy: f64, odds: &[f64; 3]) -> Asked {
        let queries = (busy * (0.5 + random.random::<f64>())).round() as u64;
        let chosen: BTreeSet<u64> = (0..queries).map(|_| self.queries.sample(random) as u64).collect();
        let rounded: BTreeSet<u64> = chosen.iter().map(|query| query / ALIKE).collect();
        let (distinct, rounded) = (chosen.len() as f64, rounded.len() as f64);
        Asked {
            queries,
            distinct: (distinct, distinct),
            rounded: Some((rounded, rounded)),
            near_boundary: drawn(random, queries, odds[0]),
            outliers: drawn(random, queries, odds[1]),
            label_flips: drawn(random, queries / 2, odds[2]),
        }
    }
}

fn drawn(random: &mut impl Rng, of: u64, odds: f64) -> Rate {
    let chance = odds / (1.0 + odds);
    let hits = (0..of).filter(|_| random.random::<f64>() < chance).count() as u64;
    Rate { hits, misses: of - hits }
}
