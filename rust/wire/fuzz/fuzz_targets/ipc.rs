//! Any bytes are decoded as Arrow IPC or refused in few words; what is decoded can be read to the last value.
#![no_main]

use driftline_engine::batch::{Batch, Values};
use driftline_sketches_fuzz::within_bounds;
use driftline_wire::Limits;
use driftline_wire::ipc::IpcDecoder;
use libfuzzer_sys::fuzz_target;

/// What compressed buffers may grow to, lowered so that it does not hide what else is allocated.
const MAX_DECOMPRESSED: usize = 64 << 10;
/// Decompressed buffers, batches, columns, an error message.
const CONSTANT: usize = MAX_DECOMPRESSED + (64 << 10);

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { max_decompressed_bytes: MAX_DECOMPRESSED, ..Limits::default() };
    let mut decoder = IpcDecoder::new(limits);
    match within_bounds(bytes.len(), CONSTANT, || decoder.decode(bytes)) {
        Ok(batches) => batches.iter().for_each(read_all),
        Err(error) => {
            assert!(matches!(error.reason(), "not_arrow" | "schema" | "limit"), "{error:?}");
            assert!(error.to_string().len() < 2_000, "a refusal is short");
        }
    }
});

fn read_all(batch: &Batch<'_>) {
    assert_eq!(batch.columns.len(), batch.schema.fields.len());
    for column in &batch.columns {
        if let Some(validity) = &column.validity {
            assert!(validity.count_ones(batch.rows) < batch.rows);
        }
        let is_present = |row| column.validity.as_ref().is_none_or(|validity| validity.get(row));
        match &column.values {
            Values::Null => {}
            Values::Boolean(bits) => assert!(bits.count_ones(batch.rows) <= batch.rows),
            Values::Primitive(primitive, bytes) => assert_eq!(bytes.len(), batch.rows * primitive.width()),
            Values::Text(text) => (0..batch.rows).for_each(|row| {
                std::str::from_utf8(text.get(row)).expect("text is UTF-8");
            }),
            Values::Dictionary(keys, dictionary) => {
                for row in (0..batch.rows).filter(|row| is_present(*row) || !dictionary.is_empty()) {
                    let _ = dictionary.get(keys.get(row));
                }
            }
            Values::Hashes(_) => unreachable!("the decoder makes none"),
        }
    }
}
