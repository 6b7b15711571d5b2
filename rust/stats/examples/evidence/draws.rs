//! Bin counts as records of a known law would give them.

use driftline_stats::special::normal_cdf;
use rand::rngs::StdRng;
use rand_distr::{Binomial, Distribution};

/// Bins of a column: ten of equal share in the standard normal law, one for nulls, and one for what the baseline did not
/// have. Of a column of categories the ten are categories.
pub(crate) const BINS: usize = 12;
pub(crate) const VALUES: usize = 10;
const NULLS: usize = 10;
pub(crate) const UNSEEN: usize = 11;

/// Deciles of the standard normal law.
const DECILES: [f64; 9] = [
    -1.281_551_565_544_6,
    -0.841_621_233_572_9,
    -0.524_400_512_708_0,
    -0.253_347_103_135_8,
    0.0,
    0.253_347_103_135_8,
    0.524_400_512_708_0,
    0.841_621_233_572_9,
    1.281_551_565_544_6,
];

/// The law of one record of a column.
#[derive(Clone, Copy)]
pub(crate) struct Law {
    pub(crate) mean: f64,
    pub(crate) deviation: f64,
    /// Share of records that lie far above all others.
    pub(crate) tail: f64,
    pub(crate) nulls: f64,
    /// Share of values that are in a category which the baseline did not have.
    pub(crate) unseen: f64,
}

impl Law {
    /// As in the baseline.
    pub(crate) const USUAL: Self = Self { mean: 0.0, deviation: 1.0, tail: 0.0, nulls: 0.01, unseen: 0.0 };

    /// The share of each bin.
    pub(crate) fn shares(self) -> [f64; BINS] {
        let values = (1.0 - self.nulls) * (1.0 - self.unseen);
        let mut shares = [0.0; BINS];
        let mut below = 0.0;
        for (share, decile) in shares.iter_mut().zip(DECILES) {
            let up_to = normal_cdf((decile - self.mean) / self.deviation);
            *share = values * (1.0 - self.tail) * (up_to - below);
            below = up_to;
        }
        shares[VALUES - 1] = values * (self.tail + (1.0 - self.tail) * (1.0 - below));
        shares[NULLS] = self.nulls;
        shares[UNSEEN] = (1.0 - self.nulls) * self.unseen;
        shares
    }
}

/// Counts of `records` independent records.
pub(crate) fn counts(random: &mut StdRng, shares: &[f64; BINS], records: u64) -> [u64; BINS] {
    let mut counts = [0; BINS];
    let (mut left, mut share_left) = (records, 1.0);
    for (count, share) in counts.iter_mut().zip(shares) {
        if *share == 0.0 {
            continue;
        }
        let chance = (share / share_left).clamp(0.0, 1.0);
        *count = match Binomial::new(left, chance) {
            Ok(binomial) => binomial.sample(random),
            Err(_) => 0,
        };
        left -= *count;
        share_left = (share_left - share).max(f64::MIN_POSITIVE);
    }
    // What rounding of the shares has left over.
    counts[NULLS] += left;
    counts
}
