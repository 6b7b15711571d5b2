//! A record batch to rows.

use std::sync::Arc;

use arrow_array::types::{
    DurationNanosecondType, Float64Type, Int32Type, TimestampNanosecondType, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow_array::{BinaryArray, ListArray, MapArray, PrimitiveArray, RecordBatch, StringArray};
use driftline_engine::role::Role;
use driftline_engine::snapshot::{FORMAT_VERSION, RowKey, SnapshotContent, SnapshotRow};
use driftline_sketches::{
    BinCounts, Binning, CategoricalProfile, Categories, CategoryCounts, Centroid, ColumnProfile,
    ExponentialHistogram, FrequentItems, Hll, Kll, Moments, NumericProfile, Shape, TDigest, Tally,
};

use super::column_set::{self, SetColumns};
use super::performance::PerformanceColumns;
use super::principals::{self, PrincipalColumns};
use super::typed::{Columns, Typed};
use crate::error::Result;

type Numbers<'a, T> = Typed<'a, PrimitiveArray<T>>;
type Texts<'a> = Typed<'a, StringArray>;
type Lists<'a> = Typed<'a, ListArray>;
type Maps<'a> = Typed<'a, MapArray>;

/// The rows of a batch; columns are found by name, others are not looked at.
///
/// # Errors
/// `Schema` if a column is missing or has another type than in [`super::schema()`]; `SnapshotRow`, naming row and
/// column, for content that no profile has.
pub fn from_record_batch(batch: &RecordBatch) -> Result<Vec<SnapshotRow>> {
    rows_where(batch, |_| true)
}

/// The rows of a batch of whose key `keeps` is true; of the others nothing else is read.
///
/// # Errors
/// As [`from_record_batch`].
pub fn rows_where(batch: &RecordBatch, keeps: impl Fn(&RowKey<'_>) -> bool) -> Result<Vec<SnapshotRow>> {
    let table = Table::new(batch)?;
    (0..batch.num_rows()).filter_map(|row| table.row(row, &keeps).transpose()).collect()
}

struct Table<'a> {
    format_version: Numbers<'a, UInt16Type>,
    model: Texts<'a>,
    version: Texts<'a>,
    segment: Maps<'a>,
    window_start: Numbers<'a, TimestampNanosecondType>,
    window_length: Numbers<'a, DurationNanosecondType>,
    column: Texts<'a>,
    role: Texts<'a>,
    kind: Texts<'a>,
    writer_id: Texts<'a>,
    flush_seq: Numbers<'a, UInt64Type>,
    n: Numbers<'a, UInt64Type>,
    nulls: Numbers<'a, UInt64Type>,
    profiles: Profiles<'a>,
    performance: PerformanceColumns<'a>,
    sets: Option<SetColumns<'a>>,
    principals: Option<PrincipalColumns<'a>>,
}

impl<'a> Table<'a> {
    fn new(batch: &'a RecordBatch) -> Result<Self> {
        Ok(Self {
            format_version: Typed::find(batch, "format_version")?,
            model: Typed::find(batch, "model")?,
            version: Typed::find(batch, "version")?,
            segment: Typed::find(batch, "segment")?,
            window_start: Typed::find(batch, "window_start")?,
            window_length: Typed::find(batch, "window_length")?,
            column: Typed::find(batch, "column")?,
            role: Typed::find(batch, "role")?,
            kind: Typed::find(batch, "kind")?,
            writer_id: Typed::find(batch, "writer_id")?,
            flush_seq: Typed::find(batch, "flush_seq")?,
            n: Typed::find(batch, "n")?,
            nulls: Typed::find(batch, "nulls")?,
            profiles: Profiles::new(batch)?,
            performance: PerformanceColumns::new(batch)?,
            sets: SetColumns::new(batch)?,
            principals: PrincipalColumns::new(batch)?,
        })
    }

    fn row(&self, row: usize, keeps: impl Fn(&RowKey<'_>) -> bool) -> Result<Option<SnapshotRow>> {
        let found = self.format_version.get(row)?;
        if found > FORMAT_VERSION {
            let message = format!("must be at most {FORMAT_VERSION}, got {found}: update driftline");
            return Err(self.format_version.refuse(row, message));
        }
        let mut segment = self.segment.required(row, self.segment.text_pairs(row)?)?;
        segment.sort_unstable();
        let window_length = self.window_length.get(row)?;
        if window_length <= 0 {
            let message = format!("must be positive, got {window_length}");
            return Err(self.window_length.refuse(row, message));
        }
        let key = RowKey {
            model: self.model.get(row)?,
            version: self.version.get(row)?,
            segment: &segment,
            window: (self.window_start.get(row)?, window_length),
            column: self.column.get(row)?,
            is_set: self.kind.get(row)? == column_set::KIND,
            is_principals: self.kind.get(row)? == principals::KIND,
        };
        if !keeps(&key) {
            return Ok(None);
        }
        Ok(Some(SnapshotRow {
            model: self.model.get(row)?.to_owned(),
            version: self.version.get(row)?.to_owned(),
            segment,
            window_start: self.window_start.get(row)?,
            window_length,
            content: self.content(row)?,
            writer_id: self.writer_id.get(row)?.to_owned(),
            flush_sequence: self.flush_seq.get(row)?,
        }))
    }

    fn content(&self, row: usize) -> Result<SnapshotContent> {
        let count = self.n.get(row)?;
        let nulls = self.nulls.get(row)?;
        let profile = match self.kind.get(row)? {
            "cell" => {
                let performance = self.performance.get(row)?;
                return Ok(SnapshotContent::Cell { records: count, performance });
            }
            column_set::KIND => {
                let Some(sets) = &self.sets else {
                    return Err(self.kind.refuse(row, "there is no column \"column_set\""));
                };
                let distinct = self.profiles.distinct(row)?;
                let profile = sets.get(row, self.column.get(row)?, count, distinct)?;
                return Ok(SnapshotContent::Set { profile: Box::new(profile) });
            }
            principals::KIND => {
                let Some(principals) = &self.principals else {
                    return Err(self.kind.refuse(row, "there is no column \"principals\""));
                };
                let principals = Box::new(principals.get(row)?);
                return Ok(SnapshotContent::Principals { principals });
            }
            "numeric" => ColumnProfile::Numeric(Box::new(self.profiles.numeric(row, count, nulls)?)),
            "categorical" => {
                ColumnProfile::Categorical(Box::new(self.profiles.categorical(row, count, nulls)?))
            }
            other => {
                let message =
                    format!("must be numeric, categorical, column_set, principals or cell, got {other:?}");
                return Err(self.kind.refuse(row, message));
            }
        };
        let role: Role =
            self.role.get(row)?.parse().map_err(|message: String| self.role.refuse(row, message))?;
        Ok(SnapshotContent::Column { name: self.column.get(row)?.to_owned(), role, profile })
    }
}

/// The columns of the sketches.
struct Profiles<'a> {
    nans: Numbers<'a, UInt64Type>,
    pos_infs: Numbers<'a, UInt64Type>,
    neg_infs: Numbers<'a, UInt64Type>,
    moments: MomentColumns<'a>,
    sum_cubed_dev: Numbers<'a, Float64Type>,
    sum_fourth_dev: Numbers<'a, Float64Type>,
    histogram: HistogramColumns<'a>,
    baseline: BaselineColumns<'a>,
    digest: DigestColumns<'a>,
    hll: Typed<'a, BinaryArray>,
    hll_extra: Typed<'a, BinaryArray>,
    kll: Typed<'a, BinaryArray>,
    frequent: Maps<'a>,
    frequent_error: Numbers<'a, UInt64Type>,
    frequent_capacity: Numbers<'a, UInt32Type>,
}

impl<'a> Profiles<'a> {
    fn new(batch: &'a RecordBatch) -> Result<Self> {
        Ok(Self {
            nans: Typed::find(batch, "nans")?,
            pos_infs: Typed::find(batch, "pos_infs")?,
            neg_infs: Typed::find(batch, "neg_infs")?,
            moments: MomentColumns::find(batch, ["mean", "sum_sq_dev", "min", "max"])?,
            sum_cubed_dev: Typed::find(batch, "sum_cubed_dev")?,
            sum_fourth_dev: Typed::find(batch, "sum_fourth_dev")?,
            histogram: HistogramColumns::find(
                batch,
                ["hist_scale", "hist_zero_count", "hist_pos", "hist_neg"],
            )?,
            baseline: BaselineColumns::new(batch)?,
            digest: DigestColumns::new(batch)?,
            hll: Typed::find(batch, "hll")?,
            hll_extra: Typed::find(batch, "hll_extra")?,
            kll: Typed::find(batch, "kll")?,
            frequent: Typed::find(batch, "frequent")?,
            frequent_error: Typed::find(batch, "frequent_error")?,
            frequent_capacity: Typed::find(batch, "frequent_capacity")?,
        })
    }

    fn numeric(&self, row: usize, count: u64, nulls: u64) -> Result<NumericProfile> {
        let (nans, pos_infs, neg_infs) =
            (self.nans.get(row)?, self.pos_infs.get(row)?, self.neg_infs.get(row)?);
        let finite = [nans, pos_infs, neg_infs].iter().try_fold(count, |left, part| left.checked_sub(*part));
        let finite = finite.ok_or_else(|| {
            self.nans.refuse(row, format!("more NaN and infinities than the {count} values"))
        })?;
        let bins = self.baseline.bins(row)?;
        let mut profile = NumericProfile::new(bins.known().map(|bins| Arc::clone(bins.binning())));
        (profile.nulls, profile.nans, profile.pos_infs, profile.neg_infs) = (nulls, nans, pos_infs, neg_infs);
        profile.moments = self.moments.get(row, finite)?;
        profile.shape = self.shape(row)?;
        profile.set_histogram(self.histogram.get(row)?);
        profile.set_digest(self.digest.get(row)?);
        profile.distinct = self.distinct(row)?;
        profile.set_bins(bins);
        if let Some(bytes) = self.kll.optional(row) {
            self.kll.check(row, Kll::from_bytes(bytes).and_then(|kll| profile.set_kll(kll)))?;
        }
        for (what, counted) in
            [("histogram", profile.histogram().count()), ("t-digest", profile.digest().count())]
        {
            if counted != finite {
                let message = format!("the {what} must hold all {finite} finite values, got {counted}");
                return Err(self.digest.means.refuse(row, message));
            }
        }
        Ok(profile)
    }

    fn categorical(&self, row: usize, count: u64, nulls: u64) -> Result<CategoricalProfile> {
        let categories = self.baseline.categories(row)?;
        let mut profile =
            CategoricalProfile::new(categories.known().map(|counts| Arc::clone(counts.categories())));
        (profile.nulls, profile.count) = (nulls, count);
        profile.distinct = self.distinct(row)?;
        let items = self.frequent.required(row, self.frequent.text_counts(row)?)?;
        let (error, capacity) = (self.frequent_error.get(row)?, self.frequent_capacity.get(row)?);
        let frequent = FrequentItems::from_parts(capacity as usize, count, error, items);
        profile.frequent = self.frequent.check(row, frequent)?;
        profile.categories = categories;
        Ok(profile)
    }

    fn shape(&self, row: usize) -> Result<Shape> {
        let shape = Shape::from_parts(self.sum_cubed_dev.get(row)?, self.sum_fourth_dev.get(row)?);
        self.sum_cubed_dev.check(row, shape)
    }

    fn distinct(&self, row: usize) -> Result<Hll> {
        let distinct = self.hll.check(row, Hll::from_bytes(self.hll.get(row)?))?;
        match self.hll_extra.optional(row) {
            Some(extra) => self.hll_extra.check(row, distinct.with_extra_bytes(extra)),
            None => Ok(distinct),
        }
    }
}

/// Mean, sum of squared deviations, minimum and maximum.
pub(super) struct MomentColumns<'a> {
    mean: Numbers<'a, Float64Type>,
    sum_sq_dev: Numbers<'a, Float64Type>,
    min: Numbers<'a, Float64Type>,
    max: Numbers<'a, Float64Type>,
}

