//! Any content of a table of snapshot rows is read or refused; what is read comes back from its rows.
#![no_main]

use driftline_sketches_fuzz::within_bounds;
use driftline_wire::snapshot::{from_record_batch, to_record_batch};
use driftline_wire_fuzz::template::table_of;
use libfuzzer_sys::fuzz_target;

/// Rows, their profiles and an error message.
const CONSTANT: usize = 32 << 10;

fuzz_target!(|bytes: &[u8]| {
    let Some((table, length)) = table_of(bytes) else { return };
    let Ok(rows) = within_bounds(length, CONSTANT, || from_record_batch(&table)) else { return };
    assert_eq!(rows.len(), table.num_rows());
    let written = to_record_batch(&rows).expect("rows that were read are written");
    let again = from_record_batch(&written).expect("our own rows are read");
    assert_eq!(again.len(), rows.len());
    let written_again = to_record_batch(&again).expect("rows that were read are written");
    assert_eq!(written_again, written);
});
