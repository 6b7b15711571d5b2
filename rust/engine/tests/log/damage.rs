//! Torn tails are cut, damage is loud.

use std::collections::BTreeMap;

use driftline_engine::log::LogError;

use crate::disk::Disk;
use crate::{Records, append, open, recover};

type Contents = BTreeMap<String, Vec<u8>>;

const PAYLOADS: [&[u8]; 3] = [b"the first record", b"the second", b"and the third one, a bit longer"];

/// A log of three records; durable with a mark behind them, or not synced at all.
fn three(is_durable: bool) -> Contents {
    let disk = Disk::default();
    let (log, _) = open(&disk, 0).unwrap();
    for payload in PAYLOADS {
        append(&log, payload).unwrap();
    }
    if is_durable {
        log.wait_durable(3).unwrap();
    }
    disk.contents()
}

fn only(contents: &mut Contents) -> &mut Vec<u8> {
    assert_eq!(contents.len(), 1);
    contents.values_mut().next().unwrap()
}

fn is_prefix(records: &Records) -> bool {
    records
        .iter()
        .zip(1..)
        .all(|((number, payload), wanted)| *number == wanted && payload == PAYLOADS[wanted as usize - 1])
}

fn used(bytes: &[u8]) -> usize {
    bytes.iter().rposition(|&byte| byte != 0).unwrap() + 1
}

#[test]
fn a_tail_torn_at_any_byte_is_cut_at_the_last_whole_record() {
    let whole = three(false);
    let used = used(&whole.values().next().unwrap().clone());
    let mut counts = Vec::new();
    for end in 0..=used {
        let mut torn = whole.clone();
        only(&mut torn)[end..].fill(0);
        let (recovered, records) = recover(&Disk::holding(&torn), 0, false).unwrap();
        assert!(is_prefix(&records), "torn at {end}");
        assert_eq!(recovered.last, records.len() as u64);
        counts.push(records.len());
        // The log goes on where it was cut, and stale bytes behind the cut stay dead.
        let disk = Disk::holding(&torn);
        let (log, _) = open(&disk, 0).unwrap();
        append(&log, b"new").unwrap();
        drop(log);
        assert_eq!(open(&disk, 0).unwrap().1.len(), records.len() + 1);
    }
    assert!(counts.is_sorted());
    assert_eq!((counts[0], counts[used]), (0, 3));
}

#[test]
fn a_cut_is_told() {
    let mut torn = three(false);
    let bytes = only(&mut torn);
    let end = used(bytes);
    bytes[end - 1] ^= 1;
    let (recovered, records) = recover(&Disk::holding(&torn), 0, false).unwrap();
    let cut = recovered.cut.unwrap();
    assert_eq!((records.len(), cut.records), (2, 0));
    assert!(cut.offset > 0 && (cut.offset as usize) < end);
}

#[test]
fn a_flipped_bit_anywhere_is_refused_or_harmless() {
    let whole = three(true);
    let length = whole.values().next().unwrap().len();
    let (mut refused, mut harmless) = (0, 0);
    for bit in 0..length * 8 {
        let mut flipped = whole.clone();
        only(&mut flipped)[bit / 8] ^= 1 << (bit % 8);
        match recover(&Disk::holding(&flipped), 0, false) {
            Ok((_, records)) => {
                assert_eq!(records.len(), 3, "bit {bit}: a durable record is lost in silence");
                assert!(is_prefix(&records));
                harmless += 1;
            }
            Err(LogError::Damaged(message)) => {
                let file = flipped.keys().next().unwrap();
                assert!(message.contains(file) && message.contains("driftline repair"), "{message}");
                refused += 1;
            }
            Err(other) => panic!("bit {bit}: {other}"),
        }
    }
    // Every bit of the frames but their padding, and nothing but those, matters.
    let frames: usize = PAYLOADS.iter().map(|payload| (48 + payload.len()) * 8).sum();
    assert_eq!((refused, harmless), (frames, length * 8 - frames));
}

#[test]
fn what_is_damaged_can_be_given_up_and_the_rest_comes_back() {
    let mut damaged = three(true);
    let bytes = only(&mut damaged);
    let place = bytes.windows(10).position(|window| window == b"the second").unwrap();
    bytes[place] ^= 1;
    let (recovered, records) = recover(&Disk::holding(&damaged), 0, true).unwrap();
    assert_eq!(records.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 3]);
    assert_eq!(recovered.damage.len(), 1);
    assert_eq!((recovered.damage[0].first, recovered.damage[0].last), (2, 2));
    assert_eq!(recovered.damage[0].offset as usize, place - 48);
}

#[test]
fn a_missing_segment_is_damage_unless_it_is_not_needed() {
    let disk = Disk::default();
    let (log, _) = open(&disk, 0).unwrap();
    for number in 1..=20 {
        append(&log, &[1; 200]).unwrap();
        log.wait_durable(number).unwrap();
    }
    let whole = disk.contents();
    assert!(whole.len() > 4);
    let names: Vec<_> = whole.keys().cloned().collect();
    for name in &names[..names.len() - 1] {
        let mut damaged = whole.clone();
        damaged.remove(name);
        assert!(matches!(recover(&Disk::holding(&damaged), 0, false), Err(LogError::Damaged(_))), "{name}");
    }
    let mut damaged = whole.clone();
    damaged.remove(&names[0]);
    assert_eq!(recover(&Disk::holding(&damaged), 5, false).unwrap().1.len(), 15);
}

#[test]
fn a_payload_that_holds_a_frame_is_no_frame() {
    let mut torn = three(false);
    let inner = only(&mut torn)[..200].to_vec();
    let disk = Disk::holding(&Contents::new());
    let (log, _) = open(&disk, 0).unwrap();
    append(&log, &inner).unwrap();
    let mut contents = disk.contents();
    let bytes = only(&mut contents);
    bytes[48..52].fill(0);
    assert!(recover(&Disk::holding(&contents), 0, false).unwrap().1.is_empty());
}
