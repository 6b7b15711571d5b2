//! One version of a model beside another, while both serve.

mod columns;
mod rates;

use std::collections::BTreeMap;

use driftline_stats::evidence::{Outcome, Rate, Verdict, discoveries, outcome, shares_of_level, verdict};

use self::columns::evidence_of_columns;
use self::rates::{Counted, counted_rates};
use super::gathering::{Asked, Gathering};
use super::selection::{Coverage, Merged, Selection};
use crate::engine::Engine;
use crate::error::{EngineError, Result};
use crate::role::Role;

/// What two versions are compared in.
#[derive(Debug, Clone, PartialEq)]
pub struct CanaryRequest {
    /// Which records; its version is not looked at.
    pub selection: Selection,
    /// The version that is known.
    pub control: String,
    /// The version that is new.
    pub canary: String,
    /// Which columns; none: all.
    pub columns: Vec<String>,
    /// The chance of any error, at whatever time and however often one looks.
    pub level: f64,
    /// By how much rates may differ and still be called alike.
    pub margin: f64,
    /// Answers that took longer than this many seconds are slow; `None`: than the 99th percentile of the baseline, else
    /// of the control.
    pub slow_seconds: Option<f64>,
    /// A column and its value that says that there was an error.
    pub error: Option<(String, String)>,
}

/// Evidence that one column differs between the versions.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnComparison {
    /// Column name.
    pub column: String,
    /// What it is.
    pub role: Role,
    /// Logarithm of the e-value after the last window.
    pub log_e_value: f64,
    /// Whether it is a discovery now, among all columns.
    pub is_discovery: bool,
    /// Windows in which both versions were counted in the same bins.
    pub windows: u64,
    /// Windows of both versions that were not.
    pub left_out: u64,
    /// Records of the control in the windows that took part.
    pub control_records: u64,
    /// Those of the canary.
    pub canary_records: u64,
}

/// A rate of both versions, the better the lower.
#[derive(Debug, Clone, PartialEq)]
pub struct RateComparison {
    /// `slow`, `no_prediction` or `error`.
    pub name: &'static str,
    /// The column that it was counted in.
    pub column: String,
    /// Seconds above which an answer is slow.
    pub limit: Option<f64>,
    /// What the limit is: `given`, `baseline_p99` or `control_p99`.
    pub limit_basis: &'static str,
    /// The control's, and an interval that holds it at all times.
    pub control: (Rate, (f64, f64)),
    /// The canary's.
    pub canary: (Rate, (f64, f64)),
    /// What can be said of the canary's beside the control's.
    pub verdict: Verdict,
}

/// A canary beside its control.
#[derive(Debug, Clone)]
pub struct CanaryAnswer {
    /// What all of it adds up to.
    pub outcome: Outcome,
    /// The chance that the outcome, or anything called a discovery or decided, is wrong.
    pub level: f64,
    /// How much rates may differ and be alike.
    pub margin: f64,
    /// The rates.
    pub rates: Vec<RateComparison>,
    /// The columns, the surest first.
    pub columns: Vec<ColumnComparison>,
    /// Where the control's records come from.
    pub control: Coverage,
    /// Where the canary's do.
    pub canary: Coverage,
}

impl CanaryRequest {
    fn check(&self) -> Result<()> {
        let refuse = |text: String| Err(EngineError::InvalidArgument(text));
        if self.control == self.canary {
            return refuse(format!("control and canary must be two versions, got {:?} twice", self.control));
        }
        if !(self.level > 0.0 && self.level < 1.0) {
            return refuse(format!("level must be above 0 and below 1, got {}", self.level));
        }
        if !(0.0..1.0).contains(&self.margin) {
            return refuse(format!("margin must be at least 0 and below 1, got {}", self.margin));
        }
        match self.slow_seconds {
            Some(limit) if !(limit > 0.0 && limit.is_finite()) => {
                refuse(format!("the limit of slow answers must be above 0 seconds, got {limit}"))
            }
            _ => Ok(()),
        }
    }

    fn side(&self, version: &str) -> Selection {
        Selection { version: Some(version.to_owned()), ..self.selection.clone() }
    }

    /// Names of the columns to be gathered; none: all.
    fn gathered(&self) -> Vec<String> {
        let error = self.error.iter().map(|(column, _)| column);
        if self.columns.is_empty() { Vec::new() } else { self.columns.iter().chain(error).cloned().collect() }
    }
}

