use driftline_sketches::performance::Residuals;
use driftline_sketches::{Classification, Performance, Regression};
use driftline_stats::concept::{
    CalibrationWatch, Condition, ErrorOutcome, ErrorRule, ErrorWindow, Judged, NotWatched,
};
use driftline_stats::evidence::ErrorBudget;

use super::stream::Stream;

const LEVEL: f64 = 0.05;

/// Predictions from 1 to some hundred.
fn even(uniform: f64) -> f64 {
    (6.0 * uniform).exp()
}

/// Long ones are rarer than in the reference, or none.
fn short(uniform: f64) -> f64 {
    even(uniform.powi(3))
}

/// Errors of a tenth of the prediction and one more; skewed.
fn usual(prediction: f64, uniform: f64) -> f64 {
    (1.0 + 0.1 * prediction) * (uniform.powi(2) - 0.4)
}

fn larger(prediction: f64, uniform: f64) -> f64 {
    usual(prediction, uniform) * if prediction > 100.0 { 2.0 } else { 1.0 }
}

fn higher(prediction: f64, uniform: f64) -> f64 {
    usual(prediction, uniform) + 0.03 * prediction
}

fn window(
    stream: &mut Stream,
    records: usize,
    draw: fn(f64) -> f64,
    error: fn(f64, f64) -> f64,
) -> Residuals {
    let predictions: Vec<f64> = (0..records).map(|_| draw(stream.uniform())).collect();
    let labels: Vec<f64> =
        predictions.iter().map(|&prediction| prediction + error(prediction, stream.uniform())).collect();
    let mut numbers = Regression::new();
    numbers.add_slice(&labels, &predictions);
    numbers.residuals.unwrap()
}

fn watch(reference: &Residuals) -> (CalibrationWatch, f64) {
    let budget = ErrorBudget::new(LEVEL, 1);
    (CalibrationWatch::new(reference, budget.of_one_baseline()).unwrap(), -budget.of_discoveries().ln())
}

/// The window after which it says that the relation has moved.
fn alarm(seed: u64, records: usize, draw: fn(f64) -> f64, error: fn(f64, f64) -> f64) -> Option<usize> {
    let mut stream = Stream::new(seed);
    let (mut watch, asked) = watch(&window(&mut stream, 10 * records, even, usual));
    (0..30).find(|_| {
        watch.observe(&window(&mut stream, records, draw, error));
        watch.log_e_value() >= asked
    })
}

#[test]
fn false_alarms_keep_their_rate_however_inputs_move() {
    for draw in [even as fn(f64) -> f64, short, |uniform| 1e3 / even(uniform), |uniform| -even(uniform)] {
        let found = (0..60).filter(|&seed| alarm(seed, 300, draw, usual).is_some()).count();
        assert!(found as f64 <= LEVEL * 60.0, "{found} of 60 streams");
    }
}

/// Records by the hundred thousand, all at one end of each stratum, where errors are smaller than in its middle, or larger.
#[test]
fn inputs_that_move_inside_the_strata_are_no_evidence() {
    let mut stream = Stream::new(7);
    let (mut watch, _) = watch(&window(&mut stream, 1_000_000, |uniform| 512_f64.powf(uniform), usual));
    let edges: Vec<(f64, f64)> =
        watch.strata().map(|stratum| stratum.condition.predictions().unwrap()).collect();
    for end in [0.02, 0.98] {
        let predictions: Vec<f64> = (0..1_000_000)
            .map(|_| {
                let place = (stream.uniform() * edges.len() as f64) as usize;
                let (low, high) = edges[place.min(edges.len() - 1)];
                low + end * (high - low)
            })
            .collect();
        let labels: Vec<f64> =
            predictions.iter().map(|&prediction| prediction + usual(prediction, stream.uniform())).collect();
        let mut numbers = Regression::new();
        numbers.add_slice(&labels, &predictions);
        watch.observe(numbers.residuals.as_ref().unwrap());
        assert!(watch.log_e_value() < 0.0, "{} at {end}", watch.log_e_value());
    }
}

