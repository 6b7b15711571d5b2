//! Drift of numeric columns.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell};

use driftline_sketches::{BinCounts, Binning, Moments, NumericProfile, TDigest, Tally};

use super::binned::{Bin, BinnedPair};
use super::bins::{BinLabel, BinTable};
use super::bracket::Bracket;
use super::cluster::{Cluster, clusters_of};
use super::distribution::DistributionPair;
use super::noise::{self, Noise};
use super::outline::Outline;
use super::{Basis, Finding, Metric, Rows, means};
use crate::special::kolmogorov_survival;

/// Bins of equal depth in the reference, where no common bins were counted.
const SKETCH_BINS: usize = 10;

/// Two profiles with finite values, and what metrics share of them.
pub(super) struct NumericPair<'p> {
    reference: &'p NumericProfile,
    current: &'p NumericProfile,
    binned: OnceCell<Option<Binned>>,
    /// The reference's side of `distributions`, where it is known already.
    prepared: Option<&'p Outline>,
    distributions: OnceCell<DistributionPair<'p>>,
    /// Memory for the other side of it.
    spare: Cell<Outline>,
    rows: Rows,
}

impl<'p> NumericPair<'p> {
    /// `None` when a side has no finite value.
    pub(super) fn new(reference: &'p NumericProfile, current: &'p NumericProfile) -> Option<Self> {
        let rows = Rows { reference: reference.digest().count(), current: current.digest().count() };
        (rows.reference > 0 && rows.current > 0).then(|| Self {
            reference,
            current,
            binned: OnceCell::new(),
            prepared: None,
            distributions: OnceCell::new(),
            spare: Cell::default(),
            rows,
        })
    }

    /// The same with the reference's side of the distribution functions, if it was made before, and memory for the other side.
    pub(super) fn with_prepared(self, prepared: Option<&'p Outline>, spare: Outline) -> Self {
        Self { prepared, spare: Cell::new(spare), ..self }
    }

    /// The memory, for another pair.
    pub(super) fn into_spare(self) -> Outline {
        self.distributions.into_inner().map_or_else(|| self.spare.take(), DistributionPair::into_current)
    }

    /// One metric; none when it does not fit.
    pub(super) fn find(&self, metric: Metric) -> Option<Finding> {
        match metric {
            Metric::KolmogorovSmirnov => {
                Some(kolmogorov_smirnov(self.binned(), self.distributions(), self.rows))
            }
            Metric::Wasserstein => Some(self.wasserstein()),
            Metric::NormalizedWasserstein => {
                let unit = means::deviation(&self.reference.moments).filter(|unit| *unit > 0.0)?;
                self.wasserstein().in_units_of(unit)
            }
            Metric::MeanShift => means::mean_shift(&self.reference.moments, &self.current.moments, self.rows),
            _ => {
                let binned = self.binned()?;
                Finding::of_bins(metric, &binned.pair, binned.basis, self.rows)
            }
        }
    }

    /// Finite values of both sides.
    pub(super) fn rows(&self) -> Rows {
        self.rows
    }

    /// The largest difference of the shares below any of these values; up to the last one, at it.
    pub(super) fn largest_gap_at(&self, values: &[f64]) -> Bracket {
        self.distributions().largest_gap_at(values)
    }

    /// The shares of both sides at or below a quantile of the reference: that which is `beyond` of the way
    /// from its `rank`th smallest row to the next.
    pub(super) fn shares_at_quantile(&self, rank: u64, beyond: f64) -> (Bracket, Bracket) {
        self.distributions().shares_at_quantile(rank, beyond)
    }

    /// The common bins.
    pub(super) fn table(&self) -> Option<BinTable> {
        let binned = self.binned()?;
        let edge = |index: usize| binned.edges.get(index).copied();
        let labels = (0..binned.pair.bins.len())
            .map(|bin| BinLabel::Range { above: bin.checked_sub(1).and_then(edge), to: edge(bin) });
        Some(binned.pair.table(binned.basis, labels))
    }

