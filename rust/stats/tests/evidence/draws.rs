//! Drawn counts, and all counts that there can be.

/// Random numbers in [0, 1): splitmix64.
pub(crate) struct Uniforms(pub(crate) u64);

impl Iterator for Uniforms {
    type Item = f64;

    fn next(&mut self) -> Option<f64> {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut state = self.0;
        state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        Some(((state ^ (state >> 31)) >> 11) as f64 * 2.0_f64.powi(-53))
    }
}

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
