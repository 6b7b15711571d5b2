//! Distances between two sets of bin counts, each count exact or known to an interval.
//!
//! The divergences are sums over bins of a function of the two shares, `f(p, q)`, that is
//! jointly convex, not negative, and 0 where the shares agree. When a sketch leaves the shares a
//! box, `f` is largest at a corner of the box and smallest at 0 (if the two intervals meet) or at
//! the facing corner. The sums over bins of those extremes are a rigorous interval of the distance.

use std::f64::consts::LN_2;

use super::bins::{BinLabel, BinShares, BinTable, parts};
use super::bracket::Bracket;
use super::{Basis, Metric};

/// Added to every bin count before a logarithm of a ratio, so that an empty bin stays finite.
const SMOOTHING: f64 = 0.5;

/// The counts of one bin on both sides.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bin {
    pub(super) reference: Bracket,
    pub(super) current: Bracket,
}

/// Bin counts of two profiles over the same bins.
#[derive(Debug, Clone)]
pub(super) struct BinnedPair {
    pub(super) bins: Vec<Bin>,
    /// Rows in all bins together, on each side; never 0.
    pub(super) n_reference: f64,
    pub(super) n_current: f64,
}

impl BinnedPair {
    /// The distance by a metric that needs nothing but counts; none for the others.
    pub(super) fn distance(&self, metric: Metric) -> Option<Bracket> {
        match metric {
            Metric::Psi => Some(self.psi()),
            Metric::JensenShannon => Some(self.jensen_shannon()),
            Metric::Hellinger => Some(self.hellinger()),
            Metric::KullbackLeibler => Some(self.kullback_leibler()),
            Metric::TotalVariation => Some(self.total_variation()),
            Metric::LInfinity => Some(self.l_infinity()),
            Metric::CramersV => Some(self.cramers_v()),
            Metric::ChiSquare => Some(self.chi_square()),
            Metric::GTest => Some(self.g_test()),
            Metric::KolmogorovSmirnov
            | Metric::Wasserstein
            | Metric::NormalizedWasserstein
            | Metric::MeanShift
            | Metric::NullRate
            | Metric::UnseenRate => None,
        }
    }

    /// Counts that are exact on both sides.
    pub(super) fn exact(reference: &[u64], current: &[u64]) -> Self {
        let bins = reference
            .iter()
            .zip(current)
            .map(|(&r, &c)| Bin { reference: Bracket::exact(r as f64), current: Bracket::exact(c as f64) })
            .collect();
        let total = |counts: &[u64]| counts.iter().map(|&count| count as f64).sum();
        Self { bins, n_reference: total(reference), n_current: total(current) }
    }

    /// One less than the number of bins that may hold a row on either side.
    pub(super) fn degrees_of_freedom(&self) -> f64 {
        let occupied = self.bins.iter().filter(|bin| bin.reference.high + bin.current.high > 0.0).count();
        occupied.saturating_sub(1) as f64
    }

    /// Population stability index: `sum (p - q) ln(p / q)` over shares smoothed by half a row per
    /// bin on each side. Symmetric, in nats, not negative. With 0.5 added to every count it is
    /// finite for empty bins, and for any bins 0 when the counts of both sides are equal.
    pub(super) fn psi(&self) -> Bracket {
        self.sum_over_smoothed_shares(psi_term)
    }

    /// Jensen-Shannon distance: the square root of the divergence in bits, so between 0 (equal) and
    /// 1 (disjoint). A metric; no smoothing, because an empty bin is no trouble here.
    pub(super) fn jensen_shannon(&self) -> Bracket {
        let divergence = self
            .sum_over_shares(|p, q| 0.5 * (relative_information(p, q) + relative_information(q, p)).max(0.0));
        divergence.map(|nats| (nats / LN_2).clamp(0.0, 1.0).sqrt())
    }

