//! What a t-digest certifies: clusters of rows with their mean and the range of their values.

use driftline_sketches::TDigest;

/// Some rows of a column, of which the sketch kept the number, the mean and the range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cluster {
    pub(super) mean: f64,
    pub(super) weight: u64,
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Cluster {
    /// Whether this is several rows that are all equal.
    pub(super) fn repeats_one_value(&self) -> bool {
        self.weight > 1 && self.low == self.high
    }

    /// A bound of the mean distance of the rows from the cluster's mean: reached when every row is
    /// at an end of the range. `unit` scales the values first, so that widths cannot overflow.
    pub(super) fn spread(&self, unit: f64) -> f64 {
        let (mean, low, high) = (self.mean * unit, self.low * unit, self.high * unit);
        if high > low { 2.0 * (high - mean) * ((mean - low) / (high - low)) } else { 0.0 }
    }
}

/// The clusters of a digest, by ascending mean.
pub(super) fn clusters_of(digest: &TDigest) -> Vec<Cluster> {
    let mut clusters = Vec::new();
    put_clusters(digest, &mut clusters);
    clusters
}

/// The same in place of others.
pub(super) fn put_clusters(digest: &TDigest, clusters: &mut Vec<Cluster>) {
    clusters.clear();
    clusters.extend(digest.centroids().iter().map(|centroid| {
        // The mean of one row is that row, whatever range a digest read from elsewhere may
        // state.
        let single = centroid.weight == 1;
        let low = if single { centroid.mean } else { centroid.low };
        let high = if single { centroid.mean } else { centroid.high };
        // Rounding may have put the mean a hair outside the range of its rows.
        Cluster { mean: centroid.mean.clamp(low, high), weight: centroid.weight, low, high }
    }));
}
