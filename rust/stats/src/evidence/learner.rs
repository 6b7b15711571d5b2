//! What to bet on next: the law that the windows so far point to.

use crate::special::ln_rising;

/// Pseudo-records a bin has on average before any window was seen.
const PRIOR_PER_BIN: f64 = 1.0;

/// Part of the prior that is the same for all bins, so that a category never seen before is possible.
const EVEN: f64 = 0.1;

/// Parameters of a Dirichlet law of the shares: the baseline's, and the counts of windows so far, of
/// which each weighs `keep` times as much as the next.
#[derive(Debug, Clone)]
pub(super) struct Learner {
    keep: f64,
    prior: Box<[f64]>,
    seen: Box<[f64]>,
}

impl Learner {
    /// A learner that remembers about `memory` windows: with 0 none, with 1 the last.
    pub(super) fn new(shares: &[f64], memory: f64) -> Self {
        let bins = shares.len() as f64;
        let prior: Box<[f64]> =
            shares.iter().map(|share| PRIOR_PER_BIN * ((1.0 - EVEN) * bins * share + EVEN)).collect();
        let seen = vec![0.0; prior.len()].into();
        Self { keep: if memory > 0.0 { 1.0 - memory.recip() } else { f64::NAN }, prior, seen }
    }

    /// The log likelihood of these counts under all laws weighed by how much the windows before speak
    /// for them (the Dirichlet-multinomial law, without the multinomial coefficient).
    pub(super) fn log_likelihood(&self, counts: &[u64]) -> f64 {
        let (mut weight, mut total, mut found) = (0.0, 0.0, 0.0);
        for ((prior, seen), &count) in self.prior.iter().zip(&self.seen).zip(counts) {
            let (parameter, count) = (prior + seen, count as f64);
            weight += parameter;
            total += count;
            found += ln_rising(parameter, count);
        }
        found - ln_rising(weight, total)
    }

    /// Takes a window in.
    pub(super) fn learn(&mut self, counts: &[u64]) {
        if self.keep.is_nan() {
            return;
        }
        for (seen, &count) in self.seen.iter_mut().zip(counts) {
            *seen = *seen * self.keep + count as f64;
        }
    }
}
