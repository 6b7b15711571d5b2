//! Bins of equal width, as numpy has them.

use driftline_sketches::{NumericProfile, TDigest};

use super::super::bracket::Bracket;
use super::super::cluster::clusters_of;
use super::super::numeric::certified_counts;

/// The ends of `bins` bins of equal width from the smallest to the largest value of the profiles; a single
/// value is given half a unit to either side.
pub(super) fn edges<'p>(profiles: impl Iterator<Item = &'p NumericProfile>, bins: usize) -> Option<Vec<f64>> {
    let (mut first, mut last) = (f64::INFINITY, f64::NEG_INFINITY);
    for profile in profiles {
        first = first.min(profile.moments.min()?);
        last = last.max(profile.moments.max()?);
    }
    if first == last {
        (first, last) = (first - 0.5, last + 0.5);
    }
    between(first, last, bins)
}

/// The ends of `bins` bins of equal width; none where they would be too narrow or too wide for numbers.
pub(super) fn between(first: f64, last: f64, bins: usize) -> Option<Vec<f64>> {
    let step = (last - first) / bins as f64;
    if !step.is_finite() || step == 0.0 {
        return None;
    }
    Some((0..bins).map(|bin| bin as f64 * step + first).chain([last]).collect())
}

/// Rows in bins: `[e[j], e[j + 1])`, the last one closed; and outside of all.
pub(super) struct Counts {
    pub(super) inside: Vec<Bracket>,
    pub(super) outside: Bracket,
}

/// The rows of a digest between edges.
pub(super) fn counts(digest: &TDigest, edges: &[f64]) -> Counts {
    let Some((last, others)) = edges.split_last() else {
        let all = digest.count() as f64;
        return Counts { inside: Vec::new(), outside: Bracket::exact(all) };
    };
    // Ours are closed above, numpy's below.
    let ends: Vec<f64> = others.iter().map(|edge| edge.next_down()).chain([*last]).collect();
    let mut found = certified_counts(&clusters_of(digest), &ends);
    let above = found.pop().unwrap_or(Bracket::exact(0.0));
    let below = found.remove(0);
    let outside = Bracket::new(below.value + above.value, below.low + above.low, below.high + above.high);
    Counts { inside: found, outside }
}

/// Sturges' number of bins for so many values.
pub(super) fn sturges(values: f64) -> usize {
    (values.log2() + 1.0).ceil().max(1.0) as usize
}

/// Doane's number of bins, which is more for skewed values.
pub(super) fn doane(profile: &NumericProfile) -> usize {
    let n = profile.moments.count() as f64;
    let skewness = profile.shape.skewness(&profile.moments).unwrap_or(0.0).abs();
    if n <= 2.0 || profile.moments.min() == profile.moments.max() {
        return 1;
    }
    let error = (6.0 * (n - 2.0) / ((n + 1.0) * (n + 3.0))).sqrt();
    (1.0 + n.log2() + (1.0 + skewness / error).log2()).ceil() as usize
}
