//! Numbers a period from windows, and what was put there to be found.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use driftline_engine::engine::Engine;
use driftline_engine::error::EngineError;
use driftline_engine::monitor::Monitor;
use driftline_engine::query::{ColumnSeries, Selection, SeriesAnswer, SeriesQuestion, Statistic};
use driftline_engine::rollup::{DAY, HOUR, RollUp};
use support::{NEW_YEAR, SECOND, Table, all, header};

/// A number that looks drawn, in [-1, 1).
fn noise(number: i64) -> f64 {
    let mixed = (number as u64).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    ((mixed ^ (mixed >> 29)) >> 11) as f64 * 2.0_f64.powi(-52) - 1.0
}

/// Rows of one hour: records rise by day, a number with a tide, a word, and a null now and then.
fn hour(at: i64, rows: i64) -> Table {
    let times: Vec<i64> = (0..rows).map(|row| NEW_YEAR + at * HOUR + row * SECOND).collect();
    let tide = 10.0 * ((at % 24) as f64 / 24.0 * std::f64::consts::TAU).sin();
    let x: Vec<Option<f64>> =
        (0..rows).map(|row| (row % 20 != 7).then(|| 50.0 + tide + 3.0 * noise(at * 1000 + row))).collect();
    let words: Vec<&str> = (0..rows).map(|row| if row % 4 == 0 { "red" } else { "blue" }).collect();
    Table::new().times("timestamp", &times).optional_floats("x", &x).text("color", &words)
}

fn rows_of(at: i64) -> i64 {
    let by_day = if (7..20).contains(&(at % 24)) { 60 } else { 40 };
    by_day + (4.0 * noise(-at)) as i64
}

fn send(engine: &Engine, table: Table) {
    engine.ingest(&header("m"), &[table.build()], NEW_YEAR + 60 * DAY).unwrap();
}

fn engine(hours: impl IntoIterator<Item = (i64, i64)>) -> Engine {
    let engine = Engine::new("w");
    engine.set_monitor(Monitor { window: HOUR, ..Monitor::new("m") }).unwrap();
    for (at, rows) in hours {
        send(&engine, hour(at, rows));
    }
    engine
}

fn question() -> SeriesQuestion {
    SeriesQuestion {
        selection: all("m"),
        columns: Vec::new(),
        statistics: Vec::new(),
        every: 0,
        offset: 0,
        season: 0,
        error: 0.0,
        now: NEW_YEAR + 60 * DAY,
    }
}

fn of<'a>(answer: &'a SeriesAnswer, column: &str, statistic: &Statistic) -> &'a ColumnSeries {
    answer.series.iter().find(|each| each.column == column && each.statistic == *statistic).unwrap()
}

fn hours_of(series: &ColumnSeries) -> Vec<i64> {
    series.anomalies().map(|point| (point.start - NEW_YEAR) / HOUR).collect()
}

#[test]
fn what_was_put_there_is_found_and_nothing_else() {
    // A day without records, an hour with thrice as many, and one with as many nulls as rows of another.
    let gap = 24 * 12..24 * 13;
    let hours = (0..24 * 20).filter(|at| !gap.contains(at));
    let engine = engine(hours.map(|at| (at, if at == 400 { 3 * rows_of(at) } else { rows_of(at) })));
    let times: Vec<i64> = (0..60).map(|row| NEW_YEAR + 430 * HOUR + row * SECOND).collect();
    send(&engine, Table::new().times("timestamp", &times).optional_floats("x", &[None; 60]));
    let answer = engine.series(&question()).unwrap();
    assert_eq!((answer.every, answer.error, answer.needed, answer.windows_left_out), (HOUR, 0.05, 48, 0));
    let records = of(&answer, "", &Statistic::Records);
    assert_eq!((records.season, records.points.len()), (24, 480));
    let found = hours_of(records);
    assert!(found.contains(&400) && found.contains(&430), "{found:?}");
    assert!(
        found.iter().all(|at| [400, 430].contains(at) || (gap.start..gap.end + 24).contains(at)),
        "{found:?}"
    );
    assert!(found.iter().filter(|at| gap.contains(at)).count() > 12);
    assert_eq!(hours_of(of(&answer, "x", &Statistic::NullRate)), [430]);
    assert_eq!(hours_of(of(&answer, "x", &Statistic::Mean)), Vec::<i64>::new());
    let mean = of(&answer, "x", &Statistic::Mean);
    assert!(mean.points[290].observation.is_none() && mean.points[290].judgement.is_some());
    assert!(mean.points[20].judgement.is_none() && mean.next.is_some());
    // Records have the furthest anomaly; what has none comes last.
    assert!(answer.series[0].anomalies().count() > 0);
    assert_eq!(answer.series.last().unwrap().anomalies().count(), 0);
    assert_eq!(answer.coverage.records, engine.summary(&all("m"), &[]).unwrap().1.records);
}

