//! The laws that count as "not moved": those near what the baseline counted.

use crate::special::halve;

/// Steps of halving until a share is known to the last bit that matters.
const HALVINGS: usize = 60;

/// Newton steps to the edge of the laws; from a good start it takes about five. Where the divergence only rises in the last
/// bits of the way, as where a bin empties, it takes a halving a bit.
const STEPS: usize = 64;

/// How far beyond the edge the law may be that is taken for the one at it.
const PRECISION: f64 = 1e-9;

/// All laws of which the baseline's shares diverge by at most a radius.
#[derive(Debug, Clone, PartialEq)]
pub struct Laws {
    shares: Box<[f64]>,
    /// Largest Kullback-Leibler divergence of the baseline's shares from a law, in nats.
    radius: f64,
    /// The same for the share of a bin on its own.
    bin_radius: f64,
}

impl Laws {
    /// The laws that a baseline with these `counts` may come from, and all from which its shares
    /// diverge by at most `tolerance` nats more (about half a PSI): a smaller change is not called
    /// drift.
    ///
    /// A baseline is a sample too. With a chance of at least `1 - error` over its draw, its own law
    /// is among them: `n` times the divergence is beyond `r` with a chance of at most
    /// `e^-r (e r / (bins - 1))^(bins - 1)` (Agrawal 2020, theorem 1.2). With `error` 0 the counts are
    /// taken for the truth. `None` without a record in the baseline.
    ///
    /// # Panics
    /// When `error` is not in `[0, 1)`, or `tolerance` is negative or not a number.
    pub fn of_baseline(counts: &[u64], error: f64, tolerance: f64) -> Option<Self> {
        assert!((0.0..1.0).contains(&error), "error must be in [0, 1), got {error}");
        assert!(tolerance >= 0.0, "tolerance must be 0 or more, got {tolerance}");
        let total = counts.iter().map(|&count| count as f64).sum::<f64>();
        if total == 0.0 {
            return None;
        }
        let (joint, alone) = if error > 0.0 { doubts(counts.len() as f64, error) } else { (0.0, 0.0) };
        Some(Self {
            shares: counts.iter().map(|&count| count as f64 / total).collect(),
            radius: joint / total + tolerance,
            bin_radius: alone / total + tolerance,
        })
    }

    /// Number of bins.
    pub fn bins(&self) -> usize {
        self.shares.len()
    }

    /// The shares that the baseline had.
    pub fn shares(&self) -> &[f64] {
        &self.shares
    }

    /// The least and the largest share of each bin. With a chance of at least `1 - error` they hold the
    /// baseline's own law, all at once (Chernoff's bound, each end at its part of `error`).
    pub fn ranges(&self) -> impl ExactSizeIterator<Item = (f64, f64)> {
        let end = |share, end| furthest(share, end, self.bin_radius);
        self.shares.iter().map(move |&share| (end(share, 0.0), end(share, 1.0)))
    }

    /// The largest log likelihood that any of the laws gives these counts, without the multinomial
    /// coefficient; never less than it by more than rounding.
    pub(super) fn log_likelihood(&self, counts: &[u64]) -> f64 {
        let total: f64 = counts.iter().map(|&count| count as f64).sum();
        if total == 0.0 {
            return 0.0;
        }
        let to = |bin: usize| counts[bin] as f64 / total;
        let way = self.way_to(to);
        let terms = (0..self.bins()).filter(|&bin| counts[bin] > 0);
        terms.map(|bin| counts[bin] as f64 * between(self.shares[bin], to(bin), way).ln()).sum()
    }

    /// The law that is hardest to tell from the one with these shares, which are all above 0: that with
    /// the least divergence from it.
    pub(super) fn nearest<'l>(&'l self, shares: &'l [f64]) -> impl Iterator<Item = f64> + 'l {
        let way = self.way_to(|bin| shares[bin]);
        self.shares.iter().zip(shares).map(move |(&from, &to)| between(from, to, way))
    }