impl<'a> MomentColumns<'a> {
    pub(super) fn find(columns: &'a impl Columns, paths: [&'static str; 4]) -> Result<Self> {
        let [mean, sum_sq_dev, min, max] = paths;
        Ok(Self {
            mean: Typed::find(columns, mean)?,
            sum_sq_dev: Typed::find(columns, sum_sq_dev)?,
            min: Typed::find(columns, min)?,
            max: Typed::find(columns, max)?,
        })
    }

    pub(super) fn get(&self, row: usize, count: u64) -> Result<Moments> {
        if count == 0 {
            return Ok(Moments::new());
        }
        let moments = Moments::from_parts(
            count,
            self.mean.get(row)?,
            self.sum_sq_dev.get(row)?,
            self.min.get(row)?,
            self.max.get(row)?,
        );
        self.mean.check(row, moments)
    }
}

/// Scale, zero count, positive and negative buckets.
pub(super) struct HistogramColumns<'a> {
    scale: Numbers<'a, Int32Type>,
    zero_count: Numbers<'a, UInt64Type>,
    positive: Maps<'a>,
    negative: Maps<'a>,
}

impl<'a> HistogramColumns<'a> {
    pub(super) fn find(columns: &'a impl Columns, paths: [&'static str; 4]) -> Result<Self> {
        let [scale, zero_count, positive, negative] = paths;
        Ok(Self {
            scale: Typed::find(columns, scale)?,
            zero_count: Typed::find(columns, zero_count)?,
            positive: Typed::find(columns, positive)?,
            negative: Typed::find(columns, negative)?,
        })
    }

    pub(super) fn get(&self, row: usize) -> Result<ExponentialHistogram> {
        let positive = self.positive.required(row, self.positive.number_counts(row)?)?;
        let negative = self.negative.required(row, self.negative.number_counts(row)?)?;
        let (scale, zero_count) = (self.scale.get(row)?, self.zero_count.get(row)?);
        let histogram = ExponentialHistogram::from_parts(scale, zero_count, &positive, &negative);
        self.scale.check(row, histogram)
    }
}

