//! Intervals of rates hold at all times, and verdicts are right.

use driftline_sketches::ExponentialHistogram;
use driftline_stats::evidence::{Outcome, Rate, Verdict, outcome, rates_above, shares_of_level, verdict};
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

#[test]
fn the_outcome_is_what_all_rates_say() {
    use Verdict::{Alike, Higher, Lower, Undecided};
    for (rates, says_otherwise, expected) in [
        (&[Lower, Higher, Undecided][..], false, Outcome::Worse),
        (&[Lower, Undecided], false, Outcome::Undecided),
        (&[Lower, Alike], true, Outcome::Better),
        (&[Alike, Alike], false, Outcome::Alike),
        (&[Alike, Alike], true, Outcome::Undecided),
        (&[], false, Outcome::Undecided),
    ] {
        assert_eq!(outcome(rates, says_otherwise), expected, "{rates:?}");
    }
    let (columns, each_rate) = shares_of_level(0.02, 4);
    assert!((columns + 4.0 * each_rate - 0.02).abs() < 1e-15);
}

fn histogram(values: &[f64]) -> ExponentialHistogram {
    let mut histogram = ExponentialHistogram::new();
    histogram.add_slice(values);
    histogram
}

#[test]
fn limits_are_no_higher_than_exact_counts_ask_for() {
    let (control, canary) = (histogram(&[0.01, 0.02, 1.0]), histogram(&[0.01, 1.0, 1.0]));
    let (limit, of_control, of_canary) = rates_above(&control, &canary, 0.5);
    assert_eq!((limit, of_control.hits, of_canary.hits), (0.5, 1, 2));
    let (limit, of_control, _) = rates_above(&control, &canary, 0.999);
    assert!(limit < 1.003 && of_control.hits == 0, "within the bucket of 1, which is 0.5 percent wide");
    let (limit, of_control, _) = rates_above(&histogram(&[]), &canary, 2.0);
    assert_eq!((limit, of_control.share()), (2.0, None));
}

proptest! {
    /// One side may have a far wider range, and so wider buckets.
    #[test]
    fn values_above_a_limit_are_counted_exactly(
        control in prop::collection::vec(prop_oneof![Just(0.0), 1e-3..1.0_f64, -1.0..0.0_f64], 0..60),
        canary in prop::collection::vec(prop_oneof![1e-3..1.0_f64, 1e-300..1e300_f64], 0..60),
        at_least in 1e-4..2.0_f64,
    ) {
        let (limit, of_control, of_canary) = rates_above(&histogram(&control), &histogram(&canary), at_least);
        prop_assert!(limit >= at_least);
        for (values, rate) in [(&control, of_control), (&canary, of_canary)] {
            let above = values.iter().filter(|value| **value > limit).count() as u64;
            prop_assert_eq!(rate, Rate { hits: above, misses: values.len() as u64 - above });
        }
    }
}
