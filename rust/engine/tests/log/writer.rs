//! Appending, waiting, cutting.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use driftline_engine::log::{FileDirectory, Log, LogError, LogOptions, Payload};

use crate::disk::Disk;
use crate::{OPTIONS, append, open, recover};

#[test]
fn records_come_back_in_order_over_many_segments() {
    let disk = Disk::default();
    let (log, none) = open(&disk, 0).unwrap();
    assert!(none.is_empty());
    let payloads: Vec<Vec<u8>> = (0..50_u8).map(|n| vec![n; usize::from(n) * 7]).collect();
    for (payload, number) in payloads.iter().zip(1..) {
        assert_eq!(append(&log, payload).unwrap(), number);
    }
    log.wait_durable(50).unwrap();
    let (_, records) = recover(&disk, 0, false).unwrap();
    assert_eq!(records.iter().map(|(_, payload)| payload.clone()).collect::<Vec<_>>(), payloads);
    assert_eq!(recover(&disk, 48, false).unwrap().1.len(), 2);
}

#[test]
fn a_record_larger_than_a_segment_gets_one_of_its_own() {
    let disk = Disk::default();
    let (log, _) = open(&disk, 0).unwrap();
    for payload in [vec![1; 10], vec![2; 5_000], vec![3; 10]] {
        append(&log, &payload).unwrap();
    }
    let lengths: Vec<_> = recover(&disk, 0, false).unwrap().1.iter().map(|(_, p)| p.len()).collect();
    assert_eq!(lengths, [10, 5_000, 10]);
}

#[test]
fn segments_are_used_again_and_what_was_in_them_is_gone() {
    let disk = Disk::default();
    let (log, _) = open(&disk, 0).unwrap();
    let mut most = 0;
    for round in 1..=40_u64 {
        for _ in 0..10 {
            append(&log, &[7; 300]).unwrap();
        }
        log.wait_durable(round * 10).unwrap();
        log.cut(round * 10 - 1).unwrap();
        most = most.max(disk.contents().len());
        assert!(log.status().bytes <= 2 * 1_024);
    }
    assert!(most <= 10, "{most} segments");
    let (recovered, records) = recover(&disk, 399, false).unwrap();
    assert_eq!((recovered.last, records.len()), (400, 1));
}

#[test]
fn numbers_go_on_after_a_restart_even_of_an_empty_log() {
    let disk = Disk::default();
    let (log, _) = open(&disk, 0).unwrap();
    append(&log, b"a").unwrap();
    drop(log);
    assert_eq!(append(&open(&disk, 0).unwrap().0, b"b").unwrap(), 2);
    assert_eq!(append(&open(&Disk::default(), 9).unwrap().0, b"c").unwrap(), 10);
}

#[test]
fn a_full_disk_refuses_and_takes_again_when_there_is_space() {
    let disk = Disk::default();
    let (log, _) = open(&disk, 0).unwrap();
    disk.limit(Some(1_024));
    let mut taken = 0;
    let error = loop {
        match append(&log, &[1; 200]) {
            Ok(number) => taken = number,
            Err(error) => break error,
        }
    };
    assert!(matches!(&error, LogError::Refused(message) if message.contains("cannot allocate")), "{error}");
    log.wait_durable(taken).unwrap();
    disk.limit(None);
    assert_eq!(append(&log, &[2; 200]).unwrap(), taken + 1);
    assert_eq!(recover(&disk, 0, false).unwrap().1.len() as u64, taken + 1);
}

#[test]
fn a_failed_write_leaves_no_record_and_the_next_takes_its_place() {
    let disk = Disk::default();
    let (log, _) = open(&disk, 0).unwrap();
    append(&log, b"one").unwrap();
    disk.fail(&[1]);
    assert!(matches!(append(&log, &[9; 100]), Err(LogError::Refused(_))));
    assert_eq!(append(&log, b"two").unwrap(), 2);
    let (_, records) = recover(&disk, 0, false).unwrap();
    assert_eq!(records, [(1, b"one".to_vec()), (2, b"two".to_vec())]);
}

#[test]
fn a_failed_sync_is_final() {
    let disk = Disk::default();
    let (log, _) = open(&disk, 0).unwrap();
    append(&log, b"one").unwrap();
    log.wait_durable(1).unwrap();
    append(&log, b"two").unwrap();
    disk.fail(&[1]);
    assert!(matches!(log.wait_durable(2), Err(LogError::Failed(_))));
    assert!(matches!(log.wait_durable(2), Err(LogError::Failed(_))), "the second sync would succeed");
    assert!(matches!(append(&log, b"three"), Err(LogError::Failed(_))));
    log.wait_durable(1).unwrap();
    assert!(log.status().failure.is_some());
    assert_eq!(recover(&disk, 0, false).unwrap().1.len(), 1);
}

