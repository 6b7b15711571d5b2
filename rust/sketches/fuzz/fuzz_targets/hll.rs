//! Any bytes are read as a distinct count or refused; what is read merges, and comes back from its bytes.
#![no_main]

use driftline_sketches::Hll;
use driftline_sketches_fuzz::read_within_bounds;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(distinct) = read_within_bounds(bytes, Hll::from_bytes) else { return };
    let estimate = distinct.estimate();
    assert!(estimate >= 0.0, "an estimate of {estimate}");
    let (low, high) = distinct.bounds(2.0);
    assert!(low <= estimate && estimate <= high, "{estimate} outside [{low}, {high}]");
    let mut twice = distinct.clone();
    twice.merge(&distinct).expect("equal sizes merge");
    assert_eq!(twice, distinct);
    let mut again = Hll::from_bytes(&distinct.to_bytes()).expect("our own bytes are read");
    // The image holds what HLL_8 has; what our registers know beyond it travels apart.
    if let Some(extra) = distinct.extra_bytes() {
        again = again.with_extra_bytes(&extra).expect("our own bits are read");
    }
    assert_eq!(again, distinct);
});