#[test]
fn errors_that_are_larger_or_on_another_side_are_found() {
    for error in [larger as fn(f64, f64) -> f64, higher] {
        for draw in [even as fn(f64) -> f64, |uniform| even(1.0 - (1.0 - uniform).powi(2))] {
            let found: Vec<Option<usize>> = (0..10).map(|seed| alarm(seed, 2_000, draw, error)).collect();
            assert!(found.iter().all(|window| window.is_some_and(|window| window < 15)), "{found:?}");
        }
    }
}

/// Each record is of one stratum, with three outcomes: above, and two sizes of which half and a tenth are as large.
#[test]
fn strata_hold_the_reference() {
    let reference = window(&mut Stream::new(1), 8_000, even, usual);
    let (watch, _) = watch(&reference);
    assert_eq!((watch.reference_records(), watch.strata().len() % 3), (8_000, 0));
    let mut last = 0.0;
    for stratum in watch.strata() {
        let (low, high) = stratum.condition.predictions().unwrap();
        assert!(low < high && (low >= last || low <= 1.0), "{low} {high} after {last}");
        last = low;
        let records = stratum.reference.hits + stratum.reference.misses;
        assert!(records >= 100, "a quarter of the depth of 20 strata, got {records}");
        let share = stratum.reference.hits as f64 / records as f64;
        assert!(stratum.range.0 < share && share < stratum.range.1);
        let Condition::Prediction { outcome, .. } = stratum.condition else { panic!("of numbers") };
        match (outcome, stratum.condition.error_from()) {
            (ErrorOutcome::Above, None) => assert!((share - 0.37).abs() < 0.2, "{share}"),
            // An edge of the bins, two of which make a power of two.
            (ErrorOutcome::From(_), Some(size)) => assert!(share <= 0.5 && size > 0.1, "{share} {size}"),
            _ => panic!("{:?}", stratum.condition),
        }
    }
    let ErrorRule::Large { from, level } = ErrorRule::of(Judged::Numbers(&reference)) else {
        panic!("of numbers")
    };
    let found = ErrorRule::Large { from, level }.count(Judged::Numbers(&reference));
    assert_eq!(found.records, 8_000);
    assert!(found.errors > 0 && found.errors <= 800, "{found:?}");
    let sizes = ErrorRule::Large { from, level }.residuals(Judged::Numbers(&reference));
    assert_eq!(sizes[usize::from(from)..].iter().sum::<u64>(), found.errors);
}

/// Of errors of one size it is one outcome whether they are larger.
#[test]
fn errors_where_there_were_none_are_found() {
    let mut stream = Stream::new(3);
    let (mut watch, asked) = watch(&window(&mut stream, 5_000, even, |_, _| 0.0));
    assert_eq!(watch.strata().len() % 2, 0);
    watch.observe(&window(&mut stream, 500, even, |_, _| 0.0));
    assert!(watch.log_e_value() <= 0.0);
    watch.observe(&window(&mut stream, 500, even, usual));
    assert!(watch.log_e_value() > asked);
}

#[test]
fn other_records_say_nothing_or_are_refused() {
    let reference = window(&mut Stream::new(2), 1_000, even, usual);
    let (mut watch, _) = watch(&reference);
    let mut classes = Classification::new();
    classes.add("a", "b", 500);
    assert_eq!(watch.check(&classes), Ok(()));
    watch.observe(&classes);
    assert!(watch.log_e_value() <= 0.0);
    assert_eq!(
        ErrorRule::of(Judged::Numbers(&reference)).count(Judged::Classes(&classes)),
        ErrorWindow::default()
    );
    assert_eq!(watch.check(&*reference.at_level(1)), Err(NotWatched::Uncounted));
    let mut older = Performance::new();
    older.regression.get_or_insert_default().add_slice(&[1.0], &[2.0]);
    assert!(matches!(Judged::of(&older), Judged::Numbers(_)));
    older.regression.as_mut().unwrap().residuals = None;
    assert_eq!(watch.check(Judged::of(&older)), Err(NotWatched::Uncounted));
    assert_eq!(CalibrationWatch::new(Judged::of(&older), 0.01).map(|_| ()), Err(NotWatched::Uncounted));
    let none = Performance::new();
    assert_eq!(CalibrationWatch::new(Judged::of(&none), 0.01).map(|_| ()), Err(NotWatched::NoLabels));
}
