//! Records are read back as they were written.

use std::borrow::Cow;
use std::sync::Arc;

use driftline_engine::batch::{Batch, Column, DataType, Dictionary, Keys, Primitive, Text, Values};
use driftline_engine::engine::{Engine, Header};
use driftline_engine::log::{LogError, decode, encode};
use proptest::prelude::*;

use crate::support::{NEW_YEAR, Table, bitmap, header};

fn encoded(header: &Header, batches: &[Batch<'_>]) -> Vec<u8> {
    encode(header, NEW_YEAR, batches, |_, _| true).to_vec()
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

#[test]
fn columns_that_are_not_looked_at_are_not_kept() {
    let bytes = encode(&header("m"), NEW_YEAR, &[every_kind()], |_, column| column != 1).to_vec();
    let record = decode(&bytes).unwrap();
    let names: Vec<_> = record.batches[0].schema.fields.iter().map(|field| field.name.as_str()).collect();
    assert!(!names.contains(&"text") && names.contains(&"many"), "{names:?}");
    assert!(!bytes.windows(3).any(|window| window == b"ab\xc3"));
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
    newer[0] = 2;
    assert!(decode(&newer).unwrap_err().to_string().contains("format 1, got 2"));
}

proptest! {
    /// A checksum guards what is read; without it nothing worse than nonsense may come of it.
    #[test]
    fn damaged_records_never_panic(place in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = encoded(&header("m"), &[every_kind()]);
        let place = place.index(bytes.len());
        bytes[place] = byte;
        if let Ok(record) = decode(&bytes) {
            let _ = Engine::new("w").ingest(&record.header, &record.batches, NEW_YEAR);
        }
    }
}
