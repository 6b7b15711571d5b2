//! Requests into bytes.

use super::super::payload::Payload;
use super::{VERSION, codes, types, values};
use crate::batch::{Batch, Bitmap, Column, Dictionary, Field, Keys, Primitive, Text, Values};
use crate::engine::Header;
use crate::memory::Treatment;

/// The record of a request, with the columns of which `keeps` (given the number of the batch and of the column) is
/// true. It borrows what is long from the batches.
pub fn encode<'a>(
    header: &Header,
    arrived: i64,
    treatment: Treatment,
    batches: &'a [Batch<'_>],
    keeps: impl Fn(usize, usize) -> bool,
) -> Payload<'a> {
    let mut payload = Payload::default();
    let out = &mut payload;
    out.copy(&[VERSION]);
    out.copy(&arrived.to_le_bytes());
    write_text(&header.producer(), out);
    out.copy(&header.epoch.to_le_bytes());
    out.copy(&header.sequence.to_le_bytes());
    write_text(&header.model, out);
    write_text(&header.version, out);
    out.copy(&header.dropped_records.to_le_bytes());
    write_length(header.bytes, out);
    out.copy(&[treatment.to_byte()]);
    out.copy(&(batches.len() as u32).to_le_bytes());
    for (number, batch) in batches.iter().enumerate() {
        let kept: Vec<usize> = (0..batch.columns.len()).filter(|&column| keeps(number, column)).collect();
        write_length(batch.rows, out);
        out.copy(&(kept.len() as u32).to_le_bytes());
        for column in kept {
            write_field(&batch.schema.fields[column], out);
            write_column(&batch.columns[column], batch.rows, out);
        }
    }
    payload
}

fn write_field(field: &Field, out: &mut Payload<'_>) {
    write_text(&field.name, out);
    match &field.role {
        None => out.copy(&[0]),
        Some(role) => {
            out.copy(&[1]);
            write_text(role, out);
        }
    }
    out.copy(&types::to_bytes(field.data_type));
}

fn write_column<'a>(column: &'a Column<'_>, rows: usize, out: &mut Payload<'a>) {
    match &column.validity {
        None => out.copy(&[0]),
        Some(bitmap) => {
            out.copy(&[1]);
            write_bitmap(bitmap, rows, out);
        }
    }
    match &column.values {
        Values::Null => out.copy(&[values::NULL]),
        Values::Boolean(bitmap) => {
            out.copy(&[values::BITS]);
            write_bitmap(bitmap, rows, out);
        }
        Values::Primitive(primitive, bytes) => {
            write_primitive(*primitive, &bytes[..rows * primitive.width()], out);
        }
        Values::Text(text) => {
            out.copy(&[values::TEXT]);
            write_strings(text, rows, out);
        }
        Values::Dictionary(keys, dictionary) => {
            out.copy(&[values::DICTIONARY]);
            write_dictionary(keys, dictionary, column.validity.as_ref(), rows, out);
        }
        Values::Hashes(bytes) => {
            out.copy(&[values::HASHES]);
            write_bytes(&bytes[..rows * 8], out);
        }
    }
}

fn write_bitmap<'a>(bitmap: &'a Bitmap<'_>, rows: usize, out: &mut Payload<'a>) {
    let (first, end) = (bitmap.offset / 8, (bitmap.offset + rows).div_ceil(8));
    out.copy(&[(bitmap.offset % 8) as u8]);
    write_bytes(&bitmap.bytes[first..end.max(first)], out);
}

fn write_primitive<'a>(primitive: Primitive, bytes: &'a [u8], out: &mut Payload<'a>) {
    let Some(coded) = codes::code(bytes, primitive.width()) else {
        out.copy(&[values::NUMBERS]);
        return write_numbers(primitive, bytes, out);
    };
    out.copy(&[values::CODES]);
    out.copy(&types::primitive_to_bytes(primitive));
    for run in [&coded.table, &coded.codes] {
        write_length(run.len(), out);
        out.copy(run);
    }
}

