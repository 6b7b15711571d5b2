//! Intervals of rates hold at all times, and verdicts are right.

use driftline_stats::evidence::{Rate, Verdict, verdict};
use proptest::prelude::*;

use super::draws::Uniforms;

const ERROR: f64 = 0.1;

#[test]
fn intervals_hold_at_all_times() {
    let streams = 200;
    for rate in [0.002, 0.1, 0.5] {
        let missed = (0..streams).filter(|&stream: &u64| {
            let mut draws = Uniforms(stream << 32 | 1);
            let mut seen = Rate::default();
            (0..2000).any(|_| {
                let hit = draws.next().unwrap() < rate;
                seen = Rate { hits: seen.hits + u64::from(hit), misses: seen.misses + u64::from(!hit) };
                let (low, high) = seen.interval(ERROR);
                rate < low || rate > high
            })
        });
        let missed = missed.count() as f64 / streams as f64;
        assert!(missed <= ERROR, "the interval of {rate} missed it in {missed} of streams");
    }
}

proptest! {
    #[test]
    fn intervals_hold_the_share_and_shrink(hits in 0..100_000_u64, misses in 0..100_000_u64) {
        let rate = Rate { hits, misses };
        let (low, high) = rate.interval(ERROR);
        prop_assert!((0.0..=1.0).contains(&low) && (0.0..=1.0).contains(&high));
        if let Some(share) = rate.share() {
            prop_assert!(low <= share && share <= high, "{low} <= {share} <= {high}");
            let (narrow_low, narrow_high) = Rate { hits: 16 * hits, misses: 16 * misses }.interval(ERROR);
            prop_assert!(narrow_high - narrow_low < high - low);
        } else {
            prop_assert_eq!((low, high), (0.0, 1.0));
        }
        let (wide_low, wide_high) = rate.interval(0.1 * ERROR);
        prop_assert!(wide_low <= low && high <= wide_high);
    }
}

#[test]
fn verdicts_wait_for_evidence() {
    let rate = |hits, misses| Rate { hits, misses };
    assert_eq!(verdict(rate(10, 990), rate(1, 20), 0.0, 0.05), Verdict::Undecided);
    assert_eq!(verdict(rate(100, 9900), rate(300, 9700), 0.0, 0.05), Verdict::Higher);
    assert_eq!(verdict(rate(300, 9700), rate(100, 9900), 0.0, 0.05), Verdict::Lower);
    assert_eq!(verdict(rate(300, 9700), rate(100, 9900), 0.05, 0.05), Verdict::Alike);
    assert_eq!(verdict(rate(0, 0), rate(100, 9900), 0.0, 0.05), Verdict::Undecided);
}
