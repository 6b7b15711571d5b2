//! Drawn counts, and all counts that there can be.

pub(crate) use crate::uniforms::Uniforms;

impl Uniforms {
    /// Counts of `records` records by bin.
    pub(crate) fn counts(&mut self, shares: &[f64], records: usize) -> Vec<u64> {
        let mut counts = vec![0; shares.len()];
        for _ in 0..records {
            counts[self.bin(shares)] += 1;
        }
        counts
    }

    /// The bin of one record.
    pub(crate) fn bin(&mut self, shares: &[f64]) -> usize {
        let mut left = self.next().unwrap();
        let found = shares.iter().position(|share| {
            left -= share;
            left < 0.0
        });
        found.unwrap_or(shares.len() - 1)
    }
}

/// All counts of `records` records in `bins` bins, each with the number of orders it may come in.
pub(crate) fn all_counts(bins: usize, records: u64) -> Vec<(Vec<u64>, f64)> {
    if bins == 1 {
        return vec![(vec![records], 1.0)];
    }
    (0..=records)
        .flat_map(|first| {
            all_counts(bins - 1, records - first).into_iter().map(move |(mut rest, orders)| {
                rest.insert(0, first);
                (rest, orders * choose(records, first))
            })
        })
        .collect()
}

fn choose(all: u64, some: u64) -> f64 {
    (0..some).map(|step| (all - step) as f64 / (step + 1) as f64).product()
}

/// The chance of the counts.
pub(crate) fn chance(counts: &[u64], orders: f64, shares: &[f64]) -> f64 {
    counts.iter().zip(shares).map(|(&count, share)| share.powi(count as i32)).product::<f64>() * orders
}