fn write_numbers<'a>(primitive: Primitive, bytes: &'a [u8], out: &mut Payload<'a>) {
    out.copy(&types::primitive_to_bytes(primitive));
    write_bytes(bytes, out);
}

/// Offsets start at 0, so that only the characters of these rows are written.
fn write_strings<'a>(text: &'a Text<'_>, rows: usize, out: &mut Payload<'a>) {
    if rows == 0 {
        out.copy(&[4]);
        write_length(4, out);
        out.copy(&0_u32.to_le_bytes());
        write_length(0, out);
        return;
    }
    let (first, last) = (text.range(0).start, text.range(rows - 1).end);
    let width = if text.large { 8 } else { 4 };
    out.copy(&[width as u8]);
    let offsets = &text.offsets[..(rows + 1) * width];
    if first == 0 {
        write_bytes(offsets, out);
    } else {
        write_length(offsets.len(), out);
        for row in 0..=rows {
            let offset = if row == rows { last } else { text.range(row).start } - first;
            out.copy(&offset.to_le_bytes()[..width]);
        }
    }
    write_bytes(&text.bytes[first..last], out);
}

/// Of a dictionary with more values than rows only the values that occur, in the same order. Keys have as few bytes as
/// their values ask for.
fn write_dictionary<'a>(
    keys: &'a Keys<'_>,
    dictionary: &Dictionary,
    validity: Option<&Bitmap<'_>>,
    rows: usize,
    out: &mut Payload<'a>,
) {
    if dictionary.len() <= rows {
        write_keys(keys, dictionary.len(), rows, out);
        write_texts((0..dictionary.len()).map(|key| dictionary.get(key)), out);
        return;
    }
    let is_valid = |row: &usize| validity.is_none_or(|bits| bits.get(*row));
    let mut used: Vec<usize> = (0..rows).filter(is_valid).map(|row| keys.get(row)).collect();
    used.sort_unstable();
    used.dedup();
    let primitive = key_type(used.len());
    out.copy(&types::primitive_to_bytes(primitive));
    write_length(rows * primitive.width(), out);
    for row in 0..rows {
        let place = if is_valid(&row) { used.partition_point(|&key| key < keys.get(row)) } else { 0 };
        out.copy(&(place as u32).to_le_bytes()[..primitive.width()]);
    }
    write_texts(used.into_iter().map(|key| dictionary.get(key)), out);
}

fn write_keys<'a>(keys: &'a Keys<'_>, values: usize, rows: usize, out: &mut Payload<'a>) {
    let (primitive, width) = (key_type(values), keys.primitive.width());
    let bytes = &keys.bytes[..rows * width];
    if primitive.width() >= width {
        return write_numbers(keys.primitive, bytes, out);
    }
    out.copy(&types::primitive_to_bytes(primitive));
    write_length(rows * primitive.width(), out);
    // Little-endian: the first bytes of a key are what remains of it. Of a null row they may be anything.
    let narrow: Vec<u8> = match primitive.width() {
        1 => bytes.chunks_exact(width).map(|key| key[0]).collect(),
        _ => bytes.chunks_exact(width).flat_map(|key| key[..primitive.width()].iter().copied()).collect(),
    };
    out.copy(&narrow);
}

/// The narrowest type of keys for so many values.
fn key_type(values: usize) -> Primitive {
    match values {
        0..=0x100 => Primitive::UInt8,
        0x101..=0x1_0000 => Primitive::UInt16,
        _ => Primitive::UInt32,
    }
}

fn write_texts<'s>(texts: impl ExactSizeIterator<Item = &'s str>, out: &mut Payload<'_>) {
    out.copy(&(texts.len() as u32).to_le_bytes());
    for text in texts {
        write_text(text, out);
    }
}

fn write_text(text: &str, out: &mut Payload<'_>) {
    out.copy(&(text.len() as u32).to_le_bytes());
    out.copy(text.as_bytes());
}

fn write_bytes<'a>(bytes: &'a [u8], out: &mut Payload<'a>) {
    write_length(bytes.len(), out);
    out.lend(bytes);
}

fn write_length(length: usize, out: &mut Payload<'_>) {
    out.copy(&(length as u64).to_le_bytes());
}
