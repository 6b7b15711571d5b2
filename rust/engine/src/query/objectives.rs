//! Whether service-level objectives are met, how fast their error budgets burn, and how many records come.

use std::collections::{BTreeMap, BTreeSet};

use driftline_stats::performance::Estimate;
use driftline_stats::slo::{ALERT_RULES, AlertRule, BadRecords, Severity, events_a_second};

use super::gathering::{Asked, Gathering};
use super::kept_windows::KeptWindows;
use super::objective_windows::{CountedObjective, ObjectiveWindows};
use super::selection::{Columns, Coverage, Selection};
use crate::engine::Engine;
use crate::error::{EngineError, Result};
use crate::model::Model;
use crate::objective::{BadRecord, Objective};
use crate::role::Role;
use crate::rollup::Window;

/// The answer.
#[derive(Debug, Clone)]
pub struct ObjectivesAnswer {
    /// Objectives, in the order of their names.
    pub objectives: Vec<Standing>,
    /// Records a second, over each length of a window.
    pub rates: Vec<RateOver>,
    /// Where the figures come from.
    pub coverage: Coverage,
}

/// How an objective stands.
#[derive(Debug, Clone)]
pub struct Standing {
    /// Its name.
    pub name: String,
    /// What it is.
    pub objective: Objective,
    /// The column that it is about; `None`: no record has had one.
    pub column: Option<String>,
    /// Records of the period.
    pub counted: BadRecords,
    /// The share of good ones.
    pub good: Option<Estimate>,
    /// The share of the period's error budget that is left, by its records so far.
    pub budget_left: Option<Estimate>,
    /// Burn rates by the length of the window.
    pub burn_rates: Vec<BurnRate>,
    /// Alerts, the most urgent first.
    pub alerts: Vec<Alert>,
    /// The most urgent that holds.
    pub severity: Severity,
    /// Whether it holds at the lower ends of the intervals, too.
    pub is_certain: bool,
}

/// How fast an error budget burns.
#[derive(Debug, Clone, Copy)]
pub struct BurnRate {
    /// Length of the window asked for, nanoseconds.
    pub length: i64,
    /// Windows that took part, as a range of time.
    pub range: (i64, i64),
    /// Records that the objective is about.
    pub records: u64,
    /// The rate; `None` without a record.
    pub rate: Option<Estimate>,
}

/// Whether an alert holds.
#[derive(Debug, Clone, Copy)]
pub struct Alert {
    /// Which one.
    pub rule: AlertRule,
    /// The burn rate from which on it does.
    pub limit: f64,
    /// Whether both windows reach it.
    pub holds: bool,
}

/// Records a second.
#[derive(Debug, Clone, Copy)]
pub struct RateOver {
    /// Length of the window asked for, nanoseconds.
    pub length: i64,
    /// The range that the records were counted in.
    pub range: (i64, i64),
    /// Records.
    pub records: u64,
    /// How many a second.
    pub a_second: Option<Estimate>,
}

impl Engine {
    /// How the objectives of a model stand at the end of a selection, which is that of the newest window if it has none.
    ///
    /// # Errors
    /// [`EngineError::NotFound`]; [`EngineError::FailedPrecondition`] for a column that is not of the kind it needs.
    pub fn objectives(&self, selection: &Selection, now: i64) -> Result<ObjectivesAnswer> {
        let gathering = self.gather_objectives(selection)?;
        gathering.check_complete()?;
        gathering.objectives(self, selection, now)
    }

    /// Gathers what [`Gathering::objectives`] tells of.
    ///
    /// # Errors
    /// As [`Engine::objectives`].
    pub fn gather_objectives(&self, selection: &Selection) -> Result<Gathering> {
        let (asked, windows) = {
            let model = self.model(&selection.model)?;
            let model = model.read()?;
            let windows = model.objective_windows(selection)?;
            (model.with_range(selection, &windows)?, windows)
        };
        let columns: BTreeSet<String> =
            windows.objectives.iter().filter_map(|counted| counted.column.clone()).collect();
        let columns = match columns.len() {
            0 => Columns::None,
            _ => Columns::Named(columns.into_iter().collect()),
        };
        self.gather(&[Asked::kept(&asked, columns, KeptWindows::Objectives(windows))])
    }
}

impl Model {
    /// The objectives with the columns that they are about, and no window yet.
    fn objective_windows(&self, selection: &Selection) -> Result<ObjectiveWindows> {
        let versions = selection.versions(self)?;
        let has = |name: &String| versions.iter().any(|version| version.column(name).is_some());
        let latency = || {
            let mut columns = versions.iter().flat_map(|version| &version.columns);
            columns.find(|column| column.role == Role::Latency).map(|column| column.name.clone())
        };
        let counted = |(name, objective): (&String, &Objective)| CountedObjective {
            name: name.clone(),
            column: match &objective.bad {
                BadRecord::Slow { column: None, .. } => latency(),
                bad => bad.column().filter(|name| has(name)).cloned(),
            },
            objective: objective.clone(),
            windows: BTreeMap::new(),
        };
        let objectives = self.monitor.objectives.iter().map(counted).collect();
        Ok(ObjectiveWindows { records: BTreeMap::new(), objectives })
    }

