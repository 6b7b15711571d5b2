//! What to bet on: the law that the windows so far point to.

use super::laws::Laws;
use crate::special::ln_rising;

/// Part of the prior that is the same for all bins, so that a category never seen before is possible.
const EVEN: f64 = 0.1;

/// Pseudo-records by bin before any window was seen: one a bin on average, most of them after the
/// baseline's shares.
fn prior(laws: &Laws) -> Box<[f64]> {
    let bins = laws.bins() as f64;
    laws.shares().iter().map(|share| (1.0 - EVEN) * bins * share + EVEN).collect()
}

/// Bets on a law that the window itself points to: the likelihood of its counts mixed over all laws near
/// and far (Dirichlet-multinomial), against the largest that any of the laws gives them.
#[derive(Debug, Clone)]
pub(super) struct Surprise {
    prior: Box<[f64]>,
}

impl Surprise {
    pub(super) fn new(laws: &Laws) -> Self {
        Self { prior: prior(laws) }
    }

    /// The logarithm of what one unit becomes with these counts.
    pub(super) fn log_gain(&self, laws: &Laws, counts: &[u64]) -> f64 {
        let (mut weight, mut total, mut found) = (0.0, 0.0, 0.0);
        for (&prior, &count) in self.prior.iter().zip(counts) {
            weight += prior;
            total += count as f64;
            found += ln_rising(prior, count as f64);
        }
        found - ln_rising(weight, total) - laws.log_likelihood(counts)
    }
}

/// Bets on the law of the windows before, of which each weighs `keep` times as much as the next.
///
/// Record by record the bet is on their shares, against the nearest law that counts as "not moved": that
/// gains nothing in the mean under any such law, as they are convex (Li 1999; Gruenwald, de Heide and
/// Koolen 2024), and stakes nothing while the windows are among them.
#[derive(Debug, Clone)]
pub(super) struct Learner {
    keep: f64,
    prior: Box<[f64]>,
    seen: Box<[f64]>,
    log_odds: Box<[f64]>,
}

impl Learner {
    /// A learner that remembers about `memory` windows, at least 1.
    pub(super) fn new(laws: &Laws, memory: f64) -> Self {
        let empty: Box<[f64]> = vec![0.0; laws.bins()].into();
        Self { keep: 1.0 - memory.recip(), prior: prior(laws), seen: empty.clone(), log_odds: empty }
    }

    /// The logarithm of what one unit becomes with these counts.
    pub(super) fn log_gain(&self, counts: &[u64]) -> f64 {
        // What no law allows is infinitely surprising, but only if it happens.
        let seen = self.log_odds.iter().zip(counts).filter(|(_, count)| **count > 0);
        seen.map(|(odds, &count)| odds * count as f64).sum()
    }

    /// Takes a window in.
    pub(super) fn learn(&mut self, laws: &Laws, counts: &[u64]) {
        let mut total = 0.0;
        for ((seen, &count), prior) in self.seen.iter_mut().zip(counts).zip(&self.prior) {
            *seen = *seen * self.keep + count as f64;
            total += *seen + prior;
        }
        let shares: Box<[f64]> =
            self.seen.iter().zip(&self.prior).map(|(seen, prior)| (seen + prior) / total).collect();
        for ((odds, near), share) in self.log_odds.iter_mut().zip(laws.nearest(&shares)).zip(&shares) {
            *odds = (share / near).ln();
        }
    }
}
