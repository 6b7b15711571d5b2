//! One line a column, and quantiles.

use driftline_sketches::{CategoricalProfile, ColumnProfile, Kll, NumericProfile, TDigest};

use super::gathering::{Asked, Gathering};
use super::selection::{Coverage, Selection};
use crate::engine::Engine;
use crate::error::{EngineError, Result};
use crate::flush::kind_of;
use crate::plan::Kind;
use crate::role::Role;
use crate::snapshot::SnapshotRow;

/// Width of a 95% interval in standard errors.
const Z95: f64 = 1.959_963_984_540_054;
/// Items of a categorical column in a summary.
const TOP_ITEMS: usize = 10;

/// One line.
#[derive(Debug, Clone)]
pub struct ColumnSummary {
    /// Column name.
    pub name: String,
    /// What it is.
    pub role: Role,
    /// Kind of its sketches.
    pub kind: Kind,
    /// Values that are not null.
    pub count: u64,
    /// Nulls.
    pub nulls: u64,
    /// Not-a-number values.
    pub nans: u64,
    /// Infinite values.
    pub infinities: u64,
    /// Distinct values: estimate and 95% interval.
    pub distinct: (f64, f64, f64),
    /// Of finite numbers.
    pub numbers: Option<NumberSummary>,
    /// Most frequent items.
    pub top: Vec<ItemCount>,
}

/// Moments and quantiles of a numeric column.
#[derive(Debug, Clone, Copy)]
pub struct NumberSummary {
    /// Mean.
    pub mean: f64,
    /// Sample standard deviation; `None` for one value.
    pub std_dev: Option<f64>,
    /// Third standardised moment; `None` without spread.
    pub skewness: Option<f64>,
    /// Fourth standardised moment less 3; `None` without spread.
    pub excess_kurtosis: Option<f64>,
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// Median.
    pub p50: f64,
    /// 99th percentile.
    pub p99: f64,
}

/// An item and how often it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemCount {
    /// The value.
    pub item: String,
    /// At least this often,
    pub count: u64,
    /// and at most this much more.
    pub error: u64,
}

/// A quantile with its certified interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantile {
    /// Which one, in [0, 1].
    pub q: f64,
    /// The estimate.
    pub value: f64,
    /// The exact one is not below this,
    pub low: f64,
    /// and not above this.
    pub high: f64,
    /// The estimate by the KLL sketch, where one covers all values.
    pub kll: Option<f64>,
}

/// Quantiles of one column.
#[derive(Debug, Clone)]
pub struct QuantilesAnswer {
    /// In the order asked for; none without finite values.
    pub quantiles: Vec<Quantile>,
    /// How far the rank of a `kll` value is from its q at most, with a probability of 99%.
    pub kll_rank_error: Option<f64>,
    /// Finite values.
    pub count: u64,
    /// Where they come from.
    pub coverage: Coverage,
}

impl Engine {
    /// One line a column.
    ///
    /// # Errors
    /// [`EngineError::NotFound`], [`EngineError::InvalidArgument`]; [`EngineError::FailedPrecondition`] where windows of
    /// the selection are on disk only, as for all questions that are not gathered first.
    pub fn summary(
        &self,
        selection: &Selection,
        columns: &[String],
    ) -> Result<(Vec<ColumnSummary>, Coverage)> {
        Ok(self.gather_all(&[Asked::columns(selection, columns)])?.summary())
    }

    /// Quantiles of one numeric column.
    ///
    /// # Errors
    /// [`EngineError::NotFound`]; [`EngineError::InvalidArgument`] for a categorical column and for a q outside
    /// [0, 1].
    pub fn quantiles(&self, selection: &Selection, column: &str, q: &[f64]) -> Result<QuantilesAnswer> {
        self.gather_all(&[Asked::columns(selection, &[column.to_owned()])])?.quantiles(column, q)
    }

    /// Gathers the columns of a selection; no names: all of them.
    ///
    /// # Errors
    /// [`EngineError::NotFound`], [`EngineError::InvalidArgument`].
    pub fn gather_columns(&self, selection: &Selection, columns: &[String]) -> Result<Gathering> {
        self.gather(&[Asked::columns(selection, columns)])
    }

    /// The same for a profile: of all columns it has the column sets too.
    ///
    /// # Errors
    /// As [`Engine::gather_columns`].
    pub fn gather_profile(&self, selection: &Selection, columns: &[String]) -> Result<Gathering> {
        let all = columns.is_empty();
        let asked = if all { Asked::all(selection) } else { Asked::columns(selection, columns) };
        self.gather(&[asked])
    }
}

impl Gathering {
    /// See [`Engine::summary`].
    pub fn summary(self) -> (Vec<ColumnSummary>, Coverage) {
        let merged = self.into_merged();
        let lines = merged
            .columns
            .iter()
            .map(|(name, column)| summarize(name, column.role, &column.profile))
            .collect();
        (lines, merged.coverage)
    }