    /// The selection with both ends: back from the last by the longest period.
    fn with_range(&self, selection: &Selection, windows: &ObjectiveWindows) -> Result<Selection> {
        let versions = selection.versions(self)?;
        let newest = versions.iter().filter_map(|version| version.newest_window()).max();
        let newest_end = newest.map(|start| start.saturating_add(self.monitor.window));
        let Some(end) = selection.end.or(newest_end) else { return Ok(selection.clone()) };
        let periods = windows.objectives.iter().map(|counted| counted.objective.period);
        let longest = periods.chain(lengths()).max().unwrap_or(0);
        let start = selection.start.unwrap_or(end.saturating_sub(longest));
        Ok(Selection { start: Some(start), end: Some(end), ..selection.clone() })
    }
}

/// Lengths of windows, nanoseconds, the shortest first.
fn lengths() -> impl Iterator<Item = i64> {
    ALERT_RULES.iter().flat_map(|rule| [rule.short, rule.long]).collect::<BTreeSet<i64>>().into_iter()
}

impl Gathering {
    /// See [`Engine::objectives`].
    ///
    /// # Errors
    /// As [`Engine::objectives`].
    pub fn objectives(self, engine: &Engine, selection: &Selection, now: i64) -> Result<ObjectivesAnswer> {
        let window = engine.model(&selection.model)?.read()?.monitor.window;
        let part = self.into_parts().into_iter().next();
        let Some(KeptWindows::Objectives(windows)) = part.and_then(|part| part.kept) else {
            return Err(EngineError::Internal("objectives were not gathered by windows".into()));
        };
        let mut coverage = Coverage::default();
        windows.records.iter().for_each(|(&window, &records)| coverage.include(window, records));
        let end = selection.end.unwrap_or(coverage.end);
        let span = Span { start: selection.start, end, window, first: coverage.start, now };
        let ObjectiveWindows { records, objectives } = windows;
        Ok(ObjectivesAnswer {
            objectives: objectives.into_iter().map(|counted| standing(counted, &span)).collect(),
            rates: lengths().map(|length| rate_over(&records, length, &span)).collect(),
            coverage,
        })
    }
}

/// Where windows are looked for.
struct Span {
    start: Option<i64>,
    end: i64,
    /// Length of the monitor's windows.
    window: i64,
    /// Start of the first window there is.
    first: i64,
    now: i64,
}

impl Span {
    /// The windows of the last so many nanoseconds: one at least, and no more than there are from the start on.
    fn back(&self, length: i64) -> Selection {
        let start = self.end.saturating_sub(length.max(self.window));
        let start = self.start.map_or(start, |least| start.max(least)).min(self.end.saturating_sub(1));
        Selection { start: Some(start), end: Some(self.end), ..Selection::default() }
    }
}

fn standing(counted: CountedObjective, span: &Span) -> Standing {
    let CountedObjective { name, objective, column, windows } = counted;
    let (target, period) = (objective.target, objective.period);
    let over = |length: i64| {
        let (asked, mut bad, mut range) = (span.back(length), BadRecords::default(), None);
        for (&window, found) in windows.iter().filter(|(window, _)| asked.includes(**window)) {
            bad.merge(found);
            range = Some(widened(range, window));
        }
        (bad, range.unwrap_or((span.end, span.end)))
    };
    let burn_rates: Vec<BurnRate> = lengths()
        .filter(|length| *length <= period)
        .map(|length| {
            let (bad, range) = over(length);
            BurnRate { length, range, records: bad.records, rate: bad.burn_rate(target) }
        })
        .collect();
    let rate_of = |length: i64, end: fn(&Estimate) -> f64| {
        let found = burn_rates.iter().find(|burn| burn.length == length)?;
        found.rate.as_ref().map(end)
    };
    let holds = |rule: &AlertRule, end: fn(&Estimate) -> f64| {
        rule.holds(period, rate_of(rule.long, end), rate_of(rule.short, end))
    };
    let alert =
        |rule: AlertRule| Alert { rule, limit: rule.limit(period), holds: holds(&rule, |rate| rate.value) };
    let alerts: Vec<Alert> = AlertRule::within(period).map(alert).collect();
    let holding = |alert: &&Alert| alert.holds;
    let severity = alerts.iter().filter(holding).map(|alert| alert.rule.severity).max().unwrap_or_default();
    let mut of_severity = alerts.iter().filter(holding).filter(|alert| alert.rule.severity == severity);
    let is_certain = of_severity.any(|alert| holds(&alert.rule, |rate| rate.low));
    let (counted, _) = over(period);
    Standing {
        name,
        column,
        counted,
        good: counted.good_share(),
        budget_left: counted.budget_left(target),
        burn_rates,
        severity,
        is_certain,
        alerts,
        objective,
    }
}

fn rate_over(records: &BTreeMap<Window, u64>, length: i64, span: &Span) -> RateOver {
    let asked = span.back(length);
    let start = asked.start.unwrap_or(span.first).max(span.first);
    let (mut count, mut range) = (0, (start.min(span.end), span.end));
    for (&window, found) in records.iter().filter(|(window, _)| asked.includes(**window)) {
        count += found;
        range = widened(Some(range), window);
    }
    // The newest window may not be over.
    let end = if span.now > range.0 { range.1.min(span.now) } else { range.1 };
    let seconds = end.saturating_sub(range.0) as f64 / 1e9;
    RateOver { length, range: (range.0, end), records: count, a_second: events_a_second(count, seconds) }
}

fn widened(range: Option<(i64, i64)>, (start, length): Window) -> (i64, i64) {
    let window = (start, start.saturating_add(length));
    range.map_or(window, |range| (range.0.min(window.0), range.1.max(window.1)))
}