struct DigestColumns<'a> {
    compression: Numbers<'a, UInt16Type>,
    means: Lists<'a>,
    weights: Lists<'a>,
    lows: Lists<'a>,
    highs: Lists<'a>,
}

impl<'a> DigestColumns<'a> {
    fn new(batch: &'a RecordBatch) -> Result<Self> {
        Ok(Self {
            compression: Typed::find(batch, "tdigest_compression")?,
            means: Typed::find(batch, "tdigest_means")?,
            weights: Typed::find(batch, "tdigest_weights")?,
            lows: Typed::find(batch, "tdigest_lows")?,
            highs: Typed::find(batch, "tdigest_highs")?,
        })
    }

    fn get(&self, row: usize) -> Result<TDigest> {
        let floats = |list: &Lists<'_>| list.required(row, list.numbers::<Float64Type>(row)?);
        let (means, lows, highs) = (floats(&self.means)?, floats(&self.lows)?, floats(&self.highs)?);
        let weights = self.weights.required(row, self.weights.numbers::<UInt64Type>(row)?)?;
        if [weights.len(), lows.len(), highs.len()] != [means.len(); 3] {
            return Err(self.means.refuse(row, "means, weights, lows and highs must be equally many"));
        }
        let centroids: Vec<Centroid> = (0..means.len())
            .map(|at| Centroid { mean: means[at], weight: weights[at], low: lows[at], high: highs[at] })
            .collect();
        let compression = self.compression.get(row)?;
        self.means.check(row, TDigest::from_centroids(compression, &centroids))
    }
}

