//! Streams that pyarrow wrote.

use std::borrow::Cow;
use std::sync::Arc;

use driftline_engine::batch::{DataType, Values};
use driftline_wire::ipc::IpcDecoder;
use driftline_wire::{Limits, WireError};

use crate::table::{assert_holds, golden};

fn decoder() -> IpcDecoder {
    IpcDecoder::new(Limits::default())
}

#[test]
fn every_type_comes_back_as_written() {
    let variants = ["every_type", "every_type_lz4", "every_type_zstd", "every_type_version_4"];
    for name in variants {
        let bytes = golden(&format!("{name}.arrows"));
        let mut decoder = decoder();
        let batches = decoder.decode(&bytes).unwrap();
        assert_eq!(batches.len(), 1, "{name}");
        assert!(batches[0].columns.len() > 40, "{name}: every type is there");
        assert_holds(&batches, "every_type");
    }
}

#[test]
fn slices_empty_batches_and_dictionaries_come_back_as_written() {
    let names = [
        "sliced",
        "empty",
        "no_nulls",
        "dictionary_delta",
        "dictionary_replaced",
        "dictionary_null_entries",
        "roles",
    ];
    for name in names {
        assert_holds(&decoder().decode(&golden(&format!("{name}.arrows"))).unwrap(), name);
    }
}

#[test]
fn bodies_are_read_at_any_alignment_and_borrowed() {
    let bytes = golden("every_type.arrows");
    for shift in 0..8 {
        let mut shifted = vec![0; shift];
        shifted.extend_from_slice(&bytes);
        let batches = decoder().decode(&shifted[shift..]).unwrap();
        assert_holds(&batches, "every_type");
        for column in &batches[0].columns {
            if let Values::Primitive(_, values) = &column.values {
                assert!(matches!(values, Cow::Borrowed(_)), "an uncompressed body is not copied");
            }
        }
    }
}

#[test]
fn several_blocks_of_compression_are_put_together() {
    let bytes = golden("several_blocks.arrows");
    let batches = decoder().decode(&bytes).unwrap();
    let Values::Primitive(_, values) = &batches[0].columns[0].values else { panic!("numbers") };
    let (values, _) = values.as_chunks::<8>();
    assert_eq!(values.len(), 30_000);
    for (row, value) in values.iter().enumerate() {
        assert_eq!(f64::from_le_bytes(*value), (row / 50) as f64, "row {row}");
    }
}

#[test]
fn all_valid_columns_have_no_bitmap_and_roles_are_read() {
    let bytes = golden("no_nulls.arrows");
    let batches = decoder().decode(&bytes).unwrap();
    assert!(batches[0].columns.iter().all(|column| column.validity.is_none()));
    let bytes = golden("roles.arrows");
    let batches = decoder().decode(&bytes).unwrap();
    let roles: Vec<_> = batches[0].schema.fields.iter().map(|field| field.role.as_deref()).collect();
    assert_eq!(roles, [Some("prediction"), None]);
}

#[test]
fn requests_continue_the_stream_of_earlier_ones() {
    let bytes = golden("dictionary_delta.arrows");
    let ends = message_ends(&bytes);
    let mut decoder = decoder();
    let mut start = 0;
    let mut rows = 0;
    let mut schema = None;
    for end in ends {
        let batches = decoder.decode(&bytes[start..end]).unwrap();
        start = end;
        for batch in batches {
            rows += batch.rows;
            assert_eq!(batch.schema.fields[0].data_type, DataType::Dictionary);
            let first = schema.get_or_insert_with(|| Arc::clone(&batch.schema));
            assert!(Arc::ptr_eq(first, &batch.schema), "one schema object a stream");
        }
    }
    assert_eq!(rows, 12);
    // The same schema again is recognised; its dictionaries are gone.
    let batches = decoder.decode(&bytes).unwrap();
    assert!(Arc::ptr_eq(&schema.unwrap(), &batches[0].schema));
}

#[test]
fn a_new_schema_takes_over() {
    let mut decoder = decoder();
    let roles = golden("roles.arrows");
    assert_holds(&decoder.decode(&roles).unwrap(), "roles");
    let others = golden("no_nulls.arrows");
    assert_holds(&decoder.decode(&others).unwrap(), "no_nulls");
}

#[test]
fn types_off_the_list_are_refused_by_name() {
    let archive = golden("refused.bin");
    let mut rest = &archive[..];
    let mut take = || {
        let (length, after) = rest.split_first_chunk::<4>()?;
        let (item, after) = after.split_at(u32::from_le_bytes(*length) as usize);
        rest = after;
        Some(item.to_vec())
    };
    let mut seen = 0;
    while let (Some(name), Some(stream)) = (take(), take()) {
        let name = String::from_utf8(name).unwrap();
        let error = decoder().decode(&stream).unwrap_err();
        let WireError::UnsupportedType { column, found, .. } = &error else { panic!("{name}: {error}") };
        assert_eq!((column.as_str(), found.as_str()), ("column", name.as_str()));
        assert!(error.to_string().contains("leave it out"), "{error}");
        assert_eq!((error.reason(), error.code()), ("schema", 3));
        seen += 1;
    }
    assert_eq!(seen, 17);
}

#[test]
fn every_truncation_is_refused_or_a_shorter_stream() {
    for name in ["no_nulls", "dictionary_null_entries", "dictionary_delta"] {
        let bytes = golden(&format!("{name}.arrows"));
        let ends = message_ends(&bytes);
        for length in 0..bytes.len() {
            let result = decoder().decode(&bytes[..length]).map(|batches| batches.len());
            // Between two messages the bytes are a stream without its end marker, or with half of it.
            assert_eq!(result.is_ok(), ends.contains(&length), "{name} cut at {length}: {result:?}");
        }
    }
}

/// Where the messages of a stream end, without the end marker.
pub(crate) fn message_ends(bytes: &[u8]) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut at = 0;
    loop {
        let length = u32::from_le_bytes(bytes[at + 4..at + 8].try_into().unwrap()) as usize;
        if length == 0 {
            return ends;
        }
        let metadata = &bytes[at + 8..at + 8 + length];
        let body = arrow_ipc::root_as_message(metadata).unwrap().bodyLength();
        at += 8 + length + usize::try_from(body).unwrap();
        ends.push(at);
    }
}
