//! Any bytes are read as frequent items or refused; what is read merges, and comes back from its bytes.
#![no_main]

use driftline_sketches::FrequentItems;
use driftline_sketches_fuzz::read_within_bounds;
use libfuzzer_sys::fuzz_target;

/// Longer inputs hold more items of the same kinds, and the items' order takes most of the time.
const MAX_BYTES: usize = 1024;

fuzz_target!(|bytes: &[u8]| {
    if bytes.len() > MAX_BYTES {
        return;
    }
    let Ok(frequent) = read_within_bounds(bytes, FrequentItems::from_bytes) else { return };
    for (item, count) in frequent.items() {
        let (low, high) = frequent.estimate(item);
        assert_eq!(low, count);
        assert!(low <= high && low <= frequent.total(), "{low} to {high} of {}", frequent.total());
    }
    let mut twice = frequent.clone();
    twice.merge(&frequent);
    assert!(twice.items().len() <= frequent.capacity());
    assert_eq!(twice.total(), frequent.total().saturating_mul(2));
    let again = FrequentItems::from_bytes(&frequent.to_bytes()).expect("our own bytes are read");
    assert_eq!(again, frequent);
});
