//! How far columns have moved.

use driftline_stats::drift::{Drift, Metric, drift};

use super::gathering::{Asked, Gathering, Part};
use super::selection::{Coverage, Merged, MergedColumn, Selection};
use crate::baseline::Baseline;
use crate::engine::{Engine, not_found};
use crate::error::{EngineError, Result};
use crate::role::Role;

/// What to compare with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// The monitor's default baseline.
    Default,
    /// A named baseline.
    Baseline(String),
    /// Other records.
    Records(Selection),
}

/// The distances of one column.
#[derive(Debug, Clone)]
pub struct ColumnDrift {
    /// Column name.
    pub column: String,
    /// What it is.
    pub role: Role,
    /// One per metric.
    pub values: Vec<Drift>,
}

/// The distances of all columns.
#[derive(Debug, Clone)]
pub struct DriftAnswer {
    /// The one furthest above its noise first.
    pub columns: Vec<ColumnDrift>,
    /// Where the current records come from.
    pub coverage: Coverage,
    /// Name of the baseline, or `records`.
    pub reference: String,
}

impl Engine {
    /// Distances of the columns that both sides have.
    ///
    /// # Errors
    /// [`EngineError::NotFound`], [`EngineError::InvalidArgument`], and [`EngineError::FailedPrecondition`]
    /// when the model has no baseline and none is named.
    pub fn drift(
        &self,
        selection: &Selection,
        reference: &Reference,
        columns: &[String],
        metrics: &[String],
    ) -> Result<DriftAnswer> {
        let gathering = self.gather_drift(selection, reference, columns, true)?;
        gathering.drift(self, selection, reference, metrics)
    }

    /// Gathers what [`Gathering::drift`] compares; all of it must be in memory if `at_once`.
    ///
    /// # Errors
    /// As [`Engine::drift`].
    pub fn gather_drift(
        &self,
        selection: &Selection,
        reference: &Reference,
        columns: &[String],
        at_once: bool,
    ) -> Result<Gathering> {
        let mut asked = vec![Asked::columns(selection, columns)];
        if let Reference::Records(other) = reference {
            asked.push(Asked::columns(other, columns));
        }
        if at_once { self.gather_all(&asked) } else { self.gather(&asked) }
    }
}

impl Gathering {
    /// See [`Engine::drift`].
    ///
    /// # Errors
    /// As [`Engine::drift`].
    pub fn drift(
        self,
        engine: &Engine,
        selection: &Selection,
        reference: &Reference,
        metrics: &[String],
    ) -> Result<DriftAnswer> {
        let metrics = parse_metrics(metrics)?;
        let mut parts = self.into_parts().into_iter().map(Part::into_merged);
        let current = parts.next().unwrap_or_default();
        match reference {
            Reference::Records(_) => {
                let reference = parts.next().unwrap_or_default();
                Ok(answer(&current, "records".into(), &metrics, |name| {
                    reference.columns.get(name).map(profile_of)
                }))
            }
            Reference::Default | Reference::Baseline(_) => {
                let model = engine.model(&selection.model)?;
                let model = model.read()?;
                let name = match reference {
                    Reference::Baseline(name) => name.clone(),
                    _ => model.monitor.baseline.clone(),
                };
                let baseline = find_baseline(&model.baselines, &name, &selection.model)?;
                Ok(answer(&current, name, &metrics, |column| baseline.column(column)))
            }
        }
    }
}

fn profile_of(column: &MergedColumn) -> &driftline_sketches::ColumnProfile {
    &column.profile
}

pub(super) fn find_baseline<'b>(
    baselines: &'b std::collections::BTreeMap<String, Baseline>,
    name: &str,
    model: &str,
) -> Result<&'b Baseline> {
    if name.is_empty() {
        return Err(EngineError::FailedPrecondition(format!(
            "model {model:?} has no default baseline; set one, name one, or compare with other records"
        )));
    }
    baselines.get(name).ok_or_else(|| not_found("baseline", name, baselines.keys()))
}

fn parse_metrics(names: &[String]) -> Result<Vec<Metric>> {
    if names.is_empty() {
        return Ok(Metric::USUAL.to_vec());
    }
    names
        .iter()
        .map(|name| {
            name.parse().map_err(|_| {
                let known: Vec<_> = Metric::ALL.iter().map(|metric| metric.name()).collect();
                EngineError::InvalidArgument(format!(
                    "metric must be one of {}, got {name:?}",
                    known.join(", ")
                ))
            })
        })
        .collect()
}

fn answer<'r>(
    current: &Merged,
    reference: String,
    metrics: &[Metric],
    find: impl Fn(&str) -> Option<&'r driftline_sketches::ColumnProfile>,
) -> DriftAnswer {
    let mut columns: Vec<_> = current
        .columns
        .iter()
        .filter_map(|(name, column)| {
            // A column whose kind differs from the baseline's cannot be compared, and is left out.
            let values = drift(find(name)?, &column.profile, metrics).ok()?;
            Some(ColumnDrift { column: name.clone(), role: column.role, values })
        })
        .collect();
    columns.sort_by(|left, right| excess(right).total_cmp(&excess(left)));
    DriftAnswer { columns, coverage: current.coverage, reference }
}

/// By how much the first metric exceeds what chance gives.
fn excess(column: &ColumnDrift) -> f64 {
    column.values.first().map_or(f64::NEG_INFINITY, |drift| drift.value - drift.noise_floor)
}
