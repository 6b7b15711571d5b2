use driftline_stats::security::{ALTERNATIVES, Peer, Peers, distinct_gains, repeat_gains};
use proptest::prelude::*;

/// The law of the number of repeats of `queries` draws from a law of queries: of draws that meet each number of distinct
/// ones, by the set of those that have come.
fn repeats(law: &[f64], queries: u32) -> Vec<f64> {
    let mut by_seen = vec![0.0; 1 << law.len()];
    by_seen[0] = 1.0;
    for _ in 0..queries {
        let mut next = vec![0.0; by_seen.len()];
        for (seen, chance) in by_seen.iter().enumerate() {
            for (query, share) in law.iter().enumerate() {
                next[seen | 1 << query] += chance * share;
            }
        }
        by_seen = next;
    }
    let mut found = vec![0.0; queries as usize + 1];
    for (seen, chance) in by_seen.iter().enumerate().filter(|(_, chance)| **chance > 0.0) {
        found[(queries - seen.count_ones()) as usize] += chance;
    }
    found
}

/// The law of the sum of two numbers.
fn sum(one: &[f64], other: &[f64]) -> Vec<f64> {
    let mut found = vec![0.0; one.len() + other.len() - 1];
    for (left, chance) in one.iter().enumerate() {
        for (right, also) in other.iter().enumerate() {
            found[left + right] += chance * also;
        }
    }
    found
}

fn laws() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(0.01..1.0_f64, 2..9).prop_map(|weights| {
        // From even to very uneven ones.
        let weights: Vec<f64> = weights.iter().map(|weight| weight.powi(4)).collect();
        let total: f64 = weights.iter().sum();
        weights.iter().map(|weight| weight / total).collect()
    })
}

proptest! {
    /// Principals that draw from one law, whatever it is and however many queries each sends.
    #[test]
    fn no_bet_is_expected_to_win_while_all_draw_from_one_law(
        law in laws(), own in 2..20_u32, peers in prop::collection::vec(2..20_u32, 1..8),
    ) {
        let of_peers = peers.iter().map(|queries| repeats(&law, *queries)).reduce(|one, other| sum(&one, &other)).unwrap();
        let beside = Peers::new(peers.iter().map(|queries| Peer { queries: f64::from(*queries), repeats: 0.0 }))
            .beside(Peer { queries: f64::from(own), repeats: 0.0 }, false).unwrap();
        let of_own = repeats(&law, own);
        for bet in 0..ALTERNATIVES.len() {
            let worth = |gains: &dyn Fn(f64, f64) -> f64| -> f64 {
                of_own.iter().zip(0..).map(|(chance, own)| {
                    of_peers.iter().zip(0..).map(|(also, others)| {
                        chance * also * gains(f64::from(own), f64::from(others)).exp()
                    }).sum::<f64>()
                }).sum()
            };
            let often = worth(&|own, others| repeat_gains(own, others, beside.at_most, 2.0)[bet]);
            let seldom = worth(&|own, others| distinct_gains(own, others, beside.at_least, 2.0)[bet]);
            prop_assert!(often <= 1.0 + 1e-9, "often {often}");
            prop_assert!(seldom <= 1.0 + 1e-9, "seldom {seldom}");
        }
    }

    /// By hand, and one of the peers left out.
    #[test]
    fn exposures_are_sums_over_the_peers(
        queries in prop::collection::vec((0..40_u32, 0..10_u32), 1..12), place in 0..12_usize,
    ) {
        let of = |&(queries, repeats): &(u32, u32)| Peer { queries: f64::from(queries), repeats: f64::from(repeats) };
        let peers: Vec<Peer> = queries.iter().map(of).collect();
        let place = place % peers.len();
        let own = peers[place];
        let found = Peers::new(peers.iter().copied()).beside(own, true);
        if own.queries < 2.0 {
            prop_assert!(found.is_none());
            return Ok(());
        }
        let (mut repeats, mut at_most, mut at_least) = (0.0, 0.0, 0.0);
        for (index, peer) in peers.iter().enumerate() {
            if index != place && peer.queries >= 2.0 {
                let queries = peer.queries / own.queries;
                let pairs = peer.queries * (peer.queries - 1.0) / (own.queries * (own.queries - 1.0));
                repeats += peer.repeats;
                at_most += queries.min(pairs);
                at_least += queries.max(pairs);
            }
        }
        let found = found.unwrap();
        prop_assert!((found.repeats - repeats).abs() < 1e-9);
        prop_assert!((found.at_most - at_most).abs() < 1e-9 * (1.0 + at_most));
        prop_assert!((found.at_least - at_least).abs() < 1e-9 * (1.0 + at_least));
    }
}

/// Of many queries each seldom, how often one of them comes has a Poisson law, and its repeats are one fewer: a clump. One
/// principal beside a thousand of the same law, of one such query and of several.
#[test]
fn clumps_of_one_query_win_no_bet() {
    for step in 1..100 {
        let mean = 0.05 * f64::from(step);
        let mut chance = (-mean).exp();
        let mut worth = [(0.0, 0.0, 0.0, 0.0); ALTERNATIVES.len()];
        for count in 0..200_u32 {
            let repeats = f64::from(count.saturating_sub(1));
            let (often, seldom) =
                (repeat_gains(repeats, 0.0, 1_000.0, 2.0), distinct_gains(repeats, 0.0, 1_000.0, 2.0));
            // What one repeat of a peer takes from each bet.
            let (of_often, of_seldom) =
                (repeat_gains(0.0, repeats, 1_000.0, 2.0), distinct_gains(0.0, repeats, 1_000.0, 2.0));
            for (bet, sums) in worth.iter_mut().enumerate() {
                sums.0 += chance * often[bet].exp();
                sums.1 += chance * of_often[bet].exp();
                sums.2 += chance * seldom[bet].exp();
                sums.3 += chance * of_seldom[bet].exp();
            }
            chance *= mean / f64::from(count + 1);
        }
        for (own, peer, own_seldom, peer_seldom) in worth {
            let (often, seldom) =
                (own.ln() + 1_000.0 * peer.ln(), own_seldom.ln() + 1_000.0 * peer_seldom.ln());
            assert!(often <= 1e-9 && seldom <= 1e-9, "{often} {seldom} at {mean}");
        }
    }
}
