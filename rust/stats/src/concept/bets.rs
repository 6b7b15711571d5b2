//! Bets that a rate has left its range.

use crate::evidence::{Rate, StartMixture, log_mean};

/// By how many times the odds may be beyond their range: one bet on each, above and below.
const FACTORS: [f64; 6] = [1.03, 1.1, 1.3, 2.0, 4.0, 16.0];

/// An e-process of the rates of windows.
///
/// Each bet is on one fixed rate `q` outside against the nearest end `p` of the range, and becomes `q / p` with
/// every hit and `(1 - q) / (1 - p)` with every miss. Its mean is linear in the chance of a hit and at most
/// 1 for any inside the range, so that records may differ in it. Bets are spread over all windows at which
/// the rate may leave its range.
#[derive(Debug, Clone)]
pub(super) struct Bets(Vec<Bet>);

#[derive(Debug, Clone)]
struct Bet {
    of_hit: f64,
    of_miss: f64,
    mixture: StartMixture,
    /// What it would have gained from the first window on, the least of that, and after how many windows.
    gained: f64,
    least: f64,
    since: u64,
}

impl Bets {
    pub(super) fn beyond(low: f64, high: f64) -> Self {
        let above = FACTORS.iter().filter(|_| high < 1.0).map(|factor| {
            let rate = factor * high / (1.0 - high + factor * high);
            Bet::on(rate, high)
        });
        let below = FACTORS.iter().filter(|_| low > 0.0).map(|factor| {
            let rate = low / (low + factor * (1.0 - low));
            Bet::on(rate, low)
        });
        Self(above.chain(below).collect())
    }

    /// Takes in the next window, `windows` being how many there were before.
    pub(super) fn observe(&mut self, windows: u64, rate: Rate) {
        for bet in &mut self.0 {
            let gain = rate.hits as f64 * bet.of_hit + rate.misses as f64 * bet.of_miss;
            if bet.gained <= bet.least {
                (bet.least, bet.since) = (bet.gained, windows);
            }
            bet.gained += gain;
            bet.mixture.bet(windows + 1, gain);
        }
    }

    /// 0 where the range is everything, so that there is nothing to bet on.
    pub(super) fn log_e_value(&self, windows: u64) -> f64 {
        if self.0.is_empty() {
            return 0.0;
        }
        log_mean(self.0.iter().map(|bet| bet.mixture.log_value(windows)))
    }

    /// What the best bet has gained since it began to, and after how many windows that was.
    pub(super) fn risen(&self) -> Option<(f64, u64)> {
        let risen = self.0.iter().map(|bet| (bet.gained - bet.least, bet.since));
        risen.max_by(|one, other| one.0.total_cmp(&other.0))
    }
}

impl Bet {
    fn on(rate: f64, against: f64) -> Self {
        Self {
            of_hit: (rate / against).ln(),
            of_miss: ((1.0 - rate) / (1.0 - against)).ln(),
            mixture: StartMixture::new(),
            gained: 0.0,
            least: 0.0,
            since: 0,
        }
    }
}