    /// See [`Engine::quantiles`].
    ///
    /// # Errors
    /// [`EngineError::InvalidArgument`] for a categorical column and for a q outside [0, 1].
    pub fn quantiles(self, column: &str, q: &[f64]) -> Result<QuantilesAnswer> {
        if let Some(q) = q.iter().find(|q| !(0.0..=1.0).contains(*q)) {
            return Err(EngineError::InvalidArgument(format!("q must be in [0, 1], got {q}")));
        }
        let merged = self.into_merged();
        let Some(found) = merged.columns.get(column) else {
            return Ok(QuantilesAnswer {
                quantiles: Vec::new(),
                kll_rank_error: None,
                count: 0,
                coverage: merged.coverage,
            });
        };
        let ColumnProfile::Numeric(numeric) = &found.profile else {
            return Err(EngineError::InvalidArgument(format!(
                "quantiles need a numeric column, and {column:?} is categorical"
            )));
        };
        let kll = numeric.kll();
        Ok(QuantilesAnswer {
            quantiles: q.iter().filter_map(|&q| quantile(numeric.digest(), kll.as_deref(), q)).collect(),
            kll_rank_error: kll.as_deref().map(Kll::rank_error),
            count: numeric.moments.count(),
            coverage: merged.coverage,
        })
    }

    /// See [`Engine::profile`].
    ///
    /// # Errors
    /// [`EngineError::NotFound`]; [`EngineError::Internal`] for a damaged model.
    pub fn profile(self, engine: &Engine, selection: &Selection) -> Result<(Vec<SnapshotRow>, Coverage)> {
        let mut merged = self.into_merged();
        let coverage = merged.coverage;
        engine.model(&selection.model)?.read()?.restore_known(merged.sets.values_mut());
        Ok((merged.into_rows(selection, engine.writer_id()), coverage))
    }
}

impl Engine {
    /// The merge as snapshot rows, one a column and one for the cell.
    ///
    /// # Errors
    /// [`EngineError::NotFound`], [`EngineError::InvalidArgument`].
    pub fn profile(&self, selection: &Selection, columns: &[String]) -> Result<(Vec<SnapshotRow>, Coverage)> {
        let gathering = self.gather_profile(selection, columns)?;
        gathering.check_complete()?;
        gathering.profile(self, selection)
    }
}

fn quantile(digest: &TDigest, kll: Option<&Kll>, q: f64) -> Option<Quantile> {
    let (low, high) = digest.quantile_interval(q)?;
    Some(Quantile { q, value: digest.quantile(q)?, low, high, kll: kll.and_then(|kll| kll.quantile(q)) })
}

fn summarize(name: &str, role: Role, profile: &ColumnProfile) -> ColumnSummary {
    let line = ColumnSummary {
        name: name.to_owned(),
        role,
        kind: kind_of(profile),
        count: profile.count(),
        nulls: profile.nulls(),
        nans: 0,
        infinities: 0,
        distinct: (0.0, 0.0, 0.0),
        numbers: None,
        top: Vec::new(),
    };
    match profile {
        ColumnProfile::Numeric(numeric) => ColumnSummary {
            nans: numeric.nans,
            infinities: numeric.pos_infs + numeric.neg_infs,
            distinct: distinct(&numeric.distinct),
            numbers: numbers(numeric),
            ..line
        },
        ColumnProfile::Categorical(categorical) => ColumnSummary {
            distinct: distinct(&categorical.distinct),
            top: items(categorical, TOP_ITEMS),
            ..line
        },
    }
}

fn distinct(hll: &driftline_sketches::Hll) -> (f64, f64, f64) {
    let (low, high) = hll.bounds(Z95);
    (hll.estimate(), low, high)
}

fn numbers(numeric: &NumericProfile) -> Option<NumberSummary> {
    Some(NumberSummary {
        mean: numeric.moments.mean()?,
        std_dev: numeric.moments.std_dev(),
        skewness: numeric.shape.skewness(&numeric.moments),
        excess_kurtosis: numeric.shape.excess_kurtosis(&numeric.moments),
        min: numeric.moments.min()?,
        max: numeric.moments.max()?,
        p50: numeric.digest().quantile(0.5)?,
        p99: numeric.digest().quantile(0.99)?,
    })
}

/// The most frequent items of a categorical column.
pub(super) fn items(categorical: &CategoricalProfile, most: usize) -> Vec<ItemCount> {
    let error = categorical.frequent.error();
    categorical
        .frequent
        .items()
        .into_iter()
        .take(most)
        .map(|(item, count)| ItemCount { item: item.to_owned(), count, error })
        .collect()
}