    /// How far on the way to the shares `to` the last law is, from 0 to 1.
    ///
    /// That law is both the likeliest for records with these shares and the nearest to them (by Lagrange: the
    /// best law is in proportion to `to` plus a multiple of the baseline's shares). The divergence grows
    /// along the way, ever faster, so that Newton's steps from beyond the edge end there without crossing
    /// it; halving where a step leads out of what is known.
    fn way_to(&self, to: impl Fn(usize) -> f64) -> f64 {
        if self.radius == 0.0 {
            return 0.0;
        }
        if self.divergence_at(&to, 1.0).0 <= self.radius {
            return 1.0;
        }
        let square = |(bin, share): (usize, &f64)| (to(bin) - share).powi(2) / share;
        let slope_of_square: f64 =
            self.shares.iter().enumerate().filter(|(_, share)| **share > 0.0).map(square).sum();
        let (mut within, mut beyond) = (0.0, 1.0);
        let mut way = (2.0 * self.radius / slope_of_square).sqrt();
        for _ in 0..STEPS {
            if !(within < way && way < beyond) {
                way = 0.5 * (within + beyond);
            }
            let (divergence, slope) = self.divergence_at(&to, way);
            let over = divergence - self.radius;
            if over < 0.0 {
                within = way;
            } else {
                beyond = way;
                if over <= PRECISION * self.radius {
                    break;
                }
            }
            way -= over / slope;
        }
        beyond
    }

    /// The divergence of the baseline's shares from the law this far on the way, and how fast it grows.
    ///
    /// Written so that all terms are positive: near the baseline the divergence is the small rest of
    /// large terms that cancel.
    fn divergence_at(&self, to: impl Fn(usize) -> f64, way: f64) -> (f64, f64) {
        let (mut divergence, mut slope) = (0.0, 0.0);
        for (bin, &share) in self.shares.iter().enumerate() {
            let to = to(bin);
            if share == 0.0 {
                divergence += way * to;
                slope += to;
            } else {
                let step = way * (to - share) / share;
                divergence += share * less_its_logarithm(step);
                slope += (to - share) * step / (1.0 + step);
            }
        }
        (divergence, slope)
    }
}

/// `x - ln(1 + x)`, for `x` of -1 and above.
fn less_its_logarithm(x: f64) -> f64 {
    if x.abs() < 1e-4 { x * x * (0.5 - x * (1.0 / 3.0 - 0.25 * x)) } else { x - x.ln_1p() }
}

fn between(from: f64, to: f64, way: f64) -> f64 {
    (1.0 - way) * from + way * to
}

/// How much `n` times a divergence may be with a chance of `error` to be more: that of all bins
/// together, and that of each bin alone, either way.
fn doubts(bins: f64, error: f64) -> (f64, f64) {
    let asked = -error.ln();
    let freedom = bins - 1.0;
    if freedom <= 0.0 {
        return (0.0, 0.0);
    }
    let exponent = |doubt: f64| doubt - freedom * (1.0 + (doubt / freedom).ln());
    let (mut below, mut above) = (freedom, 2.0 * freedom);
    while exponent(above) < asked {
        (below, above) = (above, 2.0 * above);
    }
    let (_, above) = halve(below, above, HALVINGS, |doubt| exponent(doubt) < asked);
    (above, (2.0 * bins).ln() + asked)
}

/// The share furthest from `share` on the way to `end` whose divergence is at most `radius`, rounded
/// outwards.
fn furthest(share: f64, end: f64, radius: f64) -> f64 {
    if radius == 0.0 {
        return share;
    }
    halve(share, end, HALVINGS, |other| divergence(share, other) <= radius).1
}