#[test]
fn days_are_made_of_hours_and_parts_of_days_are_not_judged() {
    let engine = engine((6..24 * 30 + 3).map(|at| (at, rows_of(at))));
    let now = NEW_YEAR + 30 * DAY + 3 * HOUR;
    let answer = engine.series(&SeriesQuestion { every: DAY, now, ..question() }).unwrap();
    let records = of(&answer, "", &Statistic::Records);
    assert_eq!((records.season, records.points.len()), (7, 31));
    let whole: Vec<bool> = records.points.iter().map(|point| point.is_whole).collect();
    assert!(!whole[0] && !whole[30] && whole[1..30].iter().all(|&whole| whole));
    assert!(records.points[30].judgement.unwrap().is_anomaly.is_none());
    let expected: i64 = (24..48).map(rows_of).sum();
    assert_eq!((records.points[1].records as i64, records.points[1].start), (expected, NEW_YEAR + DAY));
    // By another clock the days start elsewhere.
    let shifted = SeriesQuestion { every: DAY, offset: 6 * HOUR, now, ..question() };
    let answer = engine.series(&shifted).unwrap();
    let first = of(&answer, "", &Statistic::Records).points[0];
    assert_eq!((first.start, first.is_whole), (NEW_YEAR + 6 * HOUR, true));
}

#[test]
fn sketches_hold_what_the_rows_say() {
    let engine = engine((0..24 * 3).map(|at| (at, 50)));
    let statistics = ["p50", "p99", "distinct", "share:red", "std_dev"].map(|name| name.parse().unwrap());
    let wanted = SeriesQuestion { statistics: statistics.to_vec(), every: DAY, ..question() };
    let answer = engine.series(&wanted).unwrap();
    for (day, at) in (0..3).map(|day| (day as usize, day * 24)) {
        let mut rows: Vec<f64> = (at..at + 24)
            .flat_map(|at| {
                let tide = 10.0 * ((at % 24) as f64 / 24.0 * std::f64::consts::TAU).sin();
                (0..50_i64)
                    .filter(|row| row % 20 != 7)
                    .map(move |row| 50.0 + tide + 3.0 * noise(at * 1000 + row))
            })
            .collect();
        rows.sort_by(f64::total_cmp);
        let point = |column: &str, statistic: &Statistic| {
            of(&answer, column, statistic).points[day].observation.unwrap()
        };
        let median = point("x", &Statistic::Quantile(0.5));
        let exact = rows[(rows.len() - 1) / 2];
        assert!(median.low <= exact && exact <= median.high, "{median:?} {exact}");
        let distinct = point("x", &Statistic::Distinct);
        assert!(distinct.low <= rows.len() as f64 && rows.len() as f64 <= distinct.high, "{distinct:?}");
        let red = point("color", &Statistic::Share("red".into()));
        assert_eq!((red.low, red.high), (13.0 / 50.0, 13.0 / 50.0));
        let mean = rows.iter().sum::<f64>() / rows.len() as f64;
        let variance = rows.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (rows.len() - 1) as f64;
        assert!((point("x", &Statistic::StdDev).value - variance.sqrt()).abs() < 1e-9);
    }
    assert!(
        answer.series.iter().all(|each| each.column != "color" || each.statistic != Statistic::Quantile(0.5))
    );
}

