//! Records are read back as they were written.

use std::borrow::Cow;
use std::sync::Arc;

use driftline_engine::batch::{Batch, Column, DataType, Dictionary, Keys, Primitive, Text, Values};
use driftline_engine::engine::{Engine, Header};
use driftline_engine::log::{LogError, decode, encode};
use driftline_engine::memory::Treatment;
use proptest::prelude::*;

use crate::support::{NEW_YEAR, Table, bitmap, header};

fn encoded(header: &Header, batches: &[Batch<'_>]) -> Vec<u8> {
    encode(header, NEW_YEAR, Treatment::default(), batches, |_, _| true).to_vec()
}

/// What an engine makes of batches.
fn counted(header: &Header, batches: &[Batch<'_>]) -> String {
    let engine = Engine::new("w");
    engine.ingest(header, batches, NEW_YEAR).unwrap();
    format!("{:?}", engine.begin_flush(NEW_YEAR).unwrap().unwrap().rows)
}

/// Three rows of every kind of column, with nulls in the middle, as slices of longer ones.
fn every_kind() -> Batch<'static> {
    let validity = || {
        let mut bits = bitmap(&[true, true, true, true, true, false, true]);
        bits.offset = 4;
        Some(bits)
    };
    let offsets: Vec<u8> = [3_u64, 5, 5, 9].iter().flat_map(|offset| offset.to_le_bytes()).collect();
    let text =
        Text { offsets: Cow::Owned(offsets), large: true, bytes: Cow::Owned("xyzab\u{e9}\u{e9}!".into()) };
    let dictionary = Arc::new(Dictionary::new(["never", "b", "c", "unused", "b"]));
    let keys = Keys {
        primitive: Primitive::UInt16,
        bytes: Cow::Owned([4_u16, 9, 2].map(u16::to_le_bytes).concat()),
    };
    let mut flags = bitmap(&[false, true, false, true]);
    flags.offset = 1;
    let column = |values| Column { validity: validity(), values };
    Table::new()
        .floats("x", &[1.5, f64::NAN, -0.0])
        .column("text", DataType::Text, 3, column(Values::Text(text)))
        .column("many", DataType::Dictionary, 3, column(Values::Dictionary(keys, dictionary)))
        .dictionary("few", &["p", "q"], &[1, 0, 1])
        .column("flag", DataType::Boolean, 3, column(Values::Boolean(flags)))
        .column("null", DataType::Null, 3, Column { validity: None, values: Values::Null })
        .times("timestamp", &[NEW_YEAR, NEW_YEAR - 1, NEW_YEAR + 1])
        .text("prediction_id", &["a", "b", ""])
        .integers("prediction", &[1, 0, 1])
        .build()
}

#[test]
fn every_kind_of_column_counts_the_same_after_the_log() {
    let header = Header {
        principal: "a\u{1f}b".into(),
        producer_id: "p\u{e9}".into(),
        epoch: 3,
        sequence: 7,
        bytes: 99,
        ..header("m")
    };
    let bytes = encoded(&header, &[every_kind(), every_kind()]);
    let record = decode(&bytes).unwrap();
    assert_eq!((&record.header, record.arrived, record.batches.len()), (&header, NEW_YEAR, 2));
    let again = encoded(&record.header, &record.batches);
    assert_eq!(encoded(&header, &decode(&again).unwrap().batches), again);
    assert_eq!(counted(&header, &record.batches), counted(&header, &[every_kind(), every_kind()]));
}

/// What the release before the codes wrote of two of [`every_kind`].
#[test]
fn records_of_the_first_format_are_read() {
    let record = decode(include_bytes!("../golden/log-record-1.bin")).unwrap();
    let header = Header { producer_id: "p\u{e9}".into(), epoch: 3, sequence: 7, bytes: 99, ..header("m") };
    assert_eq!((&record.header, record.arrived, record.batches.len()), (&header, NEW_YEAR, 2));
    assert_eq!(counted(&header, &record.batches), counted(&header, &[every_kind(), every_kind()]));
    assert_eq!(encoded(&header, &record.batches), encoded(&header, &[every_kind(), every_kind()]));
}

/// The present format stays what it is once it was released: a change of it is another format, with another file. With
/// `DRIFTLINE_WRITE_GOLDEN` set, the file is written instead.
#[test]
fn records_of_the_present_format_are_written_as_ever() {
    let header = Header { producer_id: "p\u{e9}".into(), epoch: 3, sequence: 7, bytes: 99, ..header("m") };
    let treatment = Treatment { overflows: true, releases: false };
    let batches = [every_kind(), repetitive(9, 9)];
    let bytes = encode(&header, NEW_YEAR, treatment, &batches, |_, _| true).to_vec();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/log-record-2.bin");
    if std::env::var_os("DRIFTLINE_WRITE_GOLDEN").is_some() {
        std::fs::write(path, &bytes).unwrap();
    }
    let golden = std::fs::read(path).unwrap();
    assert!(bytes == golden);
    let record = decode(&golden).unwrap();
    assert_eq!((&record.header, record.arrived, record.treatment), (&header, NEW_YEAR, treatment));
    for (read, written) in record.batches.chunks(1).zip(batches.chunks(1)) {
        assert_eq!(counted(&header, read), counted(&header, written));
    }
}

/// Numbers that have the same bits in the same rows, null or not.
fn bits_of<'a>(batch: &'a Batch<'_>, column: usize) -> (Primitive, &'a [u8]) {
    let Values::Primitive(primitive, bytes) = &batch.columns[column].values else { panic!("numbers") };
    (*primitive, &bytes[..batch.rows * primitive.width()])
}

