//! How far columns have moved.

use std::fmt;

use driftline_sketches::ColumnProfile;
use driftline_stats::StatsError;
use driftline_stats::drift::{BinShares, Comparer, Drift, Metric, Recipe};

use super::gathering::{Asked, Gathering, Part};
use super::reference::{Compared, Reference, ReferenceColumn, Resolved};
use super::selection::{Coverage, Merged, Selection};
use crate::engine::Engine;
use crate::error::{EngineError, Result};
use crate::role::Role;

/// What is to be said of each column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DriftTerms {
    /// Names of metrics; empty: the recipe's usual ones.
    pub metrics: Vec<String>,
    /// Whose definitions; empty: this crate's.
    pub recipe: String,
    /// How many bins to name.
    pub bins: usize,
}

/// The distances of one column.
#[derive(Debug, Clone)]
pub struct ColumnDrift {
    /// Column name.
    pub column: String,
    /// What it is.
    pub role: Role,
    /// One per metric that fits; at least one.
    pub values: Vec<Drift>,
    /// The bins that set both sides most apart.
    pub bins: Vec<BinShares>,
}

/// A column that nothing can be said of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncomparableColumn {
    /// Column name.
    pub column: String,
    /// What it is, on the side that has it.
    pub role: Role,
    /// Why.
    pub reason: Incomparable,
}

/// Why nothing can be said of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incomparable {
    /// Its kind has changed.
    Kind(StatsError),
    /// The reference does not have it.
    NotInReference,
    /// The records do not have it.
    NotInRecords,
    /// There are no values in the reference, or in the records.
    NoValues(&'static str),
    /// No metric fits.
    NoMetric {
        /// Whose metrics.
        recipe: &'static str,
        /// Those asked for.
        metrics: Vec<&'static str>,
    },
}

impl fmt::Display for Incomparable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kind(StatsError::KindMismatch { reference, current }) => {
                write!(formatter, "{reference} in the reference, {current} in the records")
            }
            Self::Kind(error) => error.fmt(formatter),
            Self::NotInReference => formatter.write_str("not in the reference"),
            Self::NotInRecords => formatter.write_str("not in the records"),
            Self::NoValues(side) => write!(formatter, "no value to compare in the {side}"),
            Self::NoMetric { recipe, metrics } => {
                write!(formatter, "recipe {recipe} has none of {} for it", metrics.join(", "))
            }
        }
    }
}

/// The distances of all columns.
#[derive(Debug, Clone)]
pub struct DriftAnswer {
    /// The one furthest above its noise first.
    pub columns: Vec<ColumnDrift>,
    /// Those that nothing can be said of, by name.
    pub incomparable: Vec<IncomparableColumn>,
    /// Where the current records come from.
    pub coverage: Coverage,
    /// What it was compared with.
    pub reference: Compared,
    /// Whose definitions of the metrics.
    pub recipe: Recipe,
    /// The metric that orders the columns; none where each goes by its own.
    pub ranked_by: Option<Metric>,
}

impl Engine {
    /// Distances of the columns that both sides have.
    ///
    /// # Errors
    /// As [`Engine::resolve`].
    pub fn drift(
        &self,
        selection: &Selection,
        reference: &Reference,
        columns: &[String],
        terms: &DriftTerms,
    ) -> Result<DriftAnswer> {
        let reference = self.resolve(reference, selection)?;
        let gathering = self.gather_drift(selection, &reference, columns, terms)?;
        gathering.check_complete()?;
        gathering.drift(&reference, columns, terms)
    }

    /// Gathers what [`Gathering::drift`] compares.
    ///
    /// # Errors
    /// As [`Engine::drift`].
    pub fn gather_drift(
        &self,
        selection: &Selection,
        reference: &Resolved,
        columns: &[String],
        terms: &DriftTerms,
    ) -> Result<Gathering> {
        let Terms { recipe, .. } = Terms::parse(terms)?;
        let mut asked = vec![Asked::columns(selection, columns)];
        asked.extend(reference.asked(columns));
        // Other recipes count distinct values, or look at the shape.
        if recipe == Recipe::Driftline {
            asked = asked.into_iter().map(Asked::for_distances).collect();
        }
        self.gather(&asked)
    }
}

impl Gathering {
    /// See [`Engine::drift`].
    ///
    /// # Errors
    /// As [`Engine::drift`].
    pub fn drift(self, reference: &Resolved, columns: &[String], terms: &DriftTerms) -> Result<DriftAnswer> {
        let terms = Terms::parse(terms)?;
        let mut parts = self.into_parts().into_iter().map(Part::into_merged);
        let current = parts.next().unwrap_or_default();
        let gathered = parts.next().unwrap_or_default();
        let is_asked_for = |name: &str| columns.is_empty() || columns.iter().any(|each| each == name);
        let asked = reference.each_column(&gathered).filter(|column| is_asked_for(column.name));
        Ok(terms.answer(current, reference.compared(&gathered), asked))
    }
}