#[test]
fn short_series_say_what_they_need() {
    let engine = engine((0..20).map(|at| (at, 30)));
    let answer = engine.series(&question()).unwrap();
    // Two days of hours are not there: no season, and ten numbers.
    assert_eq!((answer.needed, answer.series[0].season), (10, 1));
    assert!(of(&answer, "", &Statistic::Records).points[9].judgement.is_none());
    let seasonal = engine.series(&SeriesQuestion { season: 24, ..question() }).unwrap();
    assert_eq!(seasonal.needed, 48);
    assert!(seasonal.series.iter().all(|each| each.next.is_none() && each.points.len() == 20));
}

#[test]
fn long_windows_are_left_out_and_said() {
    let engine = engine((0..24 * 4).map(|at| (at, 30)));
    let plan = RollUp { daily_before: Some(NEW_YEAR + 2 * DAY), ..RollUp::default() };
    // What no flush has written is not rolled up.
    engine.begin_flush(NEW_YEAR).unwrap();
    engine.commit_flush().unwrap();
    engine.roll_up(&plan).unwrap();
    let answer = engine.series(&question()).unwrap();
    assert_eq!(answer.windows_left_out, 2);
    assert_eq!(of(&answer, "", &Statistic::Records).points[0].start, NEW_YEAR + 2 * DAY);
    let by_day = engine.series(&SeriesQuestion { every: DAY, ..question() }).unwrap();
    assert_eq!((by_day.windows_left_out, of(&by_day, "", &Statistic::Records).points.len()), (0, 4));
}

#[test]
fn questions_that_make_no_sense_are_refused() {
    let engine = engine([(0, 30)]);
    let refused = |question: SeriesQuestion| {
        let error = engine.series(&question).unwrap_err();
        assert!(matches!(error, EngineError::InvalidArgument(_)), "{error:?}");
        error.to_string()
    };
    assert!(refused(SeriesQuestion { every: HOUR + 1, ..question() }).contains("a multiple of the window"));
    assert!(refused(SeriesQuestion { every: -HOUR, ..question() }).contains("got -3600000000000"));
    assert!(refused(SeriesQuestion { error: 1.0, ..question() }).contains("error must be in [0, 1), got 1"));
    let selection = Selection { start: Some(0), ..all("m") };
    assert!(refused(SeriesQuestion { selection, ..question() }).contains("at most 10000 periods"));
    for name in ["p101", "median", "share", "pp"] {
        assert!(matches!(name.parse::<Statistic>(), Err(EngineError::InvalidArgument(_))), "{name}");
    }
    for name in ["records", "null_rate", "p99.9", "p0.1", "share:a:b", "distinct"] {
        assert_eq!(name.parse::<Statistic>().unwrap().to_string(), name);
    }
}

#[test]
fn sketches_of_too_many_periods_are_refused_and_means_are_not() {
    let engine = Engine::new("w");
    let hours = 6_700;
    let times: Vec<i64> = (0..hours).map(|at| NEW_YEAR + at * HOUR).collect();
    let numbers: Vec<f64> = times.iter().map(|time| (time % 7) as f64).collect();
    let table = Table::new().times("timestamp", &times).floats("a", &numbers).floats("b", &numbers);
    let batch = table.floats("c", &numbers).build();
    engine.ingest(&header("m"), &[batch], NEW_YEAR + 400 * DAY).unwrap();
    let asked = |statistic: Statistic| SeriesQuestion {
        statistics: vec![statistic],
        every: HOUR,
        season: 1,
        now: NEW_YEAR + 400 * DAY,
        ..question()
    };
    let error = engine.series(&asked(Statistic::Distinct)).unwrap_err();
    assert!(error.to_string().contains("at most 20000 columns and periods"), "{error}");
    let named = SeriesQuestion { columns: vec!["a".into()], ..asked(Statistic::Quantile(0.5)) };
    assert_eq!(engine.series(&named).unwrap().series[0].points.len(), 6_700);
    assert_eq!(engine.series(&asked(Statistic::NullRate)).unwrap().series.len(), 3);
}

#[test]
fn nothing_has_no_points() {
    let engine = engine([(0, 30)]);
    let selection = Selection { start: Some(NEW_YEAR + 2 * DAY), ..all("m") };
    let answer = engine.series(&SeriesQuestion { selection, ..question() }).unwrap();
    assert!(answer.series.iter().all(|each| each.points.is_empty()));
    assert_eq!(answer.coverage.records, 0);
}