/// A thousand rows: numbers of few and of many values, NaNs with payloads and a negative zero among them, some null; and
/// keys wider than their values ask for.
fn repetitive(few: usize, texts: usize) -> Batch<'static> {
    const ROWS: usize = 1_000;
    let pool: Vec<u64> = (0..few as u64)
        .map(|number| match number {
            0 => (-0.0_f64).to_bits(),
            1 => f64::NAN.to_bits() | 0x11,
            2 => (-f64::NAN).to_bits(),
            _ => (number as f64 / 7.0).to_bits(),
        })
        .collect();
    // All of them, then any.
    let chosen = |row: usize| {
        let random = (row as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let random = ((random ^ random >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 32) as usize;
        pool[if row < few { row } else { random % few }]
    };
    let valid: Vec<bool> = (0..ROWS).map(|row| row % 7 != 3).collect();
    let few_values = Values::Primitive(
        Primitive::Float64,
        (0..ROWS).flat_map(|row| chosen(row).to_le_bytes()).collect::<Vec<u8>>().into(),
    );
    let names: Vec<String> = (0..texts).map(|number| format!("text {number}")).collect();
    let keys = |row: usize| if valid[row] { (row * 17 % texts) as u32 } else { u32::MAX };
    let keys = Keys {
        primitive: Primitive::UInt32,
        bytes: (0..ROWS).flat_map(|row| keys(row).to_le_bytes()).collect::<Vec<u8>>().into(),
    };
    let dictionary = Arc::new(Dictionary::new(names.iter().map(String::as_str)));
    let column = |values| Column { validity: Some(bitmap(&valid)), values };
    Table::new()
        .column("few", DataType::Primitive(Primitive::Float64), ROWS, column(few_values))
        .integers("many", &(0..ROWS as i64).map(|row| row * row).collect::<Vec<_>>())
        .column("keys", DataType::Dictionary, ROWS, column(Values::Dictionary(keys, dictionary)))
        .build()
}

#[test]
fn few_values_take_a_byte_and_come_back_bit_by_bit() {
    for (few, texts, numbers, keys) in [
        (1, 1, 8 + 1_000, 1_000),
        (40, 256, 40 * 8 + 1_000, 1_000),
        (200, 257, 200 * 8 + 1_000, 2_000),
        (600, 5_000, 8_000, 2_000),
    ] {
        let batches = [repetitive(few, texts)];
        let bytes = encoded(&header("m"), &batches);
        let record = decode(&bytes).unwrap();
        for column in 0..2 {
            assert_eq!(bits_of(&record.batches[0], column), bits_of(&batches[0], column), "{few} values");
        }
        assert_eq!(counted(&header("m"), &record.batches), counted(&header("m"), &batches), "{texts} texts");
        let Values::Dictionary(read, dictionary) = &record.batches[0].columns[2].values else {
            panic!("keys")
        };
        assert_eq!(read.bytes.len(), keys, "{texts} texts");
        let names: usize = (0..dictionary.len()).map(|key| 4 + dictionary.get(key).len()).sum();
        let rest = bytes.len() - numbers - 8_000 - keys - names;
        assert!((350..500).contains(&rest), "{few} values, {texts} texts: {rest} bytes for all else");
    }
}

#[test]
fn a_replay_of_codes_is_the_same_bit_by_bit() {
    let batches: Vec<_> = [3, 40, 600].map(|few| repetitive(few, few)).into();
    let record = encoded(&header("m"), &batches);
    let record = decode(&record).unwrap();
    let twice = encoded(&header("m"), &record.batches);
    assert_eq!(counted(&header("m"), &decode(&twice).unwrap().batches), counted(&header("m"), &batches));
}

#[test]
fn columns_that_are_not_looked_at_are_not_kept() {
    let bytes =
        encode(&header("m"), NEW_YEAR, Treatment::default(), &[every_kind()], |_, column| column != 1)
            .to_vec();
    let record = decode(&bytes).unwrap();
    let names: Vec<_> = record.batches[0].schema.fields.iter().map(|field| field.name.as_str()).collect();
    assert!(!names.contains(&"text") && names.contains(&"many"), "{names:?}");
    assert!(!bytes.windows(3).any(|window| window == b"ab\xc3"));
}

#[test]
fn how_a_batch_was_treated_is_kept() {
    for (overflows, releases) in [(false, false), (true, false), (false, true), (true, true)] {
        let treatment = Treatment { overflows, releases };
        let bytes = encode(&header("m"), NEW_YEAR, treatment, &[every_kind()], |_, _| true).to_vec();
        assert_eq!(decode(&bytes).unwrap().treatment, treatment);
    }
}

#[test]
fn an_empty_batch_is_a_record_too() {
    let batch = Table::new().floats("x", &[]).text("t", &[]).build();
    let bytes = encoded(&header("m"), &[batch]);
    assert_eq!(decode(&bytes).unwrap().batches[0].rows, 0);
}

#[test]
fn every_shortened_record_is_refused() {
    let bytes = encoded(&header("m"), &[every_kind()]);
    for length in 0..bytes.len() {
        assert!(matches!(decode(&bytes[..length]), Err(LogError::Damaged(_))), "{length} bytes");
    }
    assert!(decode(&[&bytes[..], &[0]].concat()).is_err());
    let mut newer = bytes;
    newer[0] = 3;
    assert!(decode(&newer).unwrap_err().to_string().contains("format 1 to 2, got 3"));
}

proptest! {
    /// A checksum guards what is read; without it nothing worse than nonsense may come of it.
    #[test]
    fn damaged_records_never_panic(place in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = encoded(&header("m"), &[every_kind(), repetitive(9, 9)]);
        let place = place.index(bytes.len());
        bytes[place] = byte;
        if let Ok(record) = decode(&bytes) {
            let _ = Engine::new("w").ingest(&record.header, &record.batches, NEW_YEAR);
        }
    }
}