/// [`DriftTerms`] as read.
struct Terms {
    metrics: Vec<Metric>,
    recipe: Recipe,
    bins: usize,
}

impl Terms {
    fn parse(terms: &DriftTerms) -> Result<Self> {
        let refuse = |error: StatsError| EngineError::InvalidArgument(error.to_string());
        let recipe = match terms.recipe.as_str() {
            "" => Recipe::Driftline,
            name => name.parse().map_err(refuse)?,
        };
        let metrics = if terms.metrics.is_empty() {
            recipe.usual().to_vec()
        } else {
            terms.metrics.iter().map(|name| name.parse().map_err(refuse)).collect::<Result<_>>()?
        };
        Ok(Self { metrics, recipe, bins: terms.bins })
    }

    /// Both sides' columns come by name.
    fn answer<'r>(
        &self,
        current: Merged,
        compared: Compared,
        reference: impl Iterator<Item = ReferenceColumn<'r>>,
    ) -> DriftAnswer {
        let mut columns = Vec::with_capacity(current.columns.len());
        let mut incomparable = Vec::new();
        let mut gone = Vec::new();
        let mut has_gone = |column: ReferenceColumn<'r>| {
            let (column, role) = (column.name.to_owned(), column.role);
            gone.push(IncomparableColumn { column, role, reason: Incomparable::NotInRecords });
        };
        let mut reference = reference.peekable();
        let mut comparer = Comparer::new(self.recipe, &self.metrics, self.bins);
        for (column, now) in current.columns {
            while let Some(before) = reference.next_if(|before| before.name < column.as_str()) {
                has_gone(before);
            }
            let found = match reference.next_if(|before| before.name == column) {
                Some(before) => self.compare(&mut comparer, &before, &now.profile),
                None => Err(Incomparable::NotInReference),
            };
            let role = now.role;
            match found {
                Ok((values, bins)) => columns.push(ColumnDrift { column, role, values, bins }),
                Err(reason) => incomparable.push(IncomparableColumn { column, role, reason }),
            }
        }
        reference.for_each(has_gone);
        incomparable.append(&mut gone);
        let ranked_by = self.rank(&mut columns);
        let (coverage, recipe) = (current.coverage, self.recipe);
        DriftAnswer { columns, incomparable, coverage, reference: compared, recipe, ranked_by }
    }

    fn compare(
        &self,
        comparer: &mut Comparer<'_>,
        reference: &ReferenceColumn<'_>,
        current: &ColumnProfile,
    ) -> std::result::Result<(Vec<Drift>, Vec<BinShares>), Incomparable> {
        let found = comparer.compare(reference.profile, reference.prepared(), current);
        let found = found.map_err(Incomparable::Kind)?;
        if !found.distances.is_empty() {
            return Ok((found.distances, found.bins));
        }
        if !has_values(reference.profile) {
            return Err(Incomparable::NoValues("reference"));
        }
        if !has_values(current) {
            return Err(Incomparable::NoValues("records"));
        }
        let metrics = self.metrics.iter().map(|metric| metric.name()).collect();
        Err(Incomparable::NoMetric { recipe: self.recipe.name(), metrics })
    }

    /// Puts the columns furthest above what chance gives first, by the first metric that all have and that means the same
    /// for all; where there is none, by each column's own first metric, in widths of its noise.
    fn rank(&self, columns: &mut [ColumnDrift]) -> Option<Metric> {
        let has = |column: &ColumnDrift, metric| column.values.iter().any(|value| value.metric == metric);
        let mut comparable = self.metrics.iter().filter(|metric| metric.is_comparable_between_columns());
        let ranked_by = comparable.find(|metric| columns.iter().all(|column| has(column, **metric))).copied();
        columns.sort_by(|left, right| excess(right, ranked_by).total_cmp(&excess(left, ranked_by)));
        ranked_by
    }
}

/// By how much a column exceeds what chance gives: in a metric, or by its first one in widths of its noise.
fn excess(column: &ColumnDrift, ranked_by: Option<Metric>) -> f64 {
    let above = |drift: &Drift| drift.value - drift.noise_floor;
    let found = match ranked_by {
        Some(metric) => column.values.iter().find(|drift| drift.metric == metric).map(above),
        None => column.values.first().map(|drift| {
            let width = drift.noise_q95 - drift.noise_floor;
            if width > 0.0 { above(drift) / width } else { above(drift) }
        }),
    };
    found.unwrap_or(f64::NEG_INFINITY)
}

/// Whether there are values that distances are computed of: finite numbers, or categories.
fn has_values(profile: &ColumnProfile) -> bool {
    match profile {
        ColumnProfile::Numeric(profile) => profile.digest().count() > 0,
        ColumnProfile::Categorical(profile) => profile.frequent.total() > 0,
    }
}