    /// Two-sample chi-square statistic of homogeneity, both sides random:
    /// `n m sum (p - q)^2 / (n p + m q)` over the bins that are not empty on both sides.
    pub(super) fn chi_square(&self) -> Bracket {
        let (n, m) = (self.n_reference, self.n_current);
        self.sum_over_shares(|p, q| {
            let rows = n * p + m * q;
            if rows > 0.0 { n * (p - q) * (m * (p - q) / rows) } else { 0.0 }
        })
    }

    /// Hellinger distance: `sqrt(1/2 sum (sqrt p - sqrt q)^2)`, between 0 and 1.
    pub(super) fn hellinger(&self) -> Bracket {
        let square = self.sum_over_shares(|p, q| 0.5 * (p.sqrt() - q.sqrt()).powi(2));
        square.map(|square| square.clamp(0.0, 1.0).sqrt())
    }

    /// Kullback-Leibler divergence of the reference from the current side, `sum p ln(p / q)` over shares
    /// smoothed as for PSI.
    pub(super) fn kullback_leibler(&self) -> Bracket {
        self.sum_over_smoothed_shares(relative_entropy_term)
    }

    /// Total variation: `1/2 sum |p - q|`.
    pub(super) fn total_variation(&self) -> Bracket {
        self.sum_over_shares(|p, q| 0.5 * (p - q).abs()).map(|sum| sum.min(1.0))
    }

    /// The largest `|p - q|` of one bin.
    pub(super) fn l_infinity(&self) -> Bracket {
        let mut found = Bracket::exact(0.0);
        for bin in &self.bins {
            let (p, q) =
                (bin.reference.map(|n| n / self.n_reference), bin.current.map(|m| m / self.n_current));
            let here = extremes(&p, &q, &|p, q| (p - q).abs());
            found.value = found.value.max(here.value);
            found.low = found.low.max(here.low);
            found.high = found.high.max(here.high);
        }
        Bracket::new(found.value, found.low, found.high)
    }

    /// Two-sample G statistic: `2 sum n p ln(p / h) + m q ln(q / h)`, `h` the share on both sides together.
    pub(super) fn g_test(&self) -> Bracket {
        let (n, m) = (self.n_reference, self.n_current);
        let information = |rows: f64, share: f64, pooled: f64| {
            if share > 0.0 { rows * share * (share / pooled).ln() } else { 0.0 }
        };
        self.sum_over_shares(|p, q| {
            let pooled = (n / (n + m)) * p + (m / (n + m)) * q;
            (2.0 * (information(n, p, pooled) + information(m, q, pooled))).max(0.0)
        })
    }

    /// Cramer's V of a table of two rows: the root of chi-square over all rows.
    pub(super) fn cramers_v(&self) -> Bracket {
        let rows = self.n_reference + self.n_current;
        self.chi_square().map(|statistic| (statistic / rows).min(1.0).sqrt())
    }

    /// The bins with their labels, as many as there are bins.
    pub(super) fn table(&self, basis: Basis, labels: impl Iterator<Item = BinLabel>) -> BinTable {
        let (n, m) = self.smoothed_totals();
        let shares = |(bin, label): (&Bin, BinLabel)| {
            let (p, q) = ((bin.reference.value + SMOOTHING) / n, (bin.current.value + SMOOTHING) / m);
            BinShares {
                label,
                reference: parts(bin.reference.map(|count| count / self.n_reference)),
                current: parts(bin.current.map(|count| count / self.n_current)),
                psi: psi_term(p, q),
            }
        };
        BinTable { basis, bins: self.bins.iter().zip(labels).map(shares).collect() }
    }

    /// `sum (p - q) ln(p / q)` of shares as they are, none of them 0.
    pub(super) fn jeffreys(&self) -> Bracket {
        self.sum_over_shares(psi_term)
    }

    /// `sum p ln(p / q)` of shares as they are, none of them 0, that add up to the same on both sides.
    pub(super) fn relative_entropy(&self) -> Bracket {
        self.sum_over_shares(relative_entropy_term)
    }

