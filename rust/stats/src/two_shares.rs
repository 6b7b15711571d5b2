//! Two shares and how far chance alone puts them apart.

use crate::special::fisher_exact;

/// The share of rows with something, on both sides.
pub(crate) struct TwoShares {
    pub(crate) reference: f64,
    pub(crate) current: f64,
    /// Standard deviation of their difference when both are of one rate: the pooled one.
    pub(crate) deviation: f64,
    /// Of Fisher's exact test.
    pub(crate) p_value: f64,
}

impl TwoShares {
    /// From hits and rows of both sides; none when a side has no row.
    pub(crate) fn new(reference: (u64, u64), current: (u64, u64)) -> Option<Self> {
        if reference.1 == 0 || current.1 == 0 {
            return None;
        }
        let (n, m) = (reference.1 as f64, current.1 as f64);
        let pooled = (reference.0 as f64 + current.0 as f64) / (n + m);
        let misses = (reference.1 - reference.0, current.1 - current.0);
        Some(Self {
            reference: reference.0 as f64 / n,
            current: current.0 as f64 / m,
            deviation: (pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m)).max(0.0).sqrt(),
            p_value: fisher_exact((reference.0, current.0), misses),
        })
    }
}
