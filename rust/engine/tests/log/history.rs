//! Random histories of a log: what was promised is there, what is there was written.

use std::collections::VecDeque;

use driftline_engine::log::{Log, RecordNumber};
use proptest::prelude::*;

use crate::disk::Disk;
use crate::{Records, append, open};

#[derive(Debug, Clone)]
enum Step {
    Append(usize),
    Wait,
    Cut,
    Fail(u64),
    Limit(u64),
    Kill,
    Crash(Vec<bool>),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..400_usize).prop_map(Step::Append),
        4 => Just(Step::Wait),
        2 => Just(Step::Cut),
        1 => (1..4_u64).prop_map(Step::Fail),
        1 => (0..6_u64).prop_map(Step::Limit),
        1 => Just(Step::Kill),
        2 => prop::collection::vec(any::<bool>(), 1..40).prop_map(Step::Crash),
    ]
}

/// What has been promised and what may be there.
#[derive(Default)]
struct Expected {
    /// Records as they were appended, by number from `position + 1`.
    appended: Records,
    durable: RecordNumber,
    position: RecordNumber,
}

impl Expected {
    /// Checks what a recovered log gives, and takes it for the truth from then on.
    fn check(&mut self, found: Records) -> Result<(), TestCaseError> {
        let last = found.last().map_or(self.position, |(number, _)| *number);
        prop_assert!(last >= self.durable, "record {} was durable, the last is {last}", self.durable);
        prop_assert_eq!(&found[..], &self.appended[..found.len()]);
        self.appended = found;
        self.durable = last;
        Ok(())
    }
}

fn run(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let disk = Disk::default();
    let mut expected = Expected::default();
    let mut log: Option<Log> = None;
    for (number, step) in steps.into_iter().enumerate() {
        if log.is_none() {
            // A disk that fails now may be well later.
            if let Ok((opened, found)) = open(&disk, expected.position) {
                expected.check(found)?;
                log = Some(opened);
            }
        }
        let Some(opened) = &log else { continue };
        match step {
            Step::Append(length) => {
                let payload = vec![number as u8; length];
                if let Ok(record) = append(opened, &payload) {
                    expected.appended.push((record, payload));
                }
            }
            Step::Wait => {
                let last = expected.appended.last().map_or(0, |(record, _)| *record);
                if opened.wait_durable(last).is_ok() {
                    expected.durable = expected.durable.max(last);
                }
            }
            Step::Cut => {
                let cut = expected.appended.get(expected.appended.len() / 2).map_or(0, |(record, _)| *record);
                if cut > expected.position && opened.status().failure.is_none() {
                    let _ = opened.cut(cut);
                    expected.position = cut;
                    expected.durable = expected.durable.max(cut);
                    expected.appended.retain(|(record, _)| *record > cut);
                }
            }
            Step::Fail(operation) => disk.fail(&[operation]),
            Step::Limit(segments) => disk.limit((segments > 0).then_some(segments * 1_024)),
            Step::Kill => {
                log = None;
                disk.kill();
            }
            Step::Crash(choices) => {
                log = None;
                let mut choices: VecDeque<bool> = choices.into();
                disk.crash(|| {
                    choices.rotate_left(1);
                    choices[0]
                });
            }
        }
    }
    drop(log);
    disk.kill();
    disk.limit(None);
    let (_, found) =
        open(&disk, expected.position).map_err(|error| TestCaseError::fail(error.to_string()))?;
    expected.check(found)
}

proptest! {
    #[test]
    fn what_was_durable_is_found_again_and_nothing_else(steps in prop::collection::vec(step(), 1..80)) {
        run(steps)?;
    }
}

/// A torn record is cut off, with a whole one behind it; when the next record is lost as well, what was cut off
/// must not come back in its place.
#[test]
fn what_was_cut_off_does_not_come_back() {
    let disk = Disk::default();
    let (log, _) = open(&disk, 0).unwrap();
    append(&log, &[1; 25]).unwrap();
    append(&log, b"cut off").unwrap();
    drop(log);
    let mut contents = disk.contents();
    let bytes = contents.values_mut().next().unwrap();
    bytes[100] ^= 1;
    let disk = Disk::holding(&contents);
    let (log, none) = open(&disk, 0).unwrap();
    assert!(none.is_empty());
    append(&log, b"one").unwrap();
    log.cut(1).unwrap();
    append(&log, b"two").unwrap();
    drop(log);
    disk.crash(|| false);
    assert_eq!(open(&disk, 1).unwrap().1, []);
}
