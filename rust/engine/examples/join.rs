//! What the label join takes: `join PENDING` prints one JSON object a line.
//!
//! So many predictions come in, then as many again while the oldest expire, then labels of a fifth, drawn at random.
//! Each is timed by the processor time of the thread in the join, a record at a time on average; bytes are what the join says it
//! takes, and what the process's resident memory grew by, beside what it takes the system to give that much memory.
#![allow(clippy::print_stdout)]

use driftline_engine::join::{Arrival, Join, Label, Prediction, Truth};
use driftline_engine::outcome::Outcome;
use rustix::time::{ClockId, Timespec, clock_gettime};

/// Seven days, as configured unless said otherwise.
const HORIZON: i64 = 604_800_000_000_000;
/// Rows of a batch.
const BATCH: u64 = 4_096;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<u64> = std::env::args().skip(1).map(|text| text.parse()).collect::<Result<_, _>>()?;
    let [pending] = arguments[..] else { return Err("usage: join PENDING".into()) };
    let mut join = Join::default();
    let place = join.intern_place(0, &[0]);
    let resident = resident_bytes()?;
    let print = |figure: &str, value: f64| {
        println!(r#"{{"figure": "{figure}", "pending": {pending}, "value": {value}}}"#);
    };
    let spent = add_predictions(&mut join, 0, pending, pending, place);
    print("prediction, growing", spent / pending as f64);
    print("bytes, as counted", join.bytes() as f64 / join.waiting() as f64);
    let grown = resident_bytes()? - resident;
    print("bytes, resident", grown / join.waiting() as f64);
    print(
        "of which the system's for new memory",
        nanoseconds_to_write(grown.max(0.0) as usize) / pending as f64,
    );
    let spent = add_predictions(&mut join, pending, 2 * pending, pending, place);
    print("prediction, one expires", spent / pending as f64);
    let before = join.bytes();
    print("bytes, as counted, the oldest expire", before as f64 / join.waiting() as f64);
    let labels = pending / 5;
    let (matched, spent) = add_labels(&mut join, pending, labels);
    print("label", spent / labels as f64);
    print("bytes of a label", (join.bytes() - before) as f64 / matched as f64);
    Ok(())
}

/// Adds predictions in batches, and lets go of what expires; gives the nanoseconds that this took.
fn add_predictions(join: &mut Join, from: u64, to: u64, pending: u64, place: u32) -> f64 {
    let mut spent = 0.0;
    let apart = HORIZON / pending as i64;
    for first in (from..to).step_by(BATCH as usize) {
        let ids: Vec<_> = (first..to.min(first + BATCH)).map(|number| Some(identifier(number))).collect();
        let start = thread_nanoseconds();
        for (row, number) in (first..to.min(first + BATCH)).enumerate() {
            join.read_ahead(&ids, row);
            let prediction = Prediction {
                time: apart * number as i64,
                predicted: Outcome::Boolean(number % 2 == 0),
                score: number as f64,
                query: None,
                weight: None,
                place,
                label: None,
            };
            if let Some(id) = ids[row] {
                join.add_prediction(id, prediction, HORIZON);
            }
        }
        join.expire(HORIZON, u64::MAX);
        spent += thread_nanoseconds() - start;
    }
    spent
}

/// What it takes to write so many bytes that the process did not have before, which is the system's work and differs much
/// between machines.
fn nanoseconds_to_write(bytes: usize) -> f64 {
    let start = thread_nanoseconds();
    std::hint::black_box(vec![1_u8; bytes]);
    thread_nanoseconds() - start
}

/// Labels of predictions drawn from the newer half; how many of them had none before, and the nanoseconds that this took.
fn add_labels(join: &mut Join, pending: u64, count: u64) -> (u64, f64) {
    let (mut matched, mut spent) = (0, 0.0);
    let drawn: Vec<_> = (0..count)
        .map(|number| Some(identifier(pending * 3 / 2 + identifier(number) % (pending / 2))))
        .collect();
    for ids in drawn.chunks(BATCH as usize) {
        let start = thread_nanoseconds();
        for (row, id) in ids.iter().enumerate() {
            join.read_ahead(ids, row);
            let Some(id) = *id else { continue };
            let truth = Truth { value: Outcome::Boolean(true), time: Some(HORIZON) };
            let arrival =
                join.add_label(id, Label { truth, waits_since: HORIZON, version: 0, source: None }, HORIZON);
            matched += u64::from(matches!(arrival, Arrival::Matched(_)));
        }
        spent += thread_nanoseconds() - start;
    }
    (matched, spent)
}

/// What the hash of an identifier looks like: the finisher of `SplitMix64`.
fn identifier(number: u64) -> u64 {
    let mixed = (number ^ number >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ mixed >> 31
}

/// Processor time of this thread.
fn thread_nanoseconds() -> f64 {
    let Timespec { tv_sec, tv_nsec } = clock_gettime(ClockId::ThreadCPUTime);
    tv_sec as f64 * 1e9 + tv_nsec as f64
}

/// Resident memory of the process.
fn resident_bytes() -> std::io::Result<f64> {
    const PAGE: f64 = 4_096.0;
    let text = std::fs::read_to_string("/proc/self/statm")?;
    let pages: Option<f64> = text.split_whitespace().nth(1).and_then(|number| number.parse().ok());
    let pages = pages.ok_or_else(|| std::io::Error::other(format!("a number of pages, got {text:?}")))?;
    Ok(pages * PAGE)
}
