//! Bets that rates have left their ranges.

use crate::evidence::{Rate, StartMixture, log_mean};

/// By how many times the odds may be beyond their range: one bet on each, above and below.
const FACTORS: [f64; 6] = [1.03, 1.1, 1.3, 2.0, 4.0, 16.0];

/// Bets on one window.
pub(super) const BETS: usize = 2 * FACTORS.len();

/// What each bet gains in one window, as a logarithm.
pub(super) type Gains = [f64; BETS];

/// Bets on the rate of one stratum, each on one fixed rate `q` outside against the nearest end `p` of the range.
///
/// One becomes `q / p` with every hit and `(1 - q) / (1 - p)` with every miss. Its mean is linear in the chance of a
/// hit and at most 1 for any inside the range, so that records may differ in it. Where a range ends at 0 or 1 there is
/// nothing beyond, and the bet gains nothing.
#[derive(Debug, Clone)]
pub(super) struct Odds([(f64, f64); BETS]);

impl Odds {
    pub(super) fn beyond(low: f64, high: f64) -> Self {
        let mut gains = [(0.0, 0.0); BETS];
        let (above, below) = gains.split_at_mut(FACTORS.len());
        for ((above, below), factor) in above.iter_mut().zip(below).zip(FACTORS) {
            if high < 1.0 {
                *above = against(high, factor * high / (1.0 - high + factor * high));
            }
            if low > 0.0 {
                *below = against(low, low / (low + factor * (1.0 - low)));
            }
        }
        Self(gains)
    }

    pub(super) fn gains(&self, rate: Rate) -> Gains {
        self.0.map(|(of_hit, of_miss)| rate.hits as f64 * of_hit + rate.misses as f64 * of_miss)
    }
}

fn against(null: f64, rate: f64) -> (f64, f64) {
    ((rate / null).ln(), ((1.0 - rate) / (1.0 - null)).ln())
}

/// The e-process of bets, spread over all windows at which rates may leave their ranges.
#[derive(Debug, Clone)]
pub(super) struct Bets([Bet; BETS]);

#[derive(Debug, Clone, Copy)]
struct Bet {
    mixture: StartMixture,
    /// What it would have gained from the first window on, the least of that, and after how many windows.
    gained: f64,
    least: f64,
    since: u64,
}

impl Bets {
    pub(super) fn new() -> Self {
        Self([Bet { mixture: StartMixture::new(), gained: 0.0, least: 0.0, since: 0 }; BETS])
    }

    /// Takes in the next window, `windows` being how many there were before.
    pub(super) fn observe(&mut self, windows: u64, gains: &Gains) {
        for (bet, &gain) in self.0.iter_mut().zip(gains) {
            if bet.gained <= bet.least {
                (bet.least, bet.since) = (bet.gained, windows);
            }
            bet.gained += gain;
            bet.mixture.bet(windows + 1, gain);
        }
    }

    /// 0 before the first window.
    pub(super) fn log_e_value(&self, windows: u64) -> f64 {
        log_mean(self.0.iter().map(|bet| bet.mixture.log_value(windows)))
    }

    /// What the best bet has gained since it began to, and after how many windows that was.
    pub(super) fn risen(&self) -> (f64, u64) {
        let risen = self.0.iter().map(|bet| (bet.gained - bet.least, bet.since));
        risen.max_by(|one, other| one.0.total_cmp(&other.0)).unwrap_or_default()
    }
}