/// Kullback-Leibler divergence, in nats, of a bin's share from another.
fn divergence(share: f64, other: f64) -> f64 {
    let term = |p: f64, q: f64| if p > 0.0 { p * (p / q).ln() } else { 0.0 };
    (term(share, other) + term(1.0 - share, 1.0 - other)).max(0.0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn divergence_of(laws: &Laws, law: &[f64]) -> f64 {
        let term = |(&p, &q): (&f64, &f64)| if p > 0.0 { p * (p / q).ln() } else { 0.0 };
        laws.shares.iter().zip(law).map(term).sum()
    }

    /// The law for these counts, a step of rounding within the edge.
    fn likeliest(laws: &Laws, counts: &[u64]) -> Vec<f64> {
        let total: u64 = counts.iter().sum();
        let to = |bin: usize| counts[bin] as f64 / total as f64;
        let way = laws.way_to(to) - 2.0 * f64::EPSILON;
        laws.shares.iter().enumerate().map(|(bin, &share)| between(share, to(bin), way.max(0.0))).collect()
    }

    fn likelihood(law: &[f64], counts: &[u64]) -> f64 {
        let term = |(&share, &count): (&f64, &u64)| if count > 0 { count as f64 * share.ln() } else { 0.0 };
        law.iter().zip(counts).map(term).sum()
    }

    proptest! {
        /// Laws near the edge, in all directions.
        #[test]
        fn no_law_within_is_likelier(
            baseline in prop::collection::vec(0..200_u64, 2..8),
            counts in prop::collection::vec(prop_oneof![Just(0), 0..500_u64], 8),
            towards in prop::collection::vec(0.0..1.0_f64, 8),
            error in prop_oneof![Just(0.0), 1e-6..0.5_f64],
            tolerance in prop_oneof![Just(0.0), 0.0..0.2_f64],
            reach in 0.0..1.0_f64,
        ) {
            prop_assume!(baseline.iter().sum::<u64>() > 0);
            let laws = Laws::of_baseline(&baseline, error, tolerance).unwrap();
            let counts = &counts[..baseline.len()];
            let sum: f64 = towards[..baseline.len()].iter().sum();
            prop_assume!(sum > 0.0);
            let law_at = |way: f64| -> Vec<f64> {
                laws.shares.iter().zip(&towards).map(|(&share, to)| between(share, to / sum, way)).collect()
            };
            let (mut inside, mut outside) = (0.0, if laws.radius > 0.0 { reach } else { 0.0 });
            for _ in 0..60 {
                let middle = 0.5 * (inside + outside);
                if divergence_of(&laws, &law_at(middle)) <= laws.radius { inside = middle } else { outside = middle }
            }
            let (found, other) = (laws.log_likelihood(counts), likelihood(&law_at(inside), counts));
            prop_assert!(other <= found || other <= found + 1e-7 * (1.0 + found.abs()), "{other} above {found}");
        }

        /// But for the rounding of the way to it, which is much where a bin empties at its end.
        #[test]
        fn the_likeliest_law_is_one_of_them(
            baseline in prop::collection::vec(0..200_u64, 2..8),
            counts in prop::collection::vec(prop_oneof![Just(0), 0..1_000_000_u64], 8),
            error in 1e-6..0.5_f64,
            tolerance in prop_oneof![Just(0.0), 0.0..0.2_f64],
        ) {
            let counts = &counts[..baseline.len()];
            let total: u64 = counts.iter().sum();
            prop_assume!(baseline.iter().sum::<u64>() > 0 && total > 0);
            let laws = Laws::of_baseline(&baseline, error, tolerance).unwrap();
            prop_assert!(divergence_of(&laws, &likeliest(&laws, counts)) <= laws.radius * (1.0 + 1e-6) + 1e-12);
        }
    }

    /// The last bin has few of the baseline's records and none of these: the edge is where all but some 1e-14 of it is gone.
    #[test]
    fn a_law_may_all_but_empty_a_bin() {
        let laws = Laws::of_baseline(&[105, 38, 1], 1e-6, 0.093).unwrap();
        let law = likeliest(&laws, &[77_429, 17_645, 0]);
        assert!(0.0 < law[2] && law[2] < 1e-15, "{law:?}");
        let divergence = divergence_of(&laws, &law);
        assert!((divergence / laws.radius - 1.0).abs() < 1e-2, "{divergence} of {}", laws.radius);
    }

    #[test]
    fn laws_narrow_with_records() {
        let width = |records: u64| {
            let laws = Laws::of_baseline(&[records, 3 * records], 0.01, 0.0).unwrap();
            let (low, high) = laws.ranges().next().unwrap();
            assert!(low < 0.25 && 0.25 < high);
            high - low
        };
        assert!(width(100) > 3.0 * width(1600) && width(1600) > 3.0 * width(25_600));
        let known = Laws::of_baseline(&[1, 3], 0.0, 0.0).unwrap();
        assert_eq!(known.ranges().next().unwrap(), (0.25, 0.25));
        assert!(Laws::of_baseline(&[0, 0], 0.01, 0.0).is_none());
    }
}
