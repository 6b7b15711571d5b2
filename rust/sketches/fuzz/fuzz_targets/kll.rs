//! Any bytes are read as a KLL sketch or refused; what is read answers in order, merges, and comes back from its bytes.
#![no_main]

use driftline_sketches::Kll;
use driftline_sketches_fuzz::read_within_bounds;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(sketch) = read_within_bounds(bytes, Kll::from_bytes) else { return };
    check(&sketch);
    let mut twice = sketch.clone();
    twice.merge(&sketch);
    assert_eq!(twice.count(), 2 * sketch.count());
    check(&twice);
    let image = sketch.to_bytes();
    let again = Kll::from_bytes(&image).expect("our own bytes are read");
    assert_eq!((again.count(), again.min(), again.max()), (sketch.count(), sketch.min(), sketch.max()));
    assert_eq!(again.to_bytes(), image);
});

fn check(sketch: &Kll) {
    assert_eq!(sketch.items().map(|(_, weight)| weight).sum::<u64>(), sketch.count());
    let (Some(min), Some(max)) = (sketch.min(), sketch.max()) else {
        assert_eq!((sketch.count(), sketch.quantile(0.5)), (0, None));
        return;
    };
    let mut last = min;
    for q in [0.0, 0.01, 0.5, 0.99, 1.0] {
        let value = sketch.quantile(q).expect("a sketch with values has quantiles");
        assert!(last <= value && value <= max, "quantile {q} is {value}, outside [{last}, {max}]");
        last = value;
        let (low, high) = sketch.quantile_interval(q).expect("and their intervals");
        assert!(low <= value && value <= high, "quantile {q} is {value}, outside [{low}, {high}]");
        let (low, high) = sketch.rank_interval(value).expect("and ranks");
        assert!(0.0 <= low && low <= high && high <= 1.0, "the rank of {value} is in [{low}, {high}]");
    }
}
