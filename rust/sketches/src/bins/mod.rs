//! Counts of values between fixed edges, taken from a baseline. Exact, so that tests can run on them.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::hash::{SEED, murmur3_x64_128};
use crate::partition::Partition;
use crate::tally::TallyCounts;
use crate::tdigest::TDigest;

mod equal_depth;
mod lookup;

use lookup::Lookup;

/// The most edges a binning may have.
pub const MAX_EDGES: usize = 4096;

/// Edges that cut the line into bins: bin `j` holds `edges[j - 1] < x <= edges[j]`, the first bin
/// everything up to the first edge and the last bin everything above the last.
#[derive(Clone, Debug)]
pub struct Binning {
    edges: Vec<f64>,
    fingerprint: u64,
    lookup: Lookup,
}

impl PartialEq for Binning {
    fn eq(&self, other: &Self) -> bool {
        self.edges == other.edges
    }
}

impl Binning {
    /// Bins between the given edges.
    ///
    /// # Errors
    /// `InvalidArgument` unless there are 1 to [`MAX_EDGES`] finite edges that strictly rise.
    pub fn new(edges: Vec<f64>) -> Result<Self> {
        if edges.is_empty() || edges.len() > MAX_EDGES {
            return Err(Error::invalid_argument(format!(
                "edges must be 1 to {MAX_EDGES}, got {}",
                edges.len()
            )));
        }
        if let Some(edge) = edges.iter().find(|edge| !edge.is_finite()) {
            return Err(Error::invalid_argument(format!("edges must be finite, got {edge}")));
        }
        for pair in edges.windows(2) {
            if let [lower, upper] = pair
                && lower >= upper
            {
                return Err(Error::invalid_argument(format!(
                    "edges must strictly rise, got {lower} before {upper}"
                )));
            }
        }
        // One bit pattern for zero, so that equal edges have equal fingerprints.
        let edges: Vec<f64> = edges.into_iter().map(|edge| edge + 0.0).collect();
        let bytes: Vec<u8> = edges.iter().flat_map(|edge| edge.to_le_bytes()).collect();
        let fingerprint = murmur3_x64_128(&bytes, SEED).0;
        let lookup = Lookup::new(&edges);
        Ok(Self { edges, fingerprint, lookup })
    }

    /// About `bins` bins of equal share in the digest. A value that fills a whole bin gets a bin of
    /// its own. `None` for an empty digest or fewer than two bins.
    pub fn from_digest(digest: &TDigest, bins: usize) -> Option<Self> {
        if !(2..=MAX_EDGES / 2).contains(&bins) {
            return None;
        }
        let quantiles: Vec<f64> =
            (0..=bins).map(|bin| digest.quantile(bin as f64 / bins as f64)).collect::<Option<_>>()?;
        let mut edges: Vec<f64> = quantiles[1..bins].to_vec();
        let repeated = quantiles.windows(2).filter(|pair| pair[0] == pair[1]);
        edges.extend(repeated.flat_map(|pair| [pair[0].next_down(), pair[0]]));
        edges.retain(|edge| edge.is_finite());
        edges.sort_unstable_by(f64::total_cmp);
        edges.dedup();
        Self::new(edges).ok()
    }

    /// The edges, strictly rising.
    pub fn edges(&self) -> &[f64] {
        &self.edges
    }

    /// Number of bins, one more than edges.
    pub fn bins(&self) -> usize {
        self.edges.len() + 1
    }

    /// The bin of a value that is not NaN; infinities fall into the outer bins.
    #[inline]
    pub fn index_of(&self, value: f64) -> usize {
        self.lookup.index_of(&self.edges, value)
    }

    /// A hash of the edges: the same in every process, different for different edges.
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }
}

/// Counts per bin. Memory: 8 bytes a bin.
#[derive(Clone, Debug, PartialEq)]
pub struct BinCounts {
    binning: Arc<Binning>,
    counts: Box<[u64]>,
}

impl BinCounts {
    /// No counts in these bins.
    pub fn new(binning: Arc<Binning>) -> Self {
        let counts = vec![0; binning.bins()].into();
        Self { binning, counts }
    }

    /// Stored counts of these bins.
    ///
    /// # Errors
    /// `InvalidData` unless there is one count a bin and their sum fits `u64`.
    pub fn from_parts(binning: Arc<Binning>, counts: Vec<u64>) -> Result<Self> {
        if counts.len() != binning.bins() {
            return Err(Error::invalid_data(format!(
                "bin counts must be {}, got {}",
                binning.bins(),
                counts.len()
            )));
        }
        if counts.iter().try_fold(0u64, |total, count| total.checked_add(*count)).is_none() {
            return Err(Error::invalid_data(format!("bin counts must add up to at most {}", u64::MAX)));
        }
        Ok(Self { binning, counts: counts.into() })
    }

    /// Adds finite values.
    pub fn add_slice(&mut self, values: &[f64]) {
        self.binning.lookup.count(&self.binning.edges, values, &mut self.counts);
    }

    /// Adds values that are arranged.
    pub(crate) fn add_arranged(&mut self, values: &mut Partition) {
        let total = values.len() as u32;
        let ends = values.ranks(self.binning.edges.iter().copied()).iter().copied().chain([total]);
        let mut before = 0;
        for (count, end) in self.counts.iter_mut().zip(ends) {
            *count = count.saturating_add(u64::from(end - before));
            before = end;
        }
    }

    /// Adds the counts of `other`.
    ///
    /// # Errors
    /// `Incompatible` when the edges differ.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        if self.binning.fingerprint != other.binning.fingerprint {
            return Err(Error::incompatible(format!(
                "bin counts must have the same edges, got fingerprints {:016x} and {:016x}",
                self.binning.fingerprint, other.binning.fingerprint
            )));
        }
        for (count, added) in self.counts.iter_mut().zip(&other.counts) {
            *count = count.saturating_add(*added);
        }
        Ok(())
    }

    /// The bins.
    pub fn binning(&self) -> &Arc<Binning> {
        &self.binning
    }

    /// The count of each bin.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// Number of values.
    pub fn total(&self) -> u64 {
        self.counts.iter().fold(0, |total, count| total.saturating_add(*count))
    }
}

impl TallyCounts for BinCounts {
    type Layout = Binning;

    fn empty(layout: &Arc<Binning>) -> Self {
        Self::new(Arc::clone(layout))
    }

    fn is_of(&self, layout: &Binning) -> bool {
        self.binning.fingerprint == layout.fingerprint
    }

    fn merge(&mut self, other: &Self) -> Result<()> {
        Self::merge(self, other)
    }
}
