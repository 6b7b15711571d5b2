//! Evidence that a column's law has left the baseline's, at whatever time.

use super::laws::Laws;
use super::learner::{Learner, Surprise};
use super::mixture::{StartMixture, log_mean};

/// Windows that the learners remember: a small change shows in what the last one, the last eight, or the
/// last 64 windows have in common.
const MEMORIES: [f64; 3] = [1.0, 8.0, 64.0];

/// An e-process on the counts of a column in fixed bins.
///
/// The bins are the baseline's, and those of null, NaN and unseen values beside them. While the
/// records are independent draws of one of the [`Laws`], the chance that [`log_e_value`] ever
/// reaches `ln(1 / alpha)` is at most `alpha` (Ville 1939), over all time, plus the `error` that the
/// laws were made with.
///
/// Each window is a bet on the law that the windows before it point to, or on any law at all (Lindon and
/// Malek 2022), which finds a large change in its first window. Bets are spread over all times at which the column may begin to move (after Shin, Ramdas and Rinaldo
/// 2023, with shares that add up to one, so that the false-alarm rate holds for a whole life and not
/// for an average run length).
///
/// [`log_e_value`]: Self::log_e_value
#[derive(Debug, Clone)]
pub struct Detector {
    laws: Laws,
    surprise: (Surprise, StartMixture),
    learners: [(Learner, StartMixture); MEMORIES.len()],
    windows: u64,
}

impl Detector {
    /// A detector that has seen no window.
    pub fn new(laws: Laws) -> Self {
        let learners = MEMORIES.map(|memory| (Learner::new(&laws, memory), StartMixture::new()));
        Self { surprise: (Surprise::new(&laws), StartMixture::new()), learners, laws, windows: 0 }
    }

    /// Takes in the next window; one without a record changes nothing.
    ///
    /// # Panics
    /// When there is not one count a bin.
    pub fn observe(&mut self, counts: &[u64]) {
        assert_eq!(counts.len(), self.laws.bins(), "one count a bin");
        if counts.iter().all(|&count| count == 0) {
            return;
        }
        self.windows += 1;
        let (surprise, mixture) = &mut self.surprise;
        mixture.bet(self.windows, surprise.log_gain(&self.laws, counts));
        for (learner, mixture) in &mut self.learners {
            mixture.bet(self.windows, learner.log_gain(counts));
            learner.learn(&self.laws, counts);
        }
    }

    /// The logarithm of the e-value now. 0 before the first window.
    pub fn log_e_value(&self) -> f64 {
        let [short, middle, long] = &self.learners;
        let bets = [self.surprise.1, short.1, middle.1, long.1];
        log_mean(bets.iter().map(|mixture| mixture.log_value(self.windows)))
    }

    /// Windows with records so far.
    pub fn windows(&self) -> u64 {
        self.windows
    }
}