impl Engine {
    /// Compares a canary with its control.
    ///
    /// # Errors
    /// [`EngineError::NotFound`]; [`EngineError::InvalidArgument`] for a request that makes no sense;
    /// [`EngineError::FailedPrecondition`] where the values of the error column were not counted exactly.
    pub fn canary(&self, request: &CanaryRequest) -> Result<CanaryAnswer> {
        let gathering = self.gather_canary(request)?;
        gathering.check_complete()?;
        gathering.canary(self, request)
    }

    /// Gathers what [`Gathering::canary`] compares.
    ///
    /// # Errors
    /// As [`Engine::canary`].
    pub fn gather_canary(&self, request: &CanaryRequest) -> Result<Gathering> {
        request.check()?;
        let (control, canary) = (request.side(&request.control), request.side(&request.canary));
        let columns = request.gathered();
        // Latency and predictions give the rates, whatever columns are named.
        self.gather(&[
            Asked::windows(&control, &columns, &[]),
            Asked::windows(&canary, &columns, &[]),
            Asked::all(&control),
            Asked::all(&canary),
        ])
    }
}

impl Gathering {
    /// See [`Engine::canary`].
    ///
    /// # Errors
    /// As [`Engine::canary`].
    pub fn canary(self, engine: &Engine, request: &CanaryRequest) -> Result<CanaryAnswer> {
        let mut parts = self.into_parts();
        let merged: Vec<Merged> = parts.drain(2..).map(super::gathering::Part::into_merged).collect();
        let mut windows = parts.into_iter().filter_map(|part| part.apart.into_iter().next());
        let (Some(control), Some(canary), [of_control, of_canary]) =
            (windows.next(), windows.next(), &merged[..])
        else {
            return Err(EngineError::Internal("a comparison gathers four parts".into()));
        };
        let slow = slow_limits(engine, request)?;
        let counted = counted_rates(request, &slow, of_control, of_canary)?;
        let (for_columns, for_each_rate) = shares_of_level(request.level, counted.len());
        let rates: Vec<RateComparison> =
            counted.into_iter().map(|rate| compare(rate, request.margin, for_each_rate)).collect();
        let columns = columns(request, evidence_of_columns(&control, &canary), for_columns);
        let says_otherwise = columns
            .iter()
            .any(|column| column.is_discovery && matches!(column.role, Role::Prediction | Role::Score));
        let verdicts: Vec<Verdict> = rates.iter().map(|rate| rate.verdict).collect();
        Ok(CanaryAnswer {
            outcome: outcome(&verdicts, says_otherwise),
            level: request.level,
            margin: request.margin,
            rates,
            columns,
            control: control.coverage,
            canary: canary.coverage,
        })
    }
}

/// The baseline's 99th percentile of each column of latencies.
fn slow_limits(engine: &Engine, request: &CanaryRequest) -> Result<BTreeMap<String, f64>> {
    let model = engine.model(&request.selection.model)?;
    let model = model.read()?;
    let Some(baseline) = model.default_baseline() else { return Ok(BTreeMap::new()) };
    let latencies = baseline.columns().iter().filter(|(_, (role, _))| *role == Role::Latency);
    Ok(latencies.filter_map(|(name, (_, profile))| Some((name.clone(), rates::p99(profile)?))).collect())
}

fn compare(counted: Counted, margin: f64, error: f64) -> RateComparison {
    let Counted { name, column, limit, limit_basis, control, canary } = counted;
    RateComparison {
        name,
        column,
        limit,
        limit_basis,
        // As the verdict takes them.
        control: (control, control.interval(0.5 * error)),
        canary: (canary, canary.interval(0.5 * error)),
        verdict: verdict(control, canary, margin, error),
    }
}

fn columns(request: &CanaryRequest, mut columns: Vec<ColumnComparison>, level: f64) -> Vec<ColumnComparison> {
    if request.columns.is_empty() {
        // Labels come late, and how late says nothing of the version.
        columns.retain(|column| column.role != Role::Label);
    } else {
        columns.retain(|column| request.columns.contains(&column.column));
    }
    let found: Vec<f64> = columns.iter().map(|column| column.log_e_value).collect();
    if !found.is_empty() {
        for place in discoveries(&found, level) {
            columns[place].is_discovery = true;
        }
    }
    columns.sort_by(|one, other| {
        other.log_e_value.total_cmp(&one.log_e_value).then_with(|| one.column.cmp(&other.column))
    });
    columns
}
