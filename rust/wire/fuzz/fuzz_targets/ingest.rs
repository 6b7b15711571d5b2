//! Any requests of a stream are counted or refused, and everything adds up afterwards.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| driftline_wire_fuzz::ingest::check(bytes));