    fn binned(&self) -> Option<&Binned> {
        self.binned.get_or_init(|| Binned::new(self.reference, self.current)).as_ref()
    }

    fn distributions(&self) -> &DistributionPair<'p> {
        self.distributions.get_or_init(|| {
            let reference = match self.prepared {
                Some(outline) => Cow::Borrowed(outline),
                None => Cow::Owned(Outline::new(self.reference.digest())),
            };
            let mut current = self.spare.take();
            current.draw(self.current.digest());
            DistributionPair::new(reference, current)
        })
    }

    fn wasserstein(&self) -> Finding {
        wasserstein(self.distributions(), &self.reference.moments, &self.current.moments, self.rows)
    }
}

impl Finding {
    /// A distance in the column's units as one in `unit`s; none when it overflows.
    fn in_units_of(self, unit: f64) -> Option<Self> {
        let noise = Noise { mean: self.noise.mean / unit, q95: self.noise.q95 / unit };
        let bracket = self.bracket.map(|distance| distance / unit);
        let finite = bracket.high.is_finite() && noise.q95.is_finite();
        finite.then_some(Self { metric: Metric::NormalizedWasserstein, bracket, noise, ..self })
    }
}

/// Counts of both sides in common bins.
struct Binned {
    pair: BinnedPair,
    basis: Basis,
    /// Upper edges of all bins but the last.
    edges: Vec<f64>,
}

impl Binned {
    /// From the baseline's bins where both sides counted every finite value in them, else from the
    /// digests.
    fn new(reference: &NumericProfile, current: &NumericProfile) -> Option<Self> {
        Self::from_counts(reference, current)
            .or_else(|| Self::from_digests(reference.digest(), current.digest()))
    }

    fn from_counts(reference: &NumericProfile, current: &NumericProfile) -> Option<Self> {
        let bins = (reference.bins(), current.bins());
        let reference = complete_counts(&bins.0, reference)?;
        let current = complete_counts(&bins.1, current)?;
        (reference.binning().fingerprint() == current.binning().fingerprint()).then(|| Self {
            pair: BinnedPair::exact(reference.counts(), current.counts()),
            basis: Basis::BaselineBins,
            edges: reference.binning().edges().to_vec(),
        })
    }

    fn from_digests(reference: &TDigest, current: &TDigest) -> Option<Self> {
        let binning = Binning::from_digest(reference, SKETCH_BINS)?;
        let edges = binning.edges().to_vec();
        let counts = |digest| certified_counts(&clusters_of(digest), &edges);
        let bins = counts(reference).into_iter().zip(counts(current));
        let pair = BinnedPair {
            bins: bins.map(|(reference, current)| Bin { reference, current }).collect(),
            n_reference: reference.count() as f64,
            n_current: current.count() as f64,
        };
        Some(Self { pair, basis: Basis::Sketch, edges })
    }

    /// The Kolmogorov-Smirnov distance as far as bins show it. At edges the distribution functions
    /// are known; inside a bin one may have jumped before the other, unless the bin holds a single
    /// value.
    fn kolmogorov_smirnov(&self) -> Bracket {
        let (n, m) = (self.pair.n_reference, self.pair.n_current);
        let (mut reference, mut current) = (0.0, 0.0);
        let (mut at_edges, mut inside) = (0.0_f64, 0.0_f64);
        for (index, bin) in self.pair.bins.iter().enumerate() {
            let (below_reference, below_current) = (reference / n, current / m);
            reference += bin.reference.value;
            current += bin.current.value;
            at_edges = at_edges.max((reference / n - current / m).abs());
            if !self.holds_single_value(index) {
                let apart = (reference / n - below_current).abs().max((current / m - below_reference).abs());
                inside = inside.max(apart);
            }
        }
        Bracket::new(at_edges, at_edges, at_edges.max(inside))
    }