#[test]
fn the_disk_begins_to_write_before_anybody_waits() {
    let disk = Disk::default();
    let (recovered, _) = recover(&disk, 0, false).unwrap();
    let options = LogOptions { segment_bytes: 8 << 20 };
    let log = Log::open(Arc::new(disk.clone()), options, &recovered).unwrap();
    for _ in 0..9 {
        append(&log, &vec![1; 2 << 20]).unwrap();
    }
    let deadline = Instant::now() + Duration::from_secs(20);
    // Three records fit into a segment, and each is more than what the disk is left alone with.
    let written = 48 + 3 * (48 + (2 << 20));
    while disk.begun().iter().any(|file| file.iter().map(|range| range.end).max() != Some(written)) {
        assert!(Instant::now() < deadline, "{:?} of {written}", disk.begun());
        thread::yield_now();
    }
    assert_eq!(disk.begun().len(), 3);
    for file in disk.begun() {
        let mut ranges = file;
        ranges.sort_unstable_by_key(|range| range.start);
        assert!(ranges.windows(2).all(|pair| pair[0].end == pair[1].start), "{ranges:?}");
        assert_eq!(ranges[0].start, 0);
    }
}

#[test]
fn names_of_segments_are_durable_with_what_is_in_them() {
    let disk = Disk::default();
    let (log, _) = open(&disk, 0).unwrap();
    for number in 1..=8 {
        append(&log, &[number; 500]).unwrap();
    }
    log.wait_durable(8).unwrap();
    assert!(disk.contents().len() > 2);
    drop(log);
    disk.crash(|| false);
    assert_eq!(recover(&disk, 0, false).unwrap().1.len(), 8);
}

#[test]
fn names_that_a_killed_process_left_are_durable_after_the_next_start() {
    let disk = Disk::default();
    let (log, _) = open(&disk, 0).unwrap();
    for number in 1..=8 {
        append(&log, &[number; 500]).unwrap();
    }
    drop(log);
    disk.kill();
    let (log, records) = open(&disk, 0).unwrap();
    assert_eq!((records.len(), log.status().durable), (8, 8));
    drop(log);
    disk.crash(|| false);
    assert_eq!(recover(&disk, 0, false).unwrap().1.len(), 8);
}

#[test]
fn many_parts_are_one_record_in_a_real_file() {
    let folder = std::env::temp_dir().join(format!("driftline-parts-{}", std::process::id()));
    let directory = Arc::new(FileDirectory::open(&folder).unwrap());
    let empty = driftline_engine::log::recover(&*directory, 0, false, |_, _| Ok(())).unwrap();
    let log = Log::open(directory.clone(), OPTIONS, &empty).unwrap();
    let long: Vec<u8> = (0..=u8::MAX).cycle().take(5_000).collect();
    let mut payload = Payload::default();
    // More parts than go into one write.
    for number in 0..1_500_u32 {
        payload.copy(&number.to_le_bytes());
        payload.lend(&long[number as usize % 256..]);
    }
    assert_eq!(log.append(&payload).unwrap(), 1);
    let mut found = Vec::new();
    let recovered = driftline_engine::log::recover(&*directory, 0, false, |_, bytes| {
        found = bytes.to_vec();
        Ok(())
    });
    std::fs::remove_dir_all(folder).unwrap();
    recovered.unwrap();
    assert!(found == payload.to_vec());
}

#[test]
fn all_who_wait_at_a_time_are_served_by_few_syncs() {
    let folder = std::env::temp_dir().join(format!("driftline-log-{}", std::process::id()));
    let directory = Arc::new(FileDirectory::open(&folder).unwrap());
    let empty = driftline_engine::log::recover(&*directory, 0, false, |_, _| Ok(())).unwrap();
    let log = Log::open(directory.clone(), OPTIONS, &empty).unwrap();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..50 {
                    let number = append(&log, &[5; 100]).unwrap();
                    log.wait_durable(number).unwrap();
                    assert!(log.status().durable >= number);
                }
            });
        }
    });
    let mut numbers = Vec::new();
    let recovered = driftline_engine::log::recover(&*directory, 0, false, |number, _| {
        numbers.push(number);
        Ok(())
    });
    std::fs::remove_dir_all(folder).unwrap();
    assert_eq!(recovered.unwrap().last, 400);
    assert_eq!(numbers, (1..=400).collect::<Vec<_>>());
}