    /// `sum (q - p)^2 / p`: counts of the current side against expected ones. Infinite where nothing was
    /// expected and something came.
    pub(super) fn one_sample_chi_square(&self) -> Bracket {
        self.sum_over_shares(|expected, observed| {
            let apart = observed - expected;
            if apart == 0.0 { 0.0 } else { apart * (apart / expected) }
        })
    }

    /// [`chi_square`](Self::chi_square) with Yates' correction: every count half a row, or as far as it is
    /// off, nearer to what is expected.
    pub(super) fn corrected_chi_square(&self) -> Bracket {
        let (n, m) = (self.n_reference, self.n_current);
        self.sum_over_shares(|p, q| {
            let share = (n * p + m * q) / (n + m);
            if share == 0.0 {
                return 0.0;
            }
            // What a count of either side is off by, the same with the other sign on the other.
            let apart = (n * (p - share)).abs();
            let corrected = apart - apart.min(0.5);
            corrected * corrected * (1.0 / (n * share) + 1.0 / (m * share))
        })
    }

    /// Shares of the bins on both sides together, as estimated.
    pub(super) fn pooled_shares(&self) -> impl Iterator<Item = f64> {
        let rows = self.n_reference + self.n_current;
        self.bins.iter().map(move |bin| (bin.reference.value + bin.current.value) / rows)
    }

    /// Rows of both sides with those that smoothing adds.
    fn smoothed_totals(&self) -> (f64, f64) {
        let added = SMOOTHING * self.bins.len() as f64;
        (self.n_reference + added, self.n_current + added)
    }

    fn sum_over_shares(&self, term: impl Fn(f64, f64) -> f64) -> Bracket {
        self.sum_over_bins(|count| count / self.n_reference, |count| count / self.n_current, term)
    }

    fn sum_over_smoothed_shares(&self, term: impl Fn(f64, f64) -> f64) -> Bracket {
        let (n, m) = self.smoothed_totals();
        self.sum_over_bins(|count| (count + SMOOTHING) / n, |count| (count + SMOOTHING) / m, term)
    }

    fn sum_over_bins(
        &self,
        reference_share: impl Fn(f64) -> f64,
        current_share: impl Fn(f64) -> f64,
        term: impl Fn(f64, f64) -> f64,
    ) -> Bracket {
        let (mut value, mut low, mut high) = (0.0, 0.0, 0.0);
        for bin in &self.bins {
            let bracket =
                extremes(&bin.reference.map(&reference_share), &bin.current.map(&current_share), &term);
            value += bracket.value;
            low += bracket.low;
            high += bracket.high;
        }
        Bracket::new(value, low, high)
    }
}

fn psi_term(p: f64, q: f64) -> f64 {
    (p - q) * (p / q).ln()
}

/// What `q - p` adds is nothing over all bins, and makes each term at least 0.
fn relative_entropy_term(p: f64, q: f64) -> f64 {
    p * (p / q).ln() + (q - p)
}

/// The share-weighted information of `p` against the mean of `p` and `q`, in nats.
fn relative_information(p: f64, q: f64) -> f64 {
    if p > 0.0 { p * (2.0 * p / (p + q)).ln() } else { 0.0 }
}

/// The value of a jointly convex `term`, 0 on the diagonal, and its extremes over the box of two
/// intervals.
fn extremes(p: &Bracket, q: &Bracket, term: &impl Fn(f64, f64) -> f64) -> Bracket {
    if p.width() == 0.0 && q.width() == 0.0 {
        return Bracket::exact(term(p.value, q.value));
    }
    let low = if p.low > q.high {
        term(p.low, q.high)
    } else if q.low > p.high {
        term(p.high, q.low)
    } else {
        0.0
    };
    let corners = [(p.low, q.low), (p.low, q.high), (p.high, q.low), (p.high, q.high)];
    let high = corners.into_iter().map(|(p, q)| term(p, q)).fold(low, f64::max);
    Bracket::new(term(p.value, q.value), low, high)
}