    fn holds_single_value(&self, bin: usize) -> bool {
        let lower = bin.checked_sub(1).and_then(|index| self.edges.get(index));
        matches!((lower, self.edges.get(bin)), (Some(lower), Some(upper)) if lower.next_up() == *upper)
    }
}

/// The profile's bin counts, if they are of one binning and hold every finite value.
fn complete_counts<'b>(bins: &'b Tally<BinCounts>, profile: &NumericProfile) -> Option<&'b BinCounts> {
    bins.known().filter(|counts| counts.total() == profile.digest().count())
}

/// The number of rows in each bin: estimated, and certified by the ranges of the clusters.
pub(super) fn certified_counts(clusters: &[Cluster], edges: &[f64]) -> Vec<Bracket> {
    let outline = Outline::of_clusters(clusters);
    let total = outline.rows();
    let bounds = (0..=edges.len()).map(|bin| (bin.checked_sub(1).map(|below| edges[below]), edges.get(bin)));
    bounds
        .map(|(lower, upper)| {
            let above = |x: f64| lower.is_none_or(|edge| x > edge);
            let below = |x: f64| upper.is_none_or(|&edge| x <= edge);
            let rows = |inside: &dyn Fn(&&Cluster) -> bool| {
                clusters.iter().filter(inside).map(|cluster| cluster.weight).sum::<u64>() as f64
            };
            let certain = rows(&|cluster| above(cluster.low) && below(cluster.high));
            let possible = rows(&|cluster| above(cluster.high) && below(cluster.low));
            let share = upper.map_or(1.0, |&edge| outline.share(edge))
                - lower.map_or(0.0, |edge| outline.share(edge));
            Bracket::new(share * total, certain, possible)
        })
        .collect()
}

/// The tighter of the two intervals gives the value; both bound it.
fn kolmogorov_smirnov(binned: Option<&Binned>, distributions: &DistributionPair<'_>, rows: Rows) -> Finding {
    let sizes = rows.sizes();
    let from_digests = distributions.kolmogorov_smirnov();
    let exact = binned.filter(|binned| binned.basis == Basis::BaselineBins);
    let (bracket, basis) = match exact.map(Binned::kolmogorov_smirnov) {
        Some(from_bins) if from_bins.width() <= from_digests.width() => {
            (from_bins.tightened_by(&from_digests), Basis::BaselineBins)
        }
        Some(from_bins) => (from_digests.tightened_by(&from_bins), Basis::Sketch),
        None => (from_digests, Basis::Sketch),
    };
    Finding {
        metric: Metric::KolmogorovSmirnov,
        bracket,
        noise: noise::kolmogorov_smirnov(sizes),
        // What sketch error alone could explain is no evidence.
        p_value: Some(kolmogorov_survival(sizes.effective().sqrt() * bracket.low)),
        basis,
        rows,
    }
}

fn wasserstein(
    distributions: &DistributionPair<'_>,
    reference: &Moments,
    current: &Moments,
    rows: Rows,
) -> Finding {
    let sizes = rows.sizes();
    let root_variance = distributions.root_variance_integral();
    let deviation = pooled_deviation(reference, current).unwrap_or_else(|| distributions.half_range());
    let means = (reference.mean().unwrap_or(0.0), current.mean().unwrap_or(0.0));
    Finding {
        metric: Metric::Wasserstein,
        bracket: distributions.wasserstein(means.0, means.1),
        noise: noise::wasserstein(sizes, root_variance, deviation),
        p_value: None,
        basis: Basis::Sketch,
        rows,
    }
}

/// The standard deviation of both sides' values taken together; none when the sum of squares
/// overflows.
fn pooled_deviation(reference: &Moments, current: &Moments) -> Option<f64> {
    let mut pooled = reference.clone();
    pooled.merge(current);
    let deviation = (pooled.sum_sq_dev() / pooled.count() as f64).sqrt();
    deviation.is_finite().then_some(deviation)
}
