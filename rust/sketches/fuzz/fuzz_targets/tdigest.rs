//! Any bytes are read as a t-digest or refused; what is read answers in order, merges, and comes back from its bytes.
#![no_main]

use driftline_sketches::TDigest;
use driftline_sketches_fuzz::read_within_bounds;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(digest) = read_within_bounds(bytes, TDigest::from_bytes) else { return };
    check(&digest);
    let mut twice = digest.clone();
    twice.merge(&digest);
    assert_eq!(twice.count(), digest.count().saturating_mul(2));
    check(&twice);
    let again = TDigest::from_bytes(&digest.to_bytes()).expect("our own bytes are read");
    assert_eq!((again.count(), again.min(), again.max()), (digest.count(), digest.min(), digest.max()));
});

fn check(digest: &TDigest) {
    let (Some(min), Some(max)) = (digest.min(), digest.max()) else {
        assert_eq!((digest.count(), digest.quantile(0.5)), (0, None));
        return;
    };
    let mut last = min;
    for q in [0.0, 0.01, 0.5, 0.99, 1.0] {
        let value = digest.quantile(q).expect("a digest with values has quantiles");
        assert!(last <= value && value <= max, "quantile {q} is {value}, outside [{last}, {max}]");
        last = value;
        let (low, high) = digest.quantile_interval(q).expect("and their intervals");
        assert!(low <= value && value <= high, "quantile {q} is {value}, outside [{low}, {high}]");
        let (low, high) = digest.rank_interval(value).expect("and ranks");
        assert!(0.0 <= low && low <= high && high <= 1.0, "the rank of {value} is in [{low}, {high}]");
    }
}
