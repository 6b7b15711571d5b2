//! Numbers a period, and which of them are no chance.

use driftline_stats::series::{Judgement, Observation, Sampling, anomalies, needed};

use super::gathering::{Asked, Gathering};
use super::kept_windows::KeptWindows;
use super::periods::{ColumnPeriods, Cut, Kept, Periods};
use super::relative::TimeRange;
use super::selection::{Columns, Coverage, Selection};
use super::statistic::Statistic;
use crate::engine::Engine;
use crate::error::{EngineError, Result};
use crate::role::Role;
use crate::rollup::DAY;

/// Most periods of a series.
const MOST_PERIODS: i64 = 10_000;

/// Days of a week.
const WEEK: usize = 7;

/// What is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesQuestion {
    /// Which records.
    pub selection: Selection,
    /// Columns; none: all.
    pub columns: Vec<String>,
    /// Statistics; none: records, and [`Statistic::USUAL`] of the columns.
    pub statistics: Vec<Statistic>,
    /// Length of a period in nanoseconds, a multiple of the window; 0: the window.
    pub every: i64,
    /// Where a period starts, nanoseconds since the Unix epoch.
    pub offset: i64,
    /// Periods after which the same is expected again, 1: no season; 0: those of a day, or of a week where a
    /// period is a day, if there are enough.
    pub season: usize,
    /// The chance of calling any number of any series an anomaly while nothing happens; 0: 5%.
    pub error: f64,
    /// The time now: what is not over is not judged.
    pub now: i64,
}

/// One number of a series.
#[derive(Debug, Clone, Copy)]
pub struct Point {
    /// Start of the period, nanoseconds since the Unix epoch.
    pub start: i64,
    /// Records in it.
    pub records: u64,
    /// The number; none without a value it could be of.
    pub observation: Option<Observation>,
    /// Whether all of the period lies in the range and is over; what is not is not judged.
    pub is_whole: bool,
    /// What was expected; none while too little was known.
    pub judgement: Option<Judgement>,
}

/// One series.
#[derive(Debug, Clone)]
pub struct ColumnSeries {
    /// Column name; empty for records.
    pub column: String,
    /// What it is; none for records.
    pub role: Option<Role>,
    /// What it is of.
    pub statistic: Statistic,
    /// Periods after which the same is expected again; 1: no season.
    pub season: usize,
    /// In the order of time.
    pub points: Vec<Point>,
    /// What is expected of the period after the last; none while too little is known.
    pub next: Option<Judgement>,
}

/// All of them.
#[derive(Debug, Clone)]
pub struct SeriesAnswer {
    /// The one with the furthest anomaly first.
    pub series: Vec<ColumnSeries>,
    /// Length of a period in nanoseconds.
    pub every: i64,
    /// The chance of calling any number an anomaly while nothing happens.
    pub error: f64,
    /// Periods with a number that it takes before one is judged.
    pub needed: usize,
    /// Windows that are longer than a period, and so left out.
    pub windows_left_out: u64,
    /// Where the numbers come from.
    pub coverage: Coverage,
}

impl ColumnSeries {
    /// Points that are anomalies.
    pub fn anomalies(&self) -> impl Iterator<Item = &Point> {
        self.points.iter().filter(|point| point.is_anomaly())
    }

    /// The furthest anomaly in scales beyond its bound, then the furthest number in scales from what was expected.
    fn rank(&self) -> (f64, f64) {
        let furthest = |scores: &mut dyn Iterator<Item = f64>| scores.fold(0.0, f64::max);
        (
            furthest(&mut self.anomalies().filter_map(Point::beyond)),
            furthest(
                &mut self.points.iter().filter_map(|point| Some(point.judgement?.expectation.score?.abs())),
            ),
        )
    }
}

impl Point {
    /// Whether it was judged, and is no chance.
    pub fn is_anomaly(&self) -> bool {
        self.judgement.is_some_and(|judgement| judgement.is_anomaly == Some(true))
    }

    /// How many scales beyond the nearer bound.
    fn beyond(&self) -> Option<f64> {
        let (observation, judgement) = (self.observation?, self.judgement?);
        let beyond = (judgement.low - observation.high).max(observation.low - judgement.high);
        Some(beyond / judgement.expectation.scale)
    }
}

