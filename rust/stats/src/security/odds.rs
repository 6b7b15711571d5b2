//! Fisher's noncentral hypergeometric law.

use super::watch::{ALTERNATIVES, Gains};
use crate::evidence::Rate;
use crate::special::ln_gamma;

/// Terms below this part of the sum are nothing.
const NOTHING: f64 = 1e-18;

/// What a bet on each of the [`ALTERNATIVES`] gains in a window, as a logarithm: that the odds of a hit are so many times the
/// tolerance times the others', against at most the tolerance times.
///
/// Given the hits of both sides together, and whatever the others' odds are, these are ratios of two likelihoods that rise
/// with the hits, so that under any smaller ratio of odds they are expected to be 1 at most.
///
/// # Panics
/// When `tolerance` is below 1.
pub fn odds_gains(principal: Rate, others: Rate, tolerance: f64) -> Gains {
    assert!(tolerance >= 1.0, "tolerance must be at least 1, got {tolerance}");
    let law = Law::new(
        principal.hits + principal.misses,
        others.hits + others.misses,
        principal.hits + others.hits,
    );
    if law.least == law.most {
        return [0.0; ALTERNATIVES.len()];
    }
    let hits = principal.hits as f64;
    let base = law.log_sum(tolerance.ln());
    ALTERNATIVES.map(|times| {
        let log_odds = (times * tolerance).ln();
        hits * times.ln() - (law.log_sum(log_odds) - base)
    })
}

/// Hits on one side, given those of both.
struct Law {
    /// Records of this side.
    own: f64,
    /// Records of the other.
    other: f64,
    /// Hits of both.
    hits: f64,
    least: f64,
    most: f64,
}

impl Law {
    fn new(own: u64, other: u64, hits: u64) -> Self {
        let (least, most) = (hits.saturating_sub(other), hits.min(own));
        Self {
            own: own as f64,
            other: other as f64,
            hits: hits as f64,
            least: least as f64,
            most: most as f64,
        }
    }

    /// The logarithm of the sum over all numbers of hits of their ways times the odds to their power.
    fn log_sum(&self, log_odds: f64) -> f64 {
        let odds = log_odds.exp();
        let mode = self.mode(odds);
        let mut sum = 1.0;
        for (end, up) in [(self.most, true), (self.least, false)] {
            let (mut term, mut place) = (1.0, mode);
            while place != end {
                // From the lower of two numbers to the next.
                let lower = if up { place } else { place - 1.0 };
                let ratio = (self.own - lower) * (self.hits - lower) * odds
                    / ((lower + 1.0) * (self.other - self.hits + lower + 1.0));
                term *= if up { ratio } else { ratio.recip() };
                place += if up { 1.0 } else { -1.0 };
                sum += term;
                if term < NOTHING * sum {
                    break;
                }
            }
        }
        log_ways(self.own, mode) + log_ways(self.other, self.hits - mode) + mode * log_odds + sum.ln()
    }

    /// The likeliest number (Liao and Rosen 2001), or one beside it.
    fn mode(&self, odds: f64) -> f64 {
        let a = odds - 1.0;
        let b = self.hits - self.other - (self.own + self.hits + 2.0) * odds;
        let c = (self.own + 1.0) * (self.hits + 1.0) * odds;
        let mode = (-2.0 * c / (b - (b * b - 4.0 * a * c).max(0.0).sqrt())).floor();
        if mode.is_nan() { self.least } else { mode.clamp(self.least, self.most) }
    }
}

/// `ln(n over k)`.
fn log_ways(n: f64, k: f64) -> f64 {
    ln_gamma(n + 1.0) - ln_gamma(k + 1.0) - ln_gamma(n - k + 1.0)
}
