//! Centroids, and the one pass that gathers sorted ones into fewer.

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
    fn of_neighbours(neighbours: &[Self]) -> Self {
        if let [single] = neighbours {
            return *single;
        }
        let (first, last) = (neighbours[0], neighbours[neighbours.len() - 1]);
        let mut joined = Self { mean: 0.0, weight: 0, ..first };
        for part in neighbours {
            joined.mean += part.mean * part.weight as f64;
            joined.weight = joined.weight.saturating_add(part.weight);
            joined.low = joined.low.min(part.low);
            joined.high = joined.high.max(part.high);
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

/// Gathers centroids that are sorted by mean into clusters within the limit; the first and the last
/// stay as they are.
pub(super) fn gather(sorted: &[Centroid], limit: &SizeLimit) -> Vec<Centroid> {
    let [first, inner @ .., last] = sorted else {
        return sorted.to_vec();
    };
    let mut gathered = Vec::with_capacity(sorted.len().min(1024));
    gathered.push(*first);
    let mut before = first.weight;
    let mut rest = inner;
    while !rest.is_empty() {
        let room = limit.after(before);
        let mut weight = rest[0].weight;
        let mut size = 1;
        while size < rest.len() && weight as f64 + rest[size].weight as f64 <= room {
            weight = weight.saturating_add(rest[size].weight);
            size += 1;
        }
        let is_tie = |left: usize| {
            rest[left].is_atom() && rest[left + 1].is_atom() && rest[left].mean == rest[left + 1].mean
        };
        let (cluster, after) = rest.split_at(end_outside_tie(size, rest.len(), is_tie));
        let joined = Centroid::of_neighbours(cluster);
        before = before.saturating_add(joined.weight);
        gathered.push(joined);
        rest = after;
    }
    gathered.push(*last);
    gathered
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

/// Joins neighbours that are the same value many times; one member stays single at each end.
pub(super) fn with_ties_joined(sorted: &[Centroid]) -> Vec<Centroid> {
    interleave(sorted, &[])
}

/// Two lists sorted by mean as one, in which neighbours that are the same value many times are joined and one member
/// stays single at each end. Equal means keep the order of the lists, so that a single minimum stays first and a
/// single maximum stays last.
pub(super) fn interleave(left: &[Centroid], right: &[Centroid]) -> Vec<Centroid> {
    let mut joined: Vec<Centroid> = Vec::with_capacity(left.len() + right.len() + 2);
    let (mut from_left, mut from_right) = (0, 0);
    // Which list is next is as good as random: the next one is selected, not branched to.
    while from_left < left.len() && from_right < right.len() {
        let (first, second) = (&left[from_left], &right[from_right]);
        let is_left = first.mean <= second.mean;
        push_joined(&mut joined, if is_left { first } else { second });
        from_left += usize::from(is_left);
        from_right += usize::from(!is_left);
    }
    for centroid in left[from_left..].iter().chain(&right[from_right..]) {
        push_joined(&mut joined, centroid);
    }
    if let Some(single) = joined.first_mut().and_then(split_one) {
        joined.insert(0, single);
    }
    if let Some(single) = joined.last_mut().and_then(split_one) {
        joined.push(single);
    }
    joined
}

#[inline]
fn push_joined(joined: &mut Vec<Centroid>, centroid: &Centroid) {
    match joined.last_mut() {
        Some(last) if last.mean == centroid.mean && last.is_atom() && centroid.is_atom() => {
            last.weight = last.weight.saturating_add(centroid.weight);
        }
        _ => joined.push(*centroid),
    }
}

/// One member of an atom that has several.
fn split_one(atom: &mut Centroid) -> Option<Centroid> {
    if atom.weight == 1 || !atom.is_atom() {
        return None;
    }
    atom.weight -= 1;
    Some(Centroid::atom(atom.mean, 1))
}