impl SeriesQuestion {
    fn check(&self) -> Result<()> {
        let invalid = |message: String| Err(EngineError::InvalidArgument(message));
        if self.every < 0 {
            return invalid(format!("every must be at least 0 ns, got {}", self.every));
        }
        if !(0.0..1.0).contains(&self.error) {
            return invalid(format!("error must be in [0, 1), got {}", self.error));
        }
        if self.season as i64 > MOST_PERIODS {
            return invalid(format!("season must be at most {MOST_PERIODS} periods, got {}", self.season));
        }
        Ok(())
    }

    fn kept(&self) -> Kept {
        let mut kept = Kept::default();
        self.statistics.iter().for_each(|statistic| statistic.keep(&mut kept));
        kept
    }

    /// The columns that are needed.
    fn needed_columns(&self) -> Columns {
        let only_records = !self.statistics.is_empty()
            && self.statistics.iter().all(|statistic| *statistic == Statistic::Records);
        if only_records { Columns::None } else { Columns::named(&self.columns) }
    }
}

impl Engine {
    /// Numbers a period, and which of them are no chance.
    ///
    /// # Errors
    /// [`EngineError::NotFound`]; [`EngineError::InvalidArgument`] for a length, a season or an error that makes no
    /// sense, for too many periods, and for quantiles or distinct values of too many columns.
    pub fn series(&self, question: &SeriesQuestion) -> Result<SeriesAnswer> {
        let gathering = self.gather_series(question)?;
        gathering.check_complete()?;
        gathering.series(question)
    }

    /// Gathers what [`Gathering::series`] judges.
    ///
    /// # Errors
    /// As [`Engine::series`].
    pub fn gather_series(&self, question: &SeriesQuestion) -> Result<Gathering> {
        question.check()?;
        let window = self.model(&question.selection.model)?.read()?.monitor.window;
        let every = if question.every == 0 { window } else { question.every };
        if every % window != 0 {
            return Err(EngineError::InvalidArgument(format!(
                "every must be a multiple of the window of {window} ns, got {every}"
            )));
        }
        let periods = Periods::new(Cut { every, offset: question.offset }, question.kept());
        let periods = KeptWindows::Periods(periods);
        self.gather(&[Asked::kept(&question.selection, question.needed_columns(), periods)])
    }
}

impl Gathering {
    /// See [`Engine::series`].
    ///
    /// # Errors
    /// As [`Engine::series`].
    pub fn series(self, question: &SeriesQuestion) -> Result<SeriesAnswer> {
        let part = self.into_parts().into_iter().next();
        let Some(KeptWindows::Periods(periods)) = part.and_then(|part| part.kept) else {
            return Err(EngineError::Internal("a series was not gathered by periods".into()));
        };
        let axis = Axis::new(&periods, question)?;
        let season = axis.season(question.season);
        let error = if question.error == 0.0 { 0.05 } else { question.error };
        let mut series = all_series(&periods, question, &axis);
        // One error for all numbers of all series.
        let each = error / series.len().max(1) as f64;
        for series in &mut series {
            judge(series, season, each);
        }
        series.sort_by(|left, right| {
            right.rank().partial_cmp(&left.rank()).unwrap_or(std::cmp::Ordering::Equal)
        });
        Ok(SeriesAnswer {
            series,
            every: axis.cut.every,
            error,
            needed: needed(season),
            windows_left_out: periods.too_long.len() as u64,
            coverage: axis.coverage(&periods),
        })
    }
}

/// The periods of an answer.
struct Axis {
    cut: Cut,
    /// Starts of the periods.
    starts: Vec<i64>,
    /// Whole periods lie in here,
    whole: (i64, i64),
    /// and outside of these.
    excluded: Vec<TimeRange>,
}

