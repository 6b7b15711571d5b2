//! Requests into bytes.

use super::{VERSION, types, values};
use crate::batch::{Batch, Bitmap, Column, Dictionary, Field, Keys, Text, Values};
use crate::engine::Header;

/// Appends the record of a request, with the columns of which `keeps` (given the number of the batch and of the
/// column) is true.
pub fn encode(
    header: &Header,
    arrived: i64,
    batches: &[Batch<'_>],
    keeps: impl Fn(usize, usize) -> bool,
    out: &mut Vec<u8>,
) {
    out.push(VERSION);
    out.extend(arrived.to_le_bytes());
    write_text(&header.producer_id, out);
    out.extend(header.epoch.to_le_bytes());
    out.extend(header.sequence.to_le_bytes());
    write_text(&header.model, out);
    write_text(&header.version, out);
    out.extend(header.dropped_records.to_le_bytes());
    out.extend((header.bytes as u64).to_le_bytes());
    out.extend((batches.len() as u32).to_le_bytes());
    for (number, batch) in batches.iter().enumerate() {
        let kept: Vec<usize> = (0..batch.columns.len()).filter(|&column| keeps(number, column)).collect();
        out.extend((batch.rows as u64).to_le_bytes());
        out.extend((kept.len() as u32).to_le_bytes());
        for column in kept {
            write_field(&batch.schema.fields[column], out);
            write_column(&batch.columns[column], batch.rows, out);
        }
    }
}

fn write_field(field: &Field, out: &mut Vec<u8>) {
    write_text(&field.name, out);
    match &field.role {
        None => out.push(0),
        Some(role) => {
            out.push(1);
            write_text(role, out);
        }
    }
    out.extend(types::to_bytes(field.data_type));
}

fn write_column(column: &Column<'_>, rows: usize, out: &mut Vec<u8>) {
    match &column.validity {
        None => out.push(0),
        Some(bitmap) => {
            out.push(1);
            write_bitmap(bitmap, rows, out);
        }
    }
    match &column.values {
        Values::Null => out.push(values::NULL),
        Values::Boolean(bitmap) => {
            out.push(values::BITS);
            write_bitmap(bitmap, rows, out);
        }
        Values::Primitive(primitive, bytes) => {
            out.push(values::NUMBERS);
            out.extend(types::primitive_to_bytes(*primitive));
            write_bytes(&bytes[..rows * primitive.width()], out);
        }
        Values::Text(text) => {
            out.push(values::TEXT);
            write_strings(text, rows, out);
        }
        Values::Dictionary(keys, dictionary) => {
            out.push(values::DICTIONARY);
            write_dictionary(keys, dictionary, column.validity.as_ref(), rows, out);
        }
    }
}

fn write_bitmap(bitmap: &Bitmap<'_>, rows: usize, out: &mut Vec<u8>) {
    let (first, end) = (bitmap.offset / 8, (bitmap.offset + rows).div_ceil(8));
    out.push((bitmap.offset % 8) as u8);
    write_bytes(&bitmap.bytes[first..end.max(first)], out);
}

/// Offsets start at 0, so that only the characters of these rows are written.
fn write_strings(text: &Text<'_>, rows: usize, out: &mut Vec<u8>) {
    if rows == 0 {
        out.push(4);
        write_bytes(&0_u32.to_le_bytes(), out);
        write_bytes(&[], out);
        return;
    }
    let (first, last) = (text.range(0).start, text.range(rows - 1).end);
    let width = if text.large { 8 } else { 4 };
    out.push(width);
    let offsets = &text.offsets[..(rows + 1) * usize::from(width)];
    if first == 0 {
        write_bytes(offsets, out);
    } else {
        out.extend((offsets.len() as u64).to_le_bytes());
        for row in 0..=rows {
            let offset = if row == rows { last } else { text.range(row).start } - first;
            out.extend(&offset.to_le_bytes()[..usize::from(width)]);
        }
    }
    write_bytes(&text.bytes[first..last], out);
}

/// Of a dictionary with more values than rows only the values that occur, in the same order.
fn write_dictionary(
    keys: &Keys<'_>,
    dictionary: &Dictionary,
    validity: Option<&Bitmap<'_>>,
    rows: usize,
    out: &mut Vec<u8>,
) {
    if dictionary.len() <= rows {
        out.extend(types::primitive_to_bytes(keys.primitive));
        write_bytes(&keys.bytes[..rows * keys.primitive.width()], out);
        out.extend((dictionary.len() as u32).to_le_bytes());
        for key in 0..dictionary.len() {
            write_text(dictionary.get(key), out);
        }
        return;
    }
    let is_valid = |row: &usize| validity.is_none_or(|bits| bits.get(*row));
    let mut used: Vec<usize> = (0..rows).filter(is_valid).map(|row| keys.get(row)).collect();
    used.sort_unstable();
    used.dedup();
    out.extend(types::primitive_to_bytes(crate::batch::Primitive::UInt32));
    out.extend((rows as u64 * 4).to_le_bytes());
    for row in 0..rows {
        let place = if is_valid(&row) { used.partition_point(|&key| key < keys.get(row)) } else { 0 };
        out.extend((place as u32).to_le_bytes());
    }
    out.extend((used.len() as u32).to_le_bytes());
    for key in used {
        write_text(dictionary.get(key), out);
    }
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    out.extend((text.len() as u32).to_le_bytes());
    out.extend(text.as_bytes());
}

fn write_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend((bytes.len() as u64).to_le_bytes());
    out.extend(bytes);
}
