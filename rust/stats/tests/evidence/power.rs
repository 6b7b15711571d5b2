//! What has moved is found, soon; what has not stays silent for as long as one looks.

use driftline_stats::evidence::{BlockDetector, Course, Detector, ErrorBudget, Laws, TwoSample, discoveries};

use super::draws::Uniforms;

const LEVEL: f64 = 0.05;
const STREAMS: u64 = 200;
const WINDOWS: usize = 300;
const RECORDS: usize = 200;

const EVEN: [f64; 10] = [0.1; 10];
/// Every other bin has five hundredths more: a PSI of 0.05.
const MOVED: [f64; 10] = [0.125, 0.075, 0.125, 0.075, 0.125, 0.075, 0.125, 0.075, 0.125, 0.075];

fn detector_of_a_drawn_baseline(draws: &mut Uniforms) -> Detector {
    let baseline = draws.counts(&EVEN, 5000);
    Detector::new(Laws::of_baseline(&baseline, 0.1 * LEVEL, 0.0).unwrap())
}

fn alarms(log_e_value: f64) -> bool {
    log_e_value >= (1.0 / (0.9 * LEVEL)).ln()
}

#[test]
fn streams_that_do_not_move_stay_silent() {
    let alarmed = (0..STREAMS).filter(|&stream| {
        let mut draws = Uniforms(stream << 32);
        let mut detector = detector_of_a_drawn_baseline(&mut draws);
        (0..WINDOWS).any(|_| {
            detector.observe(&draws.counts(&EVEN, RECORDS));
            alarms(detector.log_e_value())
        })
    });
    assert!(alarmed.count() as f64 <= LEVEL * STREAMS as f64);
}

/// Windows until the alarm, after `before` windows that had not moved.
fn delay(stream: u64, before: usize, shares: &[f64], records: usize) -> usize {
    let mut draws = Uniforms(stream << 32);
    let mut detector = detector_of_a_drawn_baseline(&mut draws);
    for _ in 0..before {
        detector.observe(&draws.counts(&EVEN, records));
    }
    (1..=WINDOWS)
        .find(|_| {
            detector.observe(&draws.counts(shares, records));
            alarms(detector.log_e_value())
        })
        .unwrap_or(usize::MAX)
}

fn median_delay(before: usize, shares: &[f64], records: usize) -> usize {
    let mut delays: Vec<usize> = (0..21).map(|stream| delay(stream, before, shares, records)).collect();
    delays.sort_unstable();
    delays[10]
}

#[test]
fn a_moved_column_is_found() {
    let (at_once, late) = (median_delay(0, &MOVED, RECORDS), median_delay(200, &MOVED, RECORDS));
    assert!(at_once <= 12, "found after {at_once} windows");
    assert!(late <= 30, "found after {late} windows, when it came late");
    let large = [0.3, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.05, 0.03, 0.02];
    assert_eq!(median_delay(200, &large, 2000), 1, "a large change shows in its first window");
    let fresh_category = [0.095, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.105];
    assert!(
        median_delay(20, &fresh_category, RECORDS) > 20,
        "half a hundredth is not told from noise at once"
    );
}

#[test]
fn what_is_tolerated_is_no_drift() {
    let mut draws = Uniforms(7);
    let laws = |tolerance| Laws::of_baseline(&[1000; 10], 0.1 * LEVEL, tolerance).unwrap();
    let (mut strict, mut lenient) = (Detector::new(laws(0.0)), Detector::new(laws(0.03)));
    for _ in 0..100 {
        let counts = draws.counts(&MOVED, 2000);
        strict.observe(&counts);
        lenient.observe(&counts);
    }
    assert!(alarms(strict.log_e_value()) && !alarms(lenient.log_e_value()));
}

/// Records come in bursts of 20 of one kind: the detector for independent records takes them for drift
/// sooner or later, the one for blocks does not, and still finds what moves.
#[test]
fn bursts_need_blocks() {
    let bursts = |draws: &mut Uniforms, shares: &[f64]| -> Vec<u64> {
        draws.counts(shares, RECORDS / 20).into_iter().map(|count| 20 * count).collect()
    };
    let laws = || Laws::of_baseline(&[1000; 10], 0.1 * LEVEL, 0.0).unwrap();
    let (mut misled, mut alarmed, mut found) = (0, 0, 0);
    for stream in 0..40_u64 {
        let mut draws = Uniforms(stream << 32);
        let (mut records, mut blocks) = (Detector::new(laws()), BlockDetector::new(laws()));
        for _ in 0..200 {
            let counts = bursts(&mut draws, &EVEN);
            records.observe(&counts);
            blocks.observe(&counts);
        }
        misled += u32::from(alarms(records.log_e_value()));
        alarmed += u32::from(alarms(blocks.log_e_value()));
        let large = [0.4, 0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.03, 0.02];
        found += u32::from((0..200).any(|_| {
            blocks.observe(&bursts(&mut draws, &large));
            alarms(blocks.log_e_value())
        }));
    }
    assert!(misled > 30, "only {misled} of 40 were misled: the bursts are no test");
    assert!(alarmed <= 2, "{alarmed} of 40 that had not moved");
    assert!(found >= 38, "only {found} of 40 that moved");
}

