//! Centroids, and how large a cluster of them may be.

/// `weight` values between `low` and `high`, both of which are bounds that hold for certain.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Centroid {
    /// Mean of the members, up to rounding.
    pub mean: f64,
    /// Number of members.
    pub weight: u64,
    /// No member is less.
    pub low: f64,
    /// No member is greater.
    pub high: f64,
}

impl Centroid {
    /// A centroid of one value, or of one value `weight` times.
    pub fn atom(value: f64, weight: u64) -> Self {
        Self { mean: value, weight, low: value, high: value }
    }

    /// Whether all members are known to be the same value.
    pub fn is_atom(&self) -> bool {
        self.low == self.high
    }

    /// One centroid for neighbours in a sorted list. Its mean lies between the first and the last of
    /// theirs, so that the list stays sorted.
    #[inline]
    pub(super) fn of_neighbours(neighbours: &[Self]) -> Self {
        if let [single] = neighbours {
            return *single;
        }
        let (first, last) = (neighbours[0], neighbours[neighbours.len() - 1]);
        let mut joined = Self { mean: 0.0, weight: 0, ..first };
        for part in neighbours {
            joined.mean += part.mean * part.weight as f64;
            joined.weight = joined.weight.saturating_add(part.weight);
            joined.low = if part.low < joined.low { part.low } else { joined.low };
            joined.high = if part.high > joined.high { part.high } else { joined.high };
        }
        let weight = joined.weight as f64;
        joined.mean /= weight;
        if !joined.mean.is_finite() {
            joined.mean = neighbours.iter().map(|part| part.mean * (part.weight as f64 / weight)).sum();
        }
        joined.mean = joined.mean.clamp(first.mean, last.mean);
        joined
    }
}

/// The most weight a cluster may have, by the scale function k2: `total * q * (1 - q) * z / compression`
/// with `z = 4 ln(total / compression) + 24`, at both of its ends. (`ScaleFunction` K2 of
/// tdunning/t-digest.)
pub(super) struct SizeLimit {
    total: f64,
    per_total: f64,
    factor: f64,
}

impl SizeLimit {
    pub(super) fn new(total: u64, compression: f64) -> Self {
        let total = total as f64;
        let normalizer = 4.0 * (total / compression).max(1.0).ln() + 24.0;
        Self { total, per_total: total.recip(), factor: normalizer / compression }
    }

    /// The limit at one point, with so many values before it, rounded.
    #[inline(always)]
    pub(super) fn at(&self, before: u64) -> u64 {
        const ROUNDING: f64 = (1u64 << 52) as f64;
        let before = before as f64;
        let limit = self.factor * self.per_total * before * (self.total - before);
        let limit = if limit < ROUNDING / 2.0 { limit } else { ROUNDING / 2.0 };
        // Added to 2^52, a number is rounded to an integer in the lowest bits.
        (limit + ROUNDING).to_bits() & ((1 << 52) - 1)
    }

    /// Whether the limit rises from here on.
    #[inline(always)]
    pub(super) fn is_in_lower_half(&self, before: u64) -> bool {
        2.0 * (before as f64) < self.total
    }

    /// The largest weight, as a real number, of a cluster that begins after `before` values.
    ///
    /// At the left end the limit is linear in `q`; at the right end the cluster's own share `u` moves
    /// `q`, which gives `c u^2 + (1 + c (2 q - 1)) u - c q (1 - q) <= 0`, solved for `u`.
    #[inline]
    pub(super) fn after(&self, before: u64) -> f64 {
        let q = before as f64 * self.per_total;
        let spread = self.factor * q * (1.0 - q);
        // As long as the right end is no nearer to its tail, the left end's limit is the smaller one.
        if q + spread <= 1.0 - q {
            return self.total * spread;
        }
        let linear = 1.0 + self.factor * (2.0 * q - 1.0);
        let root = (linear * linear + 4.0 * self.factor * spread).sqrt();
        let right = 2.0 * spread / (linear + root);
        self.total * right.min(spread)
    }
}

/// Moves the end of a cluster, `size` of `len` items, out of a run of equal values, so that a value that is
/// heavier than the limit gets a centroid of its own and is answered exactly: a run that the cluster begins
/// with is taken in whole, a run that begins inside it is left for the next cluster. `is_tie(i)` says that
/// items `i` and `i + 1` are one value.
pub(super) fn end_outside_tie(size: usize, len: usize, is_tie: impl Fn(usize) -> bool) -> usize {
    if size == len || !is_tie(size - 1) {
        return size;
    }
    let start = (0..size - 1).rev().find(|&left| !is_tie(left)).map_or(0, |left| left + 1);
    if start > 0 {
        return start;
    }
    (size..len - 1).find(|&left| !is_tie(left)).map_or(len, |left| left + 1)
}
