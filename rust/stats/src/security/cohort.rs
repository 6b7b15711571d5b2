//! All principals of a window, and what each does beside the others.

use super::Signal;
use super::odds::odds_gains;
use super::repeats::{Peer, Peers, distinct_gains, repeat_gains};
use super::watch::Gains;
use crate::evidence::Rate;
use crate::performance::{Estimate, proportion};

/// The share of principals with most repeats that others are not compared with where few repeats are the signal: a flood of
/// one query must make nobody else's queries look rare.
const FLOODS: f64 = 0.1;

/// What one principal did in a window.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Asked {
    /// Queries, and at least and at most how many are distinct.
    pub queries: u64,
    /// See `queries`.
    pub distinct: (f64, f64),
    /// At least and at most how many are distinct after rounding; `None` where nothing was rounded.
    pub rounded: Option<(f64, f64)>,
    /// Scores near the decision boundary.
    pub near_boundary: Rate,
    /// Records with values outside the baseline's range.
    pub outliers: Rate,
    /// Labels that contradict the prediction.
    pub label_flips: Rate,
}

/// At least and at most so many of some.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Part {
    /// At least.
    pub least: f64,
    /// At most.
    pub most: f64,
    /// Of so many.
    pub of: f64,
}

impl Part {
    /// Adds another.
    pub fn add(&mut self, other: Self) {
        self.least += other.least;
        self.most += other.most;
        self.of += other.of;
    }

    fn less(self, other: Self) -> Self {
        Self { least: self.least - other.least, most: self.most - other.most, of: self.of - other.of }
    }

    fn exact(rate: Rate) -> Self {
        let hits = rate.hits as f64;
        Self { least: hits, most: hits, of: hits + rate.misses as f64 }
    }

    /// The share, with Wilson's 95% interval, from its lower end with as few to its upper end with as many. `None` of none.
    pub fn share(self) -> Option<Estimate> {
        let of = self.of.round().max(0.0) as u64;
        let (low, high) =
            (proportion(self.least.round() as u64, of)?, proportion(self.most.round() as u64, of)?);
        let value = 0.5 * (low.value + high.value);
        Some(Estimate { value, low: low.low.min(value), high: high.high.max(value) })
    }
}

/// A principal beside its cohort in a window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Compared {
    /// What each bet gains.
    pub gains: Gains,
    /// The signal of the principal.
    pub own: Part,
    /// That of the others.
    pub others: Part,
}

/// The principals of a window.
#[derive(Debug, Clone, Default)]
pub struct Cohort {
    rates: [Rate; 3],
    distinct: Part,
    near_duplicates: Part,
    /// Repeats of queries, as few as they may be and without floods, with the number of the most that are no flood.
    seldom: Peers,
    flood: f64,
    /// Repeats after rounding, as many as they may be.
    often: Peers,
}

impl Asked {
    /// Repeated queries, as few or as many as they may be.
    fn repeats(&self) -> (f64, f64) {
        let queries = self.queries as f64;
        ((queries - self.distinct.1).max(0.0), (queries - self.distinct.0).max(0.0))
    }

    /// Distinct queries that round to one that is there.
    fn near_duplicates(&self) -> Option<Part> {
        let (low, high) = self.rounded?;
        let of = 0.5 * (self.distinct.0 + self.distinct.1);
        let least = (self.distinct.0 - high).max(0.0);
        Some(Part { least, most: (self.distinct.1 - low).max(least), of })
    }

    fn distinct_part(&self) -> Part {
        Part { least: self.distinct.0, most: self.distinct.1, of: self.queries as f64 }
    }

    fn rates(&self) -> [Rate; 3] {
        [self.near_boundary, self.outliers, self.label_flips]
    }
}

impl Cohort {
    /// Of those that are told apart, and of the others together.
    pub fn new(told_apart: &[Asked], together: &Asked) -> Self {
        let mut cohort = Self::default();
        for asked in told_apart.iter().chain([together]) {
            for (rate, added) in cohort.rates.iter_mut().zip(asked.rates()) {
                rate.hits += added.hits;
                rate.misses += added.misses;
            }
        }
        for asked in told_apart {
            cohort.distinct.add(asked.distinct_part());
            cohort.near_duplicates.add(asked.near_duplicates().unwrap_or_default());
        }
        // Those that are not told apart repeat each other's queries, too.
        let mut repeats: Vec<f64> = told_apart.iter().map(|asked| asked.repeats().0).collect();
        repeats.sort_by(f64::total_cmp);
        let floods = (FLOODS * repeats.len() as f64).ceil() as usize;
        cohort.flood = repeats.len().checked_sub(floods + 1).map_or(f64::NEG_INFINITY, |last| repeats[last]);
        let seldom = told_apart.iter().map(Asked::seldom).filter(|peer| peer.repeats <= cohort.flood);
        cohort.seldom = Peers::new(seldom);
        cohort.often = Peers::new(told_apart.iter().filter_map(|asked| Some(asked.often()?.1)));
        cohort
    }

    /// One of those that are told apart beside all others; `None` where one of the sides has nothing to compare.
    ///
    /// # Panics
    /// When `tolerance` is below 1.
    pub fn compare(&self, asked: &Asked, signal: Signal, tolerance: f64) -> Option<Compared> {
        let of_rates = |place: usize| self.compare_rate(place, asked.rates()[place], tolerance);
        match signal {
            Signal::NearBoundary => of_rates(0),
            Signal::Outliers => of_rates(1),
            Signal::LabelFlips => of_rates(2),
            Signal::DistinctQueries => {
                let peer = asked.seldom();
                let beside = self.seldom.beside(peer, peer.repeats <= self.flood)?;
                let own = asked.repeats().1;
                let gains = distinct_gains(own, beside.repeats, beside.at_least, tolerance);
                let own = asked.distinct_part();
                let others = self.distinct.less(own);
                (beside.at_least > 0.0).then_some(Compared { gains, own, others })
            }
            Signal::NearDuplicates => {
                let (own, peer) = asked.often()?;
                let beside = self.often.beside(peer, true)?;
                let gains = repeat_gains(own.least, beside.repeats, beside.at_most, tolerance);
                let others = self.near_duplicates.less(own);
                (beside.at_most > 0.0).then_some(Compared { gains, own, others })
            }
        }
    }

    fn compare_rate(&self, place: usize, own: Rate, tolerance: f64) -> Option<Compared> {
        let all = self.rates[place];
        let others = Rate { hits: all.hits - own.hits, misses: all.misses - own.misses };
        if own.hits + own.misses == 0 || others.hits + others.misses == 0 {
            return None;
        }
        let gains = odds_gains(own, others, tolerance);
        Some(Compared { gains, own: Part::exact(own), others: Part::exact(others) })
    }
}

impl Asked {
    /// With as few repeats as there may be.
    fn seldom(&self) -> Peer {
        Peer { queries: self.queries as f64, repeats: self.repeats().0 }
    }

    /// With as many near duplicates as there may be.
    fn often(&self) -> Option<(Part, Peer)> {
        let part = self.near_duplicates()?;
        Some((part, Peer { queries: part.of, repeats: part.most }))
    }
}
