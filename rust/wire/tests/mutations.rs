//! Valid messages, damaged at random: the decoder never panics, never allocates beyond its bounds, and whatever it
//! accepts can be read to the last value.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::sync::LazyLock;

use driftline_engine::batch::{Batch, Values};
use driftline_wire::Limits;
use driftline_wire::ipc::IpcDecoder;
use peak_alloc::PeakAlloc;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

const MUTATIONS: u32 = 40_000;
const MAX_DECOMPRESSED: usize = 1 << 20;
/// Batches, columns, error messages, the decoders of compressed buffers.
const CONSTANT: usize = 1 << 20;
/// Structures that a byte of metadata or of a dictionary can become.
const FACTOR: usize = 16;

static STREAMS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "arrows"));
    paths.sort();
    assert!(paths.len() > 10, "there are streams to damage");
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
});

/// One damage; positions are taken modulo the length.
#[derive(Debug, Clone)]
enum Damage {
    Flip { at: usize, bit: u8 },
    Number { at: usize, value: i64, width: usize },
    Cut { at: usize },
    Remove { at: usize, length: usize },
    Repeat { at: usize, length: usize },
    Splice { at: usize, stream: usize, from: usize },
}

fn damage() -> impl Strategy<Value = Damage> {
    let at = any::<usize>();
    let value = prop_oneof![
        proptest::sample::select(vec![0, 1, -1, 7, 8, 255, 1 << 20, 1 << 31, 1 << 40, i64::MAX, i64::MIN]),
        any::<i64>(),
        -70_i64..70,
    ];
    let width = proptest::sample::select(vec![1_usize, 2, 4, 8]);
    prop_oneof![
        4 => (at, 0_u8..8).prop_map(|(at, bit)| Damage::Flip { at, bit }),
        6 => (at, value, width).prop_map(|(at, value, width)| Damage::Number { at, value, width }),
        1 => at.prop_map(|at| Damage::Cut { at }),
        1 => (at, 1_usize..64).prop_map(|(at, length)| Damage::Remove { at, length }),
        1 => (at, 1_usize..600).prop_map(|(at, length)| Damage::Repeat { at, length }),
        1 => (at, any::<usize>(), at).prop_map(|(at, stream, from)| Damage::Splice { at, stream, from }),
    ]
}

fn apply(bytes: &mut Vec<u8>, damage: &Damage) {
    if bytes.is_empty() {
        return;
    }
    let size = bytes.len();
    match *damage {
        Damage::Flip { at, bit } => bytes[at % size] ^= 1 << bit,
        Damage::Number { at, value, width } => {
            let at = at % size / width * width;
            let end = (at + width).min(size);
            bytes[at..end].copy_from_slice(&value.to_le_bytes()[..end - at]);
        }
        Damage::Cut { at } => bytes.truncate(at % size),
        Damage::Remove { at, length } => {
            let at = at % size;
            bytes.drain(at..(at + length).min(size));
        }
        Damage::Repeat { at, length } => {
            let at = at % size;
            let again = bytes[at..(at + length).min(size)].to_vec();
            bytes.splice(at..at, again);
        }
        Damage::Splice { at, stream, from } => {
            let other = &STREAMS[stream % STREAMS.len()];
            bytes.truncate(at % size);
            bytes.extend_from_slice(&other[from % other.len()..]);
        }
    }
}

fn limits() -> Limits {
    Limits { max_decompressed_bytes: MAX_DECOMPRESSED, ..Limits::default() }
}

/// Decodes, reads everything, and says whether it was accepted.
fn survive(bytes: &[u8]) -> bool {
    let mut decoder = IpcDecoder::new(limits());
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let result = decoder.decode(bytes);
    let peak = ALLOCATOR.peak_usage().saturating_sub(before);
    let bound = FACTOR * bytes.len() + MAX_DECOMPRESSED + CONSTANT;
    assert!(peak <= bound, "decoding {} bytes took {peak} bytes, at most {bound} are allowed", bytes.len());
    match &result {
        Ok(batches) => batches.iter().for_each(read_all),
        Err(error) => {
            assert!(matches!(error.reason(), "not_arrow" | "schema" | "limit"), "{error:?}");
            assert!(error.to_string().len() < 2_000, "a refusal is short");
        }
    }
    result.is_ok()
}

fn read_all(batch: &Batch<'_>) {
    assert_eq!(batch.columns.len(), batch.schema.fields.len());
    for column in &batch.columns {
        let is_present = |row| column.validity.as_ref().is_none_or(|validity| validity.get(row));
        if let Some(validity) = &column.validity {
            assert!(validity.count_ones(batch.rows) < batch.rows);
        }
        match &column.values {
            Values::Null => {}
            Values::Boolean(bits) => assert!(bits.count_ones(batch.rows) <= batch.rows),
            Values::Primitive(primitive, bytes) => assert_eq!(bytes.len(), batch.rows * primitive.width()),
            Values::Text(text) => (0..batch.rows).for_each(|row| {
                std::str::from_utf8(text.get(row)).unwrap();
            }),
            Values::Dictionary(keys, dictionary) => {
                for row in (0..batch.rows).filter(|&row| is_present(row) || !dictionary.is_empty()) {
                    let _ = dictionary.get(keys.get(row));
                }
            }
            Values::Hashes(_) => panic!("the decoder makes none"),
        }
    }
}

// One test, because the allocator counts for the whole process.
#[test]
fn damaged_messages_are_survived() {
    for stream in STREAMS.iter() {
        survive(stream);
    }
    let mut runner =
        TestRunner::new(Config { cases: MUTATIONS, failure_persistence: None, ..Config::default() });
    let strategy = (any::<usize>(), proptest::collection::vec(damage(), 1..5));
    let accepted = std::cell::Cell::new(0_u32);
    let result = runner.run(&strategy, |(stream, damages)| {
        let mut bytes = STREAMS[stream % STREAMS.len()].clone();
        for damage in &damages {
            apply(&mut bytes, damage);
        }
        accepted.set(accepted.get() + u32::from(survive(&bytes)));
        Ok(())
    });
    result.unwrap();
    // Both ways must be taken: damage to values alone leaves a good message.
    let share = f64::from(accepted.get()) / f64::from(MUTATIONS);
    assert!((0.02..0.98).contains(&share), "{share} of the damaged messages were accepted");
    flip_every_bit();
}

fn flip_every_bit() {
    let smallest = STREAMS.iter().filter(|stream| stream.len() < 2_000);
    let mut flipped = 0;
    for stream in smallest {
        let mut bytes = stream.clone();
        for at in 0..bytes.len() {
            for bit in 0..8 {
                bytes[at] ^= 1 << bit;
                survive(&bytes);
                bytes[at] ^= 1 << bit;
                flipped += 1;
            }
        }
    }
    assert!(flipped > 20_000, "{flipped} bits were flipped");
}