struct BaselineColumns<'a> {
    state: Texts<'a>,
    edges: Lists<'a>,
    categories: Lists<'a>,
    counts: Lists<'a>,
}

impl<'a> BaselineColumns<'a> {
    fn new(batch: &'a RecordBatch) -> Result<Self> {
        Ok(Self {
            state: Typed::find(batch, "baseline_state")?,
            edges: Typed::find(batch, "baseline_edges")?,
            categories: Typed::find(batch, "baseline_categories")?,
            counts: Typed::find(batch, "baseline_counts")?,
        })
    }

    fn bins(&self, row: usize) -> Result<Tally<BinCounts>> {
        self.tally(row, |counts| {
            let edges = self.edges.required(row, self.edges.numbers::<Float64Type>(row)?)?;
            let binning = self.edges.check(row, Binning::new(edges))?;
            self.counts.check(row, BinCounts::from_parts(Arc::new(binning), counts))
        })
    }

    fn categories(&self, row: usize) -> Result<Tally<CategoryCounts>> {
        self.tally(row, |mut counts| {
            let names = self.categories.required(row, self.categories.texts(row)?)?;
            let unseen = self.counts.required(row, counts.pop())?;
            // Names are stored in the order in which they are kept, so that counts stay beside theirs.
            if !names.is_sorted() {
                return Err(self.categories.refuse(row, "categories must ascend"));
            }
            let categories = self.categories.check(row, Categories::new(names))?;
            self.counts.check(row, CategoryCounts::from_parts(Arc::new(categories), counts, unseen))
        })
    }

    fn tally<T>(&self, row: usize, known: impl FnOnce(Vec<u64>) -> Result<T>) -> Result<Tally<T>> {
        match self.state.optional(row) {
            None => Ok(Tally::Empty),
            Some("mixed") => Ok(Tally::Mixed),
            Some("known") => {
                let counts = self.counts.required(row, self.counts.numbers::<UInt64Type>(row)?)?;
                known(counts).map(Tally::Known)
            }
            Some(other) => {
                Err(self.state.refuse(row, format!("must be known, mixed or null, got {other:?}")))
            }
        }
    }
}
