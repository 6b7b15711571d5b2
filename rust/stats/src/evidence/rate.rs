//! Rates of two outcomes, and whether one version's is above the other's.

use crate::special::{halve, ln_rising};

/// Steps of halving until the end of an interval is known to the last bit that matters.
const HALVINGS: usize = 60;

/// How often something happened: errors, slow answers, records of one bin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rate {
    /// Records with it.
    pub hits: u64,
    /// Records without.
    pub misses: u64,
}

impl Rate {
    /// The share of records with it; `None` without a record.
    pub fn share(self) -> Option<f64> {
        let (hits, total) = (self.hits as f64, self.hits as f64 + self.misses as f64);
        (total > 0.0).then(|| hits / total)
    }

    /// An interval that holds the true rate at all times at once with a chance of at least
    /// `1 - error`: all rates against which the evidence, mixed evenly over all rates, has not
    /// reached `1 / error` (Robbins 1970).
    ///
    /// # Panics
    /// When `error` is not in `(0, 1)`.
    pub fn interval(self, error: f64) -> (f64, f64) {
        assert!(error > 0.0 && error < 1.0, "error must be in (0, 1), got {error}");
        let Some(share) = self.share() else {
            return (0.0, 1.0);
        };
        let (hits, misses) = (self.hits as f64, self.misses as f64);
        // The uniform law of rates gives these records B(hits + 1, misses + 1).
        let mixed = ln_rising(1.0, hits) + ln_rising(1.0, misses) - ln_rising(1.0, hits + misses + 1.0);
        let likelihood = |rate: f64| term(hits, rate) + term(misses, 1.0 - rate);
        let possible = |rate: f64| mixed - likelihood(rate) < -error.ln();
        (edge(share, 0.0, possible), edge(share, 1.0, possible))
    }
}

fn term(count: f64, share: f64) -> f64 {
    if count > 0.0 { count * share.ln() } else { 0.0 }
}

/// The end of an interval that holds `inside`, on the way to `end`, rounded outwards.
fn edge(inside: f64, end: f64, possible: impl Fn(f64) -> bool) -> f64 {
    if possible(end) {
        return end;
    }
    halve(inside, end, HALVINGS, possible).1
}

/// What can be said of a version beside another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Its rate is lower, by more than the margin.
    Lower,
    /// Its rate is higher, by more than the margin.
    Higher,
    /// The rates differ by less than the margin, either way.
    Alike,
    /// Not decided yet.
    Undecided,
}

/// Whether the rate of a canary is beyond that of a control by more than `margin`, at any time at
/// which one looks with a chance of at most `error` to be wrong.
///
/// # Panics
/// When `error` is not in `(0, 1)` or `margin` is negative or not a number.
pub fn verdict(control: Rate, canary: Rate, margin: f64, error: f64) -> Verdict {
    assert!(margin >= 0.0, "margin must be 0 or more, got {margin}");
    let (control, canary) = (control.interval(0.5 * error), canary.interval(0.5 * error));
    let (least, most) = (canary.0 - control.1, canary.1 - control.0);
    if least > margin {
        Verdict::Higher
    } else if most < -margin {
        Verdict::Lower
    } else if least >= -margin && most <= margin {
        Verdict::Alike
    } else {
        Verdict::Undecided
    }
}
