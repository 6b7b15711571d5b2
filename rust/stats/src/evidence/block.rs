//! Evidence where records depend on each other: a block of windows is one observation.

use super::laws::Laws;
use super::mixture::{StartMixture, log_mean};

/// The largest part of what it has that a bet may lose in one block.
const BOLDEST: f64 = 0.75;

/// Blocks that the mean and the variance remember.
const MEMORY: f64 = 16.0;

/// An e-process on the shares of records in fixed bins, one observation a block.
///
/// [`Detector`](super::Detector) counts every record as a draw of its own. Where records come in
/// bursts or in tides that is too much: a thousand requests of one user say little more than one. Here
/// it is only asked that the expected share of each bin in a block, given the blocks before, is
/// within the [`Laws`]: records of one block may depend on each other in any way, and blocks have to be
/// long enough that one does not foretell the next (a day, where traffic has daily tides).
///
/// For every bin two bets, that its share is above and below its range, by the means of bounded
/// variables (Waudby-Smith and Ramdas 2023, with the stake that grows fastest by mean and variance so
/// far), each spread over the time at which it starts.
#[derive(Debug, Clone)]
pub struct BlockDetector {
    laws: Laws,
    bins: Box<[Bin]>,
    blocks: u64,
}

#[derive(Debug, Clone)]
struct Bin {
    above: StartMixture,
    below: StartMixture,
    mean: f64,
    variance: f64,
}

impl BlockDetector {
    /// A detector that has seen no block.
    pub fn new(laws: Laws) -> Self {
        let bin = |share: f64| Bin {
            above: StartMixture::new(),
            below: StartMixture::new(),
            mean: share,
            variance: share * (1.0 - share),
        };
        let bins = laws.shares().iter().map(|&share| bin(share)).collect();
        Self { laws, bins, blocks: 0 }
    }

    /// Takes in the counts of the next block; one without a record changes nothing.
    ///
    /// # Panics
    /// When there is not one count a bin.
    pub fn observe(&mut self, counts: &[u64]) {
        assert_eq!(counts.len(), self.laws.bins(), "one count a bin");
        let total: f64 = counts.iter().map(|&count| count as f64).sum();
        if total == 0.0 {
            return;
        }
        self.blocks += 1;
        for ((bin, (low, high)), &count) in self.bins.iter_mut().zip(self.laws.ranges()).zip(counts) {
            let share = count as f64 / total;
            // A bet that the share is above `high` can lose `high` a unit of stake, one that it is
            // below `low` can lose `1 - low`.
            bin.above.bet(self.blocks, gain(bin.stake(bin.mean - high, high), share - high));
            bin.below.bet(self.blocks, gain(bin.stake(low - bin.mean, 1.0 - low), low - share));
            bin.learn(self.blocks, share);
        }
    }

    /// The logarithm of the e-value now. 0 before the first block.
    pub fn log_e_value(&self) -> f64 {
        let bets: Vec<f64> = self
            .bins
            .iter()
            .flat_map(|bin| [bin.above.log_value(self.blocks), bin.below.log_value(self.blocks)])
            .collect();
        log_mean(bets.into_iter())
    }

    /// Blocks with records so far.
    pub fn blocks(&self) -> u64 {
        self.blocks
    }
}

impl Bin {
    /// The stake on a share that has been `beyond` the end of its range on average and can fall short
    /// of it by `worst`.
    fn stake(&self, beyond: f64, worst: f64) -> f64 {
        if beyond <= 0.0 {
            return 0.0;
        }
        let best = beyond / (self.variance + beyond * beyond);
        if worst > 0.0 { best.min(BOLDEST / worst) } else { best }
    }

    /// Takes in block `block`, 1 for the first. The first ones weigh as much as what the baseline says: its variance is
    /// that of a single record, the largest there can be.
    fn learn(&mut self, block: u64, share: f64) {
        let weight = (block as f64 + 1.0).min(MEMORY).recip();
        let away = share - self.mean;
        self.mean += weight * away;
        self.variance += weight * ((1.0 - weight) * away * away - self.variance);
    }
}

fn gain(stake: f64, beyond: f64) -> f64 {
    (stake * beyond).ln_1p()
}