impl Axis {
    fn new(periods: &Periods, question: &SeriesQuestion) -> Result<Self> {
        let (cut, selection) = (periods.cut(), &question.selection);
        let Some((first, last)) = periods.range else {
            return Ok(Self { cut, starts: Vec::new(), whole: (0, 0), excluded: Vec::new() });
        };
        let start = selection.start.unwrap_or(first);
        let end = selection.end.unwrap_or(last).min(question.now.max(last));
        let first_start = cut.start_of(start);
        let count = end.saturating_sub(first_start).max(1).div_euclid(cut.every);
        let count =
            count.saturating_add(i64::from(end.saturating_sub(first_start).rem_euclid(cut.every) != 0));
        if count > MOST_PERIODS {
            return Err(EngineError::InvalidArgument(format!(
                "a series can have at most {MOST_PERIODS} periods, and this one would have {count}; ask for a shorter range \
                 or longer periods"
            )));
        }
        let starts = (0..count).map(|place| first_start.saturating_add(place * cut.every)).collect();
        // Without an end asked for, the last period has all that ever came.
        let whole_end = selection.end.unwrap_or(i64::MAX).min(question.now);
        Ok(Self { cut, starts, whole: (start, whole_end), excluded: selection.excluded.clone() })
    }

    fn is_whole(&self, start: i64) -> bool {
        let end = start.saturating_add(self.cut.every);
        let is_cut = self.excluded.iter().any(|range| range.start < end && start < range.end);
        start >= self.whole.0 && end <= self.whole.1 && !is_cut
    }

    /// The season asked for, or that of a day or a week, where there are periods enough to judge some.
    fn season(&self, asked: usize) -> usize {
        if asked > 0 {
            return asked;
        }
        let every = self.cut.every;
        let natural = match every {
            DAY => WEEK,
            _ if every < DAY && DAY % every == 0 => (DAY / every) as usize,
            _ => 1,
        };
        if needed(natural) < self.starts.len() { natural } else { 1 }
    }

    fn coverage(&self, periods: &Periods) -> Coverage {
        let mut coverage = Coverage::default();
        for (&start, &records) in &periods.records {
            coverage.include((start, self.cut.every), records);
        }
        if let Some((start, end)) = periods.range {
            (coverage.start, coverage.end) = (start, end);
        }
        coverage
    }
}

fn all_series(periods: &Periods, question: &SeriesQuestion, axis: &Axis) -> Vec<ColumnSeries> {
    let asks = |statistic: &Statistic| question.statistics.contains(statistic);
    let mut all = Vec::new();
    if asks(&Statistic::Records) || (question.statistics.is_empty() && question.columns.is_empty()) {
        let observe = |start: i64| {
            let records = periods.records.get(&start).copied().unwrap_or(0);
            Some(Observation::exact(records as f64, Sampling::Events))
        };
        all.push(series(periods, axis, (String::new(), None), Statistic::Records, observe));
    }
    let of_columns: &[Statistic] =
        if question.statistics.is_empty() { &Statistic::USUAL } else { &question.statistics };
    for (name, column) in &periods.columns {
        let of_column = of_columns.iter().filter(|statistic| **statistic != Statistic::Records);
        all.extend(
            of_column.filter_map(|statistic| of_column_series(periods, axis, name, column, statistic)),
        );
    }
    all
}

/// None where no period has a number.
fn of_column_series(
    periods: &Periods,
    axis: &Axis,
    name: &str,
    column: &ColumnPeriods,
    statistic: &Statistic,
) -> Option<ColumnSeries> {
    let observe = |start: i64| statistic.observe(column.periods.get(&start)?, periods.kept());
    let series = series(periods, axis, (name.to_owned(), Some(column.role)), statistic.clone(), observe);
    series.points.iter().any(|point| point.observation.is_some()).then_some(series)
}

fn series(
    periods: &Periods,
    axis: &Axis,
    (column, role): (String, Option<Role>),
    statistic: Statistic,
    observe: impl Fn(i64) -> Option<Observation>,
) -> ColumnSeries {
    let point = |&start: &i64| Point {
        start,
        records: periods.records.get(&start).copied().unwrap_or(0),
        observation: observe(start),
        is_whole: axis.is_whole(start),
        judgement: None,
    };
    let points = axis.starts.iter().map(point).collect();
    ColumnSeries { column, role, statistic, season: 1, points, next: None }
}

fn judge(series: &mut ColumnSeries, season: usize, error: f64) {
    let whole = |point: &Point| point.observation.filter(|_| point.is_whole);
    let observations: Vec<_> = series.points.iter().map(whole).collect();
    let mut judged = anomalies(&observations, season, error);
    series.season = season;
    series.next = judged.pop().flatten();
    for (point, judgement) in series.points.iter_mut().zip(judged) {
        point.judgement = judgement;
    }
}