#[test]
fn versions_that_differ_are_told_apart() {
    let decide = |stream: u64, canary: &[f64]| {
        let mut draws = Uniforms(stream << 32);
        let mut test = TwoSample::new(10);
        (1..=WINDOWS).find(|_| {
            // Both sides move together, which is no difference.
            let day = draws.next().unwrap();
            let tide = |shares: &[f64]| {
                let mut shares = shares.to_vec();
                shares[9] += 0.5 * day * shares[0];
                shares[0] -= 0.5 * day * shares[0];
                shares
            };
            test.observe(&draws.counts(&tide(&EVEN), RECORDS), &draws.counts(&tide(canary), RECORDS / 4));
            test.log_e_value() >= (1.0 / LEVEL).ln()
        })
    };
    let same = (0..100).filter(|&stream| decide(stream, &EVEN).is_some()).count();
    assert!(same <= 5, "{same} of 100 pairs of equal versions");
    let different =
        (0..20).filter(|&stream| decide(stream, &MOVED).is_some_and(|windows| windows < 60)).count();
    assert!(different >= 18, "only {different} of 20 pairs");
}

#[test]
fn discoveries_are_those_of_the_procedure() {
    let logs = |e_values: &[f64]| e_values.iter().map(|e| e.ln()).collect::<Vec<f64>>();
    // At 0.1, one of four columns needs 40, two 20 each, three 13.4, four 10.
    assert_eq!(discoveries(&logs(&[1.0, 41.0, 2.0, 3.0]), 0.1), [1]);
    assert_eq!(discoveries(&logs(&[1.0, 39.0, 2.0, 3.0]), 0.1), [0_usize; 0]);
    assert_eq!(discoveries(&logs(&[21.0, 39.0, 2.0, 3.0]), 0.1), [1, 0]);
    assert_eq!(discoveries(&logs(&[10.1, 10.2, 10.3, 10.4]), 0.1), [3, 2, 1, 0]);
    assert_eq!(discoveries(&[f64::NEG_INFINITY, f64::INFINITY, 0.0], 0.05), [1]);
    assert_eq!(discoveries(&[], 0.05), [0_usize; 0]);
}

#[test]
fn the_course_is_that_of_the_detector_window_by_window() {
    let mut draws = Uniforms(9);
    let laws = Laws::of_baseline(&draws.counts(&EVEN, 5000), 0.001, 0.0).unwrap();
    let laws_of_window = [(EVEN, 30), (MOVED, 30), (EVEN, 200)];
    let windows: Vec<Vec<u64>> = laws_of_window
        .iter()
        .flat_map(|(shares, often)| (0..*often).map(|_| draws.counts(shares, RECORDS)).collect::<Vec<_>>())
        .collect();
    let slices = || windows.iter().map(Vec::as_slice);
    let mut detector = Detector::new(laws.clone());
    let after: Vec<f64> = slices()
        .map(|counts| {
            detector.observe(counts);
            detector.log_e_value()
        })
        .collect();
    let course = Course::of_records(laws.clone(), slices(), 0.01);
    assert_eq!(course.log_e_value, *after.last().unwrap());
    let (largest, at) = course.largest.unwrap();
    assert_eq!((largest, at), (after[at], at));
    assert!(after.iter().all(|value| *value <= largest) && (30..60).contains(&at), "{at}");
    assert_eq!(course.reached, after.iter().position(|value| *value >= 100.0_f64.ln()));
    assert!(course.reached.is_some_and(|window| (30..60).contains(&window)));
    let blocks = Course::of_blocks(laws.clone(), slices(), 0.01);
    assert_ne!(blocks.log_e_value, course.log_e_value);
    let nothing = Course::of_records(laws, [], 0.01);
    assert_eq!((nothing.log_e_value, nothing.largest, nothing.reached), (0.0, None, None));
}

#[test]
fn chances_add_up_to_the_level() {
    let budget = ErrorBudget::new(0.01, 50);
    let all = 50.0 * budget.of_one_baseline() + budget.of_discoveries();
    assert!((all - 0.01).abs() < 1e-12);
    assert!((2.0 * 50.0 * budget.of_one_interval(2) - 0.01).abs() < 1e-12);
    assert_eq!(ErrorBudget::new(0.01, 0), ErrorBudget::new(0.01, 1));
}
