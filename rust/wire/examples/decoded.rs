//! Shows what the decoder makes of Arrow IPC streams, so that another reader of the format can be held against it.
//!
//! Reads streams from the standard input, before each its length as four little-endian bytes. Writes for each either
//! `refused` and why, or `accepted`, and for each record batch `batch` and its rows, and for each column its name and
//! values: `-` for null, `t` and `f`, `x` and the bytes of a number or `s` and those of a text in hexadecimal.

use std::fmt::Write as _;
use std::io::{Read, Write as _};

use driftline_engine::batch::{Batch, Column, Values};
use driftline_wire::Limits;
use driftline_wire::ipc::IpcDecoder;

fn main() -> std::io::Result<()> {
    let mut input = Vec::new();
    std::io::stdin().read_to_end(&mut input)?;
    let mut output = std::io::stdout().lock();
    let mut rest = &input[..];
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let length = (u32::from_le_bytes(*length) as usize).min(after.len());
        let (stream, next) = after.split_at(length);
        rest = next;
        output.write_all(show(stream).as_bytes())?;
    }
    output.flush()
}

fn show(stream: &[u8]) -> String {
    match IpcDecoder::new(Limits::default()).decode(stream) {
        Ok(batches) => {
            let mut text = String::from("accepted\n");
            for batch in &batches {
                show_batch(batch, &mut text);
            }
            text
        }
        Err(error) => format!("refused {}\n", error.to_string().replace('\n', " ")),
    }
}

fn show_batch(batch: &Batch<'_>, text: &mut String) {
    let _ = writeln!(text, "batch {}", batch.rows);
    for (field, column) in batch.schema.fields.iter().zip(&batch.columns) {
        text.push_str(&hexadecimal(field.name.as_bytes()));
        for row in 0..batch.rows {
            text.push(' ');
            text.push_str(&show_value(column, row));
        }
        text.push('\n');
    }
}

fn show_value(column: &Column<'_>, row: usize) -> String {
    if column.validity.as_ref().is_some_and(|validity| !validity.get(row)) {
        return "-".to_owned();
    }
    match &column.values {
        Values::Null => "-".to_owned(),
        Values::Boolean(bits) => if bits.get(row) { "t" } else { "f" }.to_owned(),
        Values::Primitive(primitive, bytes) => {
            let width = primitive.width();
            format!("x{}", hexadecimal(&bytes[row * width..][..width]))
        }
        Values::Text(values) => format!("s{}", hexadecimal(values.get(row))),
        Values::Dictionary(keys, dictionary) => {
            format!("s{}", hexadecimal(dictionary.get(keys.get(row)).as_bytes()))
        }
        Values::Hashes(_) => unreachable!("the decoder makes none"),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
