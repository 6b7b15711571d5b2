//! An e-process of windows in which a principal was compared with its cohort.

use crate::evidence::{StartMixture, log_mean};

/// By how many times a signal may be beyond its tolerance: one bet on each.
pub const ALTERNATIVES: [f64; 4] = [2.0, 4.0, 16.0, 64.0];

/// What each bet gains in one window, as a logarithm.
pub type Gains = [f64; ALTERNATIVES.len()];

/// Evidence about one signal of one principal.
///
/// While the signal is within its tolerance the chance that [`log_e_value`](Self::log_e_value) ever reaches
/// `ln(1 / alpha)` is at most `alpha`. Bets are spread over all windows at which it may leave it, as those of a
/// [`Detector`](crate::evidence::Detector) are.
#[derive(Debug, Clone)]
pub struct Watch {
    bets: [Bet; ALTERNATIVES.len()],
    windows: u64,
}

#[derive(Debug, Clone, Copy)]
struct Bet {
    mixture: StartMixture,
    /// What it would have gained from the first window on, and the least of that before a window.
    gained: f64,
    least: f64,
    /// The window after the least.
    since: i64,
}

impl Default for Watch {
    fn default() -> Self {
        let bet = Bet { mixture: StartMixture::new(), gained: 0.0, least: 0.0, since: 0 };
        Self { bets: [bet; ALTERNATIVES.len()], windows: 0 }
    }
}

impl Watch {
    /// Takes the next window, which starts then, in.
    pub fn observe(&mut self, start: i64, gains: &Gains) {
        for (bet, &gain) in self.bets.iter_mut().zip(gains) {
            if self.windows == 0 || bet.gained <= bet.least {
                (bet.least, bet.since) = (bet.gained, start);
            }
            bet.gained += gain;
            bet.mixture.bet(self.windows + 1, gain);
        }
        self.windows += 1;
    }

    /// The logarithm of the e-value now. 0 before the first window.
    pub fn log_e_value(&self) -> f64 {
        log_mean(self.bets.iter().map(|bet| bet.mixture.log_value(self.windows)))
    }

    /// Windows so far.
    pub fn windows(&self) -> u64 {
        self.windows
    }

    /// Start of the window with which the signal likely left its tolerance: that from which on the bet that has gained most
    /// since then has. 0 before the first window.
    pub fn since(&self) -> i64 {
        let risen = |bet: &&Bet| bet.gained - bet.least;
        let best = self.bets.iter().max_by(|one, other| risen(one).total_cmp(&risen(other)));
        best.map_or(0, |bet| bet.since)
    }
}
