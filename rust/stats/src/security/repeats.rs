//! Repeats of queries, by principals that send different numbers of them.

use super::watch::{ALTERNATIVES, Gains};

/// Repeats of one query come together: what a bet may be on so that clumps cannot win it for a principal whose repeats are
/// no more than its peers', with a tolerance of 2.
const BOLDEST: f64 = 4.0;

/// The least tolerance of repeats, for the same reason.
const LEAST_TOLERANCE: f64 = 2.0;

/// Queries of one principal in a window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Peer {
    /// How many.
    pub queries: f64,
    /// Those that repeat an earlier one of them.
    pub repeats: f64,
}

/// Principals of a window that send two queries or more, by how many they send.
#[derive(Debug, Clone, Default)]
pub struct Peers {
    /// Rising numbers of queries, with the sums of queries and of pairs up to them.
    sums: Vec<(f64, f64, f64)>,
    repeats: f64,
}

/// What peers do beside a principal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Beside {
    /// Their repeats.
    pub repeats: f64,
    /// How much they have been exposed to repeats, in units of the principal's own exposure, were that at its most,
    pub at_most: f64,
    /// and at its least.
    pub at_least: f64,
}

impl Peers {
    /// Of some principals.
    pub fn new(peers: impl Iterator<Item = Peer>) -> Self {
        let mut peers: Vec<Peer> = peers.filter(|peer| peer.queries >= 2.0).collect();
        peers.sort_by(|one, other| one.queries.total_cmp(&other.queries));
        let mut sums = Vec::with_capacity(peers.len());
        let (mut queries, mut all_pairs, mut repeats) = (0.0, 0.0, 0.0);
        for peer in peers {
            queries += peer.queries;
            all_pairs += pairs(peer.queries);
            repeats += peer.repeats;
            sums.push((peer.queries, queries, all_pairs));
        }
        Self { sums, repeats }
    }

    /// All of them beside a principal, which is left out if it is one of them. `None` for one with fewer than two queries.
    ///
    /// While two principals draw their queries from one law, the repeats of the one with more queries are, in the mean, at
    /// least as many times those of the other as its queries are, and at most as many times as its pairs of queries are: the
    /// chance that a query repeats one of `n` before it grows with `n`, ever slower.
    pub fn beside(&self, own: Peer, is_one: bool) -> Option<Beside> {
        if own.queries < 2.0 {
            return None;
        }
        let up_to = self.sums.partition_point(|(queries, ..)| *queries <= own.queries);
        let (_, all_queries, all_pairs) = self.sums.last().copied().unwrap_or_default();
        let (_, queries, below) = up_to.checked_sub(1).map_or((0.0, 0.0, 0.0), |last| self.sums[last]);
        let in_queries = |queries: f64| queries / own.queries;
        let in_pairs = |count: f64| count / pairs(own.queries);
        let itself = f64::from(u8::from(is_one));
        Some(Beside {
            repeats: (self.repeats - itself * own.repeats).max(0.0),
            at_most: (in_pairs(below) + in_queries(all_queries - queries) - itself).max(0.0),
            at_least: (in_queries(queries) + in_pairs(all_pairs - below) - itself).max(0.0),
        })
    }
}

fn pairs(queries: f64) -> f64 {
    queries * (queries - 1.0)
}

/// What a bet on each of the [`ALTERNATIVES`] gains in a window, as a logarithm: that a principal repeats itself so many times
/// the tolerance times as often as its peers, against at most the tolerance times.
///
/// Given all repeats, those of the principal are taken for binomial, by the exposures of both sides: `exposure` is the
/// peers' in units of its own. Bets are on a factor of 4 at most and the tolerance is 2 at least, so that repeats
/// may come in clumps.
///
/// # Panics
/// When `tolerance` is below 1.
pub fn repeat_gains(own: f64, of_peers: f64, exposure: f64, tolerance: f64) -> Gains {
    gains(own, of_peers, exposure, tolerance, |factor| factor)
}

/// The same for a principal that repeats itself so many times as seldom.
///
/// # Panics
/// When `tolerance` is below 1.
pub fn distinct_gains(own: f64, of_peers: f64, exposure: f64, tolerance: f64) -> Gains {
    gains(own, of_peers, exposure, tolerance, f64::recip)
}

fn gains(own: f64, of_peers: f64, exposure: f64, tolerance: f64, turn: fn(f64) -> f64) -> Gains {
    assert!(tolerance >= 1.0, "tolerance must be at least 1, got {tolerance}");
    if !(exposure > 0.0 && own + of_peers > 0.0) {
        return [0.0; ALTERNATIVES.len()];
    }
    let bound = turn(tolerance.max(LEAST_TOLERANCE));
    ALTERNATIVES.map(|times| {
        let times = turn(times.min(BOLDEST));
        own * times.ln() + (own + of_peers) * ((bound + exposure) / (times * bound + exposure)).ln()
    })
}
