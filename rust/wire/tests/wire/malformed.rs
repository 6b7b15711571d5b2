//! What must be refused, and how it is said.

use arrow_ipc::{CompressionType, Endianness, MetadataVersion};
use driftline_engine::batch::Values;
use driftline_wire::ipc::{IpcDecoder, check_declared};
use driftline_wire::{Limits, WireError};

use crate::messages::{BatchSpec, Kind, SchemaSpec, schema};
use crate::table::golden;

const FLOAT: &[(&str, Kind)] = &[("x", Kind::Float64)];
const TEXT: &[(&str, Kind)] = &[("s", Kind::Utf8)];
const COLOUR: &[(&str, Kind)] = &[("colour", Kind::Dictionary)];

fn decode(bytes: &[u8]) -> Result<usize, WireError> {
    IpcDecoder::new(Limits::default()).decode(bytes).map(|batches| batches.len())
}

/// Asserts the reason and a part of the message.
fn assert_refused(bytes: &[u8], reason: &str, part: &str) {
    let error = decode(bytes).unwrap_err();
    assert_eq!(error.reason(), reason, "{error}");
    assert!(error.to_string().contains(part), "expected {part:?} in {error:?}");
}

fn floats(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn offsets(values: &[i32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn float_batch() -> BatchSpec {
    BatchSpec::new(2).column(0, &[&[], &floats(&[1.0, 2.0])])
}

fn text_batch(ends: &[i32], bytes: &[u8]) -> BatchSpec {
    BatchSpec::new(ends.len() as i64 - 1).column(0, &[&[], &offsets(ends), bytes])
}

fn entries(words: &[&str]) -> BatchSpec {
    let mut ends = vec![0];
    for word in words {
        ends.push(ends[ends.len() - 1] + word.len() as i32);
    }
    text_batch(&ends, words.concat().as_bytes())
}

fn after(columns: &[(&str, Kind)], batch: &BatchSpec) -> Vec<u8> {
    [schema(columns), batch.message()].concat()
}

#[test]
fn the_messages_made_here_are_good_before_they_are_broken() {
    assert_eq!(decode(&after(FLOAT, &float_batch())), Ok(1));
    assert_eq!(decode(&after(TEXT, &text_batch(&[0, 2, 3], "äb".as_bytes()))), Ok(1));
    let keys = BatchSpec::new(3).column(0, &[&[], &[0, 1, 0]]);
    let red_green = entries(&["red", "green"]).dictionary_message(0, false);
    assert_eq!(decode(&[schema(COLOUR), red_green, keys.message()].concat()), Ok(1));
}

#[test]
fn other_formats_are_recognised() {
    assert_refused(b"", "not_arrow", "empty");
    assert_refused(b"ARROW1\0\0", "not_arrow", "Arrow IPC file");
    assert_refused(b"PAR1....", "not_arrow", "Parquet");
    assert_refused(b"{\"rows\": []}", "not_arrow", "start with 7B22726F");
    assert_refused(&golden("before_0_15.arrows"), "not_arrow", "before Arrow 0.15");
}

#[test]
fn framing_must_add_up() {
    let good = after(FLOAT, &float_batch());
    let end = [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];
    assert_eq!(decode(&[&good[..], &end].concat()), Ok(1));
    assert_refused(&[&good[..], &end, &[0]].concat(), "not_arrow", "follow the end marker");
    assert_refused(&[&good[..], &[1, 2, 3, 4, 5]].concat(), "not_arrow", "starts with 01020304");
    let negative = [0xff; 8];
    assert_refused(&negative, "not_arrow", "-1 bytes of metadata");
    let mut noise = vec![0xff; 4];
    noise.extend_from_slice(&[64, 0, 0, 0]);
    noise.extend((0_u8..64).map(|byte| byte.wrapping_mul(37)));
    assert_refused(&noise, "not_arrow", "no flatbuffer");
}

#[test]
fn versions_and_byte_order_must_fit() {
    let (columns, endianness) = (FLOAT, Endianness::Little);
    let old = SchemaSpec { columns, endianness, version: MetadataVersion::V3 };
    assert_refused(&old.message(), "not_arrow", "version V3, expected V4 or V5");
    let big = SchemaSpec { columns, endianness: Endianness::Big, version: MetadataVersion::V5 };
    assert_refused(&big.message(), "schema", "big-endian");
}

#[test]
fn schemas_must_be_sound() {
    assert_refused(&schema(&[("x", Kind::Float64), ("x", Kind::Utf8)]), "schema", "unique, got \"x\" twice");
    assert_refused(&schema(&[("", Kind::Float64)]), "schema", "must have a name");
    let long = "x".repeat(257);
    assert_refused(&schema(&[(&long, Kind::Float64)]), "limit", "at most 256 bytes, got 257");
    let names: Vec<_> = (0..4_097).map(|number| number.to_string()).collect();
    let columns: Vec<_> = names.iter().map(|name| (name.as_str(), Kind::Boolean)).collect();
    assert_refused(&schema(&columns), "limit", "at most 4096 columns, got 4097");
    assert_eq!(decode(&schema(&columns[1..])), Ok(0));
}

#[test]
fn the_schema_comes_first_and_once() {
    assert_refused(&float_batch().message(), "schema", "before any schema");
    let twice = [after(FLOAT, &float_batch()), schema(FLOAT)].concat();
    assert_refused(&twice, "schema", "middle of a request");
    let wider = float_batch().column(0, &[&[], &floats(&[3.0, 4.0])]);
    assert_refused(&after(FLOAT, &wider), "schema", "has 2 columns, the schema of the stream has 1");
}

#[test]
fn metadata_must_be_what_every_reader_takes() {
    // The offset of the list of columns, made to point at itself; and of the name of the first column.
    let good = schema(FLOAT);
    assert_eq!(decode(&good), Ok(0));
    let mut zeroed = 0;
    for at in (8..good.len() - 4).step_by(4) {
        let mut bytes = good.clone();
        bytes[at..at + 4].fill(0);
        let error = decode(&bytes).err();
        zeroed += usize::from(error.is_some_and(|error| error.to_string().contains("points at itself")));
    }
    assert!(
        zeroed >= 4,
        "{zeroed} offsets of zero were seen: of the schema, its columns, their names and types"
    );
    let mut batch = float_batch();
    batch.codec = Some(CompressionType::ZSTD);
    batch.version = Some(MetadataVersion::V4);
    assert_refused(&after(FLOAT, &batch), "not_arrow", "compressed in metadata version V4");
}

#[test]
fn buffers_must_be_aligned() {
    let mut batch = float_batch();
    batch.body.extend_from_slice(&[0; 8]);
    batch.buffers[1].0 = 4;
    assert_refused(
        &after(FLOAT, &batch),
        "not_arrow",
        "starts at byte 4 of the body, expected a multiple of 8",
    );
    batch.buffers[1].0 = 8;
    assert_eq!(decode(&after(FLOAT, &batch)), Ok(1));
}

#[test]
fn numbers_must_be_in_the_range_of_their_type() {
    let refused = |kind: Kind, good: &[u8], bad: &[u8], part| {
        let columns = &[("x", kind)];
        assert_eq!(decode(&after(columns, &BatchSpec::new(1).column(0, &[&[], good]))), Ok(1));
        assert_refused(&after(columns, &BatchSpec::new(1).column(0, &[&[], bad])), "not_arrow", part);
        // What a null hides says nothing.
        assert_eq!(decode(&after(columns, &BatchSpec::new(1).column(1, &[&[0], bad]))), Ok(1));
    };
    let day = 86_400_000_i64;
    let date = |ms: i64| ms.to_le_bytes();
    refused(
        Kind::Date64,
        &date(-2 * day),
        &date(day + 1),
        "column \"x\", row 0: 86400001 is no whole number of days",
    );
    let time = |seconds: i32| seconds.to_le_bytes();
    refused(Kind::Time32, &time(86_399), &time(86_400), "86400 is no time of day, which has 86400 ticks");
    refused(Kind::Time32, &time(0), &time(-1), "-1 is no time of day");
    let decimal = |number: i128| number.to_le_bytes();
    refused(Kind::Decimal, &decimal(-999), &decimal(1_000), "1000 is more than the 3 digits of its type");
    refused(Kind::Decimal, &decimal(999), &decimal(i128::MIN), "more than the 3 digits");
}

type Edit = fn(&mut BatchSpec);

#[test]
fn lengths_must_not_lie() {
    let change = |edit: Edit| {
        let mut batch = float_batch();
        edit(&mut batch);
        after(FLOAT, &batch)
    };
    let cases: [(Edit, &str, &str); 12] = [
        (|batch| batch.rows = -1, "not_arrow", "declares -1 rows"),
        (|batch| batch.rows = 1 << 50, "limit", "1000000 are allowed"),
        (|batch| batch.rows = 3, "not_arrow", "column \"x\" has 2 rows, its batch has 3"),
        (|batch| batch.nodes[0].1 = 1, "not_arrow", "declares 1 nulls but has no validity bitmap"),
        (|batch| batch.nodes[0].1 = -1, "not_arrow", "declares -1 nulls in 2 rows"),
        (|batch| batch.nodes[0].1 = 3, "not_arrow", "declares 3 nulls in 2 rows"),
        (|batch| batch.buffers[1].1 = 15, "not_arrow", "at least 16 bytes of values, got 15"),
        (|batch| batch.buffers[1].0 = 8, "not_arrow", "lies outside the body"),
        (|batch| batch.buffers[1].0 = -8, "not_arrow", "lies outside the body"),
        (|batch| batch.buffers[1].0 = i64::MAX, "not_arrow", "lies outside the body"),
        (|batch| batch.buffers[1].1 = i64::MIN, "not_arrow", "lies outside the body"),
        (|batch| batch.buffers.push((0, 0)), "not_arrow", "has 3 buffers, its schema takes 2"),
    ];
    for (edit, reason, part) in cases {
        assert_refused(&change(edit), reason, part);
    }
    assert_refused(&change(|batch| _ = batch.buffers.pop()), "not_arrow", "has 1 buffers");
    assert_refused(&change(|batch| batch.nodes.clear()), "schema", "has 0 columns");
}

#[test]
fn buffers_must_not_share_bytes() {
    let mut batch = BatchSpec::new(2).column(0, &[&[], &floats(&[1.0, 2.0])]);
    batch.nodes.push((2, 0));
    batch.buffers.extend([(0, 0), (0, 16)]);
    let bytes = after(&[("x", Kind::Float64), ("y", Kind::Float64)], &batch);
    assert_refused(&bytes, "not_arrow", "column \"y\": a buffer of 16 bytes at 0 lies outside the body");
}

#[test]
fn validity_must_agree_with_the_null_count() {
    let batch =
        |nulls, bits: &[u8]| after(FLOAT, &BatchSpec::new(2).column(nulls, &[bits, &floats(&[1.0, 2.0])]));
    assert_eq!(decode(&batch(1, &[0b01])), Ok(1));
    assert_refused(&batch(1, &[0b11]), "not_arrow", "declares 1 nulls, its validity bitmap has 0");
    assert_refused(&batch(0, &[0b10]), "not_arrow", "declares 0 nulls, its validity bitmap has 1");
    let long = BatchSpec::new(9).column(1, &[&[0xff], &floats(&[0.0; 9])]);
    assert_refused(&after(FLOAT, &long), "not_arrow", "at least 2 bytes of validity bitmap, got 1");
    let flags = BatchSpec::new(9).column(0, &[&[], &[0xff]]);
    assert_refused(&after(&[("b", Kind::Boolean)], &flags), "not_arrow", "at least 2 bytes of values, got 1");
}

#[test]
fn a_column_of_type_null_has_nothing_but_nulls() {
    let batch = |nulls| {
        let mut batch = BatchSpec::new(3);
        batch.nodes.push((3, nulls));
        after(&[("n", Kind::Null)], &batch)
    };
    assert_eq!(decode(&batch(3)), Ok(1));
    assert_refused(&batch(2), "not_arrow", "column \"n\" is of type null and declares 2 nulls in 3 rows");
}

#[test]
fn text_must_be_text() {
    let refused = |ends: &[i32], bytes: &[u8], part| {
        assert_refused(&after(TEXT, &text_batch(ends, bytes)), "not_arrow", part);
    };
    refused(&[0, 1, 2], &[b'a', 0xff], "column \"s\", row 1: text is not UTF-8");
    refused(&[0, 1, 2], "ä".as_bytes(), "column \"s\", row 0: text is not UTF-8");
    refused(&[0, 2, 1], b"ab", "offsets descend at row 1");
    refused(&[0, 1, 3], b"ab", "text ends at byte 3, the buffer has 2");
    refused(&[-1, 0, 1], b"ab", "offsets descend at row 0");
    refused(&[0, 1, -1], b"ab", "text ends at byte 4294967295");
    let short = BatchSpec::new(2).column(0, &[&[], &offsets(&[0, 1]), b"ab"]);
    assert_refused(&after(TEXT, &short), "not_arrow", "at least 12 bytes of offsets, got 8");
    let none = BatchSpec::new(0).column(0, &[&[], &[], &[]]);
    assert_eq!(decode(&after(TEXT, &none)), Ok(1));
}

#[test]
fn keys_must_lie_in_their_dictionary() {
    let with = |dictionary: &BatchSpec, keys: &BatchSpec| {
        [schema(COLOUR), dictionary.dictionary_message(0, false), keys.message()].concat()
    };
    let two = entries(&["red", "green"]);
    let keys = |nulls, validity: &[u8], keys: &[u8]| {
        BatchSpec::new(keys.len() as i64).column(nulls, &[validity, keys])
    };
    assert_refused(
        &with(&two, &keys(0, &[], &[0, 2])),
        "not_arrow",
        "row 1: key 2 is outside its dictionary of 2",
    );
    assert_refused(&with(&two, &keys(0, &[], &[0xff])), "not_arrow", "outside its dictionary");
    assert_refused(&with(&two, &keys(1, &[0b10], &[9, 9])), "not_arrow", "row 1: key 9");
    // A negative key stays one, however long the dictionary is.
    let many: Vec<_> = (0..300).map(|number| number.to_string()).collect();
    let many = entries(&many.iter().map(String::as_str).collect::<Vec<_>>());
    assert_refused(&with(&many, &keys(0, &[], &[0x80])), "not_arrow", "outside its dictionary of 300");
    let bytes = with(&two, &keys(1, &[0b01], &[1, 77]));
    let mut decoder = IpcDecoder::new(Limits::default());
    let batches = decoder.decode(&bytes).unwrap();
    let Values::Dictionary(keys, dictionary) = &batches[0].columns[0].values else { panic!("keys") };
    assert!(keys.get(1) < dictionary.len(), "the key of a null row is in range too");
}

#[test]
fn dictionaries_must_be_there_and_be_asked_for() {
    let keys = BatchSpec::new(1).column(0, &[&[], &[0]]);
    assert_refused(&after(COLOUR, &keys), "schema", "its dictionary 0 has not been sent");
    let stray = [schema(COLOUR), entries(&["red"]).dictionary_message(7, false)].concat();
    assert_refused(&stray, "schema", "batch of dictionary 7: no column of the schema has it");
    let nothing_before = [schema(COLOUR), entries(&["red"]).dictionary_message(0, true)].concat();
    assert_refused(
        &nothing_before,
        "schema",
        "batch of dictionary 0: it extends a dictionary that has not been sent",
    );
    assert_refused(&entries(&["red"]).dictionary_message(0, false), "schema", "before any schema");
    let double = entries(&["red"]).column(0, &[&[], &offsets(&[0, 1]), b"x"]);
    assert_refused(
        &[schema(COLOUR), double.dictionary_message(0, false)].concat(),
        "not_arrow",
        "expected 1",
    );
    let broken = text_batch(&[0, 1], &[0xff]).dictionary_message(0, false);
    assert_refused(&[schema(COLOUR), broken].concat(), "not_arrow", "row 0: text is not UTF-8");
}

#[test]
fn dictionaries_are_bounded() {
    let limits = Limits { max_dictionary_bytes: 100, ..Limits::default() };
    let grow = |words: &[&str], is_delta| entries(words).dictionary_message(0, is_delta);
    let decode = |bytes: &[u8]| IpcDecoder::new(limits).decode(bytes).map(|batches| batches.len());
    assert_eq!(decode(&[schema(COLOUR), grow(&["0123456789"; 5], false)].concat()), Ok(0));
    let error = decode(&[schema(COLOUR), grow(&["0123456789"; 6], false)].concat()).unwrap_err();
    assert!(error.to_string().contains("at most 100 bytes"), "{error}");
    let error =
        decode(&[schema(COLOUR), grow(&["0123456789"; 5], false), grow(&["0123456789"], true)].concat());
    assert_eq!(error.unwrap_err().reason(), "limit");
    // Each delta is short, but rebuilds all before it.
    let mut stream = [schema(COLOUR), grow(&["0123456789"; 3], false)].concat();
    for _ in 0..9 {
        stream.extend(grow(&[""], true));
    }
    let error = decode(&stream).unwrap_err();
    assert!(error.to_string().contains("too often"), "{error}");
}

#[test]
fn a_request_is_bounded_as_a_whole() {
    let limits = Limits { max_rows: 5, max_values: 6, max_batches: 2, ..Limits::default() };
    let decode = |bytes: &[u8]| IpcDecoder::new(limits).decode(bytes).map(|batches| batches.len());
    let rows =
        |rows: usize| BatchSpec::new(rows as i64).column(0, &[&[], &floats(&vec![0.0; rows])]).message();
    assert_eq!(decode(&[schema(FLOAT), rows(2), rows(3)].concat()), Ok(2));
    let error = decode(&[schema(FLOAT), rows(3), rows(3)].concat()).unwrap_err();
    assert!(error.to_string().contains("record batch 2: it has 3 rows, 2 are allowed"), "{error}");
    let error = decode(&[schema(FLOAT), rows(1), rows(1), rows(1)].concat()).unwrap_err();
    assert!(error.to_string().contains("at most 2 record and dictionary batches"), "{error}");
    let wide = [("x", Kind::Float64), ("y", Kind::Float64)];
    let four = floats(&[0.0; 4]);
    let batch = BatchSpec::new(4).column(0, &[&[], &four]).column(0, &[&[], &four]);
    let error = decode(&after(&wide, &batch)).unwrap_err();
    assert!(error.to_string().contains("at most 6 values"), "{error}");
}

fn compressed(codec: CompressionType, declared: i64, frame: &[u8]) -> Vec<u8> {
    let buffer = [&declared.to_le_bytes()[..], frame].concat();
    let mut batch = BatchSpec::new(2).column(0, &[&[], &buffer]);
    batch.codec = Some(codec);
    after(FLOAT, &batch)
}

#[test]
fn compression_must_keep_its_word() {
    let values = floats(&[1.0, 2.0]);
    let zstd = zstd::bulk::compress(&values, 1).unwrap();
    let codec = CompressionType::ZSTD;
    assert_eq!(decode(&compressed(codec, 16, &zstd)), Ok(1));
    assert_eq!(decode(&compressed(codec, -1, &values)), Ok(1));
    assert_refused(&compressed(codec, 24, &zstd), "not_arrow", "holds 16 bytes, 24 are declared");
    assert_refused(&compressed(codec, 15, &zstd), "not_arrow", "longer than declared");
    assert_refused(&compressed(codec, -2, &zstd), "not_arrow", "declares -2 bytes");
    assert_refused(&compressed(codec, 0, &[]), "not_arrow", "column \"x\"");
    assert_refused(&compressed(codec, 16, b"nonsense"), "not_arrow", "ZSTD buffer is broken");
    assert_refused(&compressed(CompressionType::LZ4_FRAME, 16, &zstd), "not_arrow", "magic number");
    assert_refused(&compressed(CompressionType(9), 16, &zstd), "not_arrow", "codec 9");
    let mut short = BatchSpec::new(2).column(0, &[&[], &[1, 2, 3]]);
    short.codec = Some(codec);
    assert_refused(&after(FLOAT, &short), "not_arrow", "8 bytes of length, got 3 bytes");
}

#[test]
fn bombs_do_not_go_off() {
    let zeros = vec![0; 65 << 20];
    let zstd = zstd::bulk::compress(&zeros, 1).unwrap();
    assert!(zstd.len() < 16 << 10);
    let codec = CompressionType::ZSTD;
    let honest = compressed(codec, 65 << 20, &zstd);
    assert_refused(&honest, "limit", "at most 67108864 bytes");
    assert_refused(&compressed(codec, 16, &zstd), "not_arrow", "longer than declared");
    assert_refused(&compressed(codec, i64::MAX, &zstd), "limit", "at most 67108864 bytes");
    assert_refused(&compressed(codec, 1 << 26, &[0x28]), "not_arrow", "ZSTD buffer is broken");
}

#[test]
fn what_other_readers_decode_is_bounded_by_what_it_declares() {
    let limits = Limits { max_rows: 10, max_values: 20, max_batches: 2, ..Limits::default() };
    let check = |bytes: &[u8]| check_declared(bytes, &limits).map_err(|error| error.to_string());
    let zstd = zstd::bulk::compress(&floats(&[1.0, 2.0]), 1).unwrap();
    let bomb = |declared| compressed(CompressionType::ZSTD, declared, &zstd);
    assert_eq!(check(&bomb(16)), Ok(()));
    assert_eq!(check(&bomb(-1)), Ok(()));
    assert_eq!(check(&bomb(64 << 20)), Ok(()));
    let mut outside = float_batch();
    (outside.codec, outside.buffers[1].0) = (Some(CompressionType::ZSTD), 1 << 40);
    let mut long_column = float_batch();
    long_column.nodes[0].0 = 21;
    let rows = |rows| after(FLOAT, &BatchSpec::new(rows));
    let three = [after(FLOAT, &float_batch()), float_batch().message(), float_batch().message()].concat();
    let cases = [
        (bomb((64 << 20) + 1), "at most 67108864 bytes when decompressed"),
        (bomb(i64::MAX), "at most 67108864 bytes when decompressed"),
        (bomb(-2), "a compressed buffer declares -2 bytes"),
        (after(FLOAT, &outside), "a compressed buffer of 16 bytes at 1099511627776 lies outside the body"),
        (rows(11), "at most 10 rows"),
        (rows(-1), "at most 10 rows"),
        (after(FLOAT, &long_column), "at most 20 values in a column"),
        (three, "at most 2 record and dictionary batches"),
        (b"nonsense".to_vec(), "no Arrow IPC stream"),
    ];
    for (bytes, part) in cases {
        let message = check(&bytes).unwrap_err();
        assert!(message.contains(part), "expected {part:?} in {message:?}");
    }
}

#[test]
fn a_refused_request_leaves_the_stream_as_it_was() {
    let mut decoder = IpcDecoder::new(Limits::default());
    let red_green = entries(&["red", "green"]).dictionary_message(0, false);
    decoder.decode(&[schema(COLOUR), red_green].concat()).unwrap();
    let keys = |keys: &[u8]| BatchSpec::new(keys.len() as i64).column(0, &[&[], keys]).message();
    let blue = entries(&["blue"]);
    // Each replaces something before it fails.
    let bad = [
        [blue.dictionary_message(0, true), keys(&[2]), keys(&[3])].concat(),
        [blue.dictionary_message(0, false), keys(&[1])].concat(),
        [schema(FLOAT), float_batch().message(), vec![1, 2, 3]].concat(),
    ];
    for bytes in &bad {
        decoder.decode(bytes).unwrap_err();
        let good = keys(&[1, 0]);
        let batches = decoder.decode(&good).unwrap();
        let Values::Dictionary(keys, dictionary) = &batches[0].columns[0].values else { panic!("keys") };
        let words = [dictionary.get(keys.get(0)), dictionary.get(keys.get(1))];
        assert_eq!((words, dictionary.len()), (["green", "red"], 2));
    }
}
