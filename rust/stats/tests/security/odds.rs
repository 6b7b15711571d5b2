use driftline_stats::evidence::Rate;
use driftline_stats::security::{ALTERNATIVES, odds_gains};
use proptest::prelude::*;

fn choose(all: u64, some: u64) -> f64 {
    (0..some).map(|step| (all - step) as f64 / (step + 1) as f64).product()
}

fn binomial(draws: u64, chance: f64) -> Vec<f64> {
    let term = |hits: u64| {
        choose(draws, hits) * chance.powi(hits as i32) * (1.0 - chance).powi((draws - hits) as i32)
    };
    (0..=draws).map(term).collect()
}

fn rate(hits: u64, of: u64) -> Rate {
    Rate { hits, misses: of - hits }
}

proptest! {
    /// Under any pair of rates within the tolerance a bet is expected to be worth 1 at most, and just 1 at its edge.
    #[test]
    fn no_bet_is_expected_to_win_within_the_tolerance(
        own in 1..12_u64, other in 1..12_u64, others_rate in 0.01..0.99_f64, tolerance in 1.0..4.0_f64, share in 0.0..1.0_f64,
    ) {
        for (ratio, is_edge) in [(tolerance, true), (share * tolerance, false)] {
            let odds = ratio * others_rate / (1.0 - others_rate);
            let (here, there) = (binomial(own, odds / (1.0 + odds)), binomial(other, others_rate));
            for bet in 0..ALTERNATIVES.len() {
                let worth: f64 = here.iter().zip(0..).map(|(chance, hits)| {
                    there.iter().zip(0..).map(|(of_other, other_hits)| {
                        let gain = odds_gains(rate(hits, own), rate(other_hits, other), tolerance)[bet];
                        chance * of_other * gain.exp()
                    }).sum::<f64>()
                }).sum();
                prop_assert!(worth <= 1.0 + 1e-9, "{worth} with odds {ratio} times");
                prop_assert!(!is_edge || (worth - 1.0).abs() < 1e-9, "{worth} at the edge");
            }
        }
    }
}

/// `scipy.stats.nchypergeom_fisher.logpmf(x, M, n, N, 4) - logpmf(x, M, n, N, 2)` with M records, n of them the principal's, N
/// hits, x of these the principal's.
#[test]
fn gains_are_ratios_of_fishers_law() {
    for (own, other, expected) in [
        ((30, 40), (50, 1_000), ORACLE[0]),
        ((5, 100), (5_000, 100_000), ORACLE[1]),
        ((400, 1_000), (2_000, 8_000), ORACLE[2]),
        ((0, 10), (3, 20), ORACLE[3]),
    ] {
        let gain = odds_gains(rate(own.0, own.1), rate(other.0, other.1), 2.0)[0];
        assert!((gain - expected).abs() < 1e-6 * expected.abs().max(1.0), "{gain} {expected}");
    }
}

const ORACLE: [f64; 4] = [15.713_874_343, -5.617_605_633, -50.694_547_112, -1.176_872_031];

#[test]
fn hits_that_tell_nothing_gain_nothing() {
    for (own, other) in [((0, 5), (0, 9)), ((5, 5), (9, 9)), ((0, 0), (3, 9)), ((1, 3), (0, 0))] {
        let gains = odds_gains(rate(own.0, own.1), rate(other.0, other.1), 2.0);
        assert_eq!(gains, [0.0; ALTERNATIVES.len()]);
    }
}
