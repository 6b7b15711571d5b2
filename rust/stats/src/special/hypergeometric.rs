//! The hypergeometric law: how hits spread over two samples that share one rate.

/// Above this variance the normal law is as good as the sum over all counts, and cheaper.
const LARGEST_VARIANCE: f64 = 10_000.0;

/// Chances below this part of the observed one add nothing.
const NEGLIGIBLE: f64 = 1e-16;

/// Counts whose chances differ by rounding alone are taken for equally likely.
const ROUNDING: f64 = 1e-7;

/// The p-value of Fisher's exact test, two-sided: the chance, given all hits together, of a split over
/// the two samples that is at most as likely as this one. 1 when a sample is empty.
///
/// Where the number of hits of a sample varies by more than 100 either way, through the normal law.
pub fn fisher_exact(hits: (u64, u64), misses: (u64, u64)) -> f64 {
    let (first_hits, second_hits) = (hits.0 as f64, hits.1 as f64);
    let (first, second) = (first_hits + misses.0 as f64, second_hits + misses.1 as f64);
    let (all, hit) = (first + second, first_hits + second_hits);
    if first == 0.0 || second == 0.0 {
        return 1.0;
    }
    let mean = hit * (second / all);
    let variance = mean * ((all - hit) / all) * (first / (all - 1.0).max(1.0));
    if variance > LARGEST_VARIANCE {
        return 2.0 * super::normal_cdf(-(second_hits - mean).abs() / variance.sqrt());
    }
    let law = Law { hit, first, second };
    let mode = ((hit + 1.0) * ((second + 1.0) / (all + 2.0))).floor().clamp(law.least(), law.most());
    let observed = law.chance_from(mode, second_hits);
    let floor = NEGLIGIBLE * observed;
    let (mut total, mut as_unlikely) = (0.0, 0.0);
    let mut add = |chance: f64| {
        total += chance;
        as_unlikely += if chance <= observed * (1.0 + ROUNDING) { chance } else { 0.0 };
    };
    add(1.0);
    law.up_from(mode).take_while(|chance| *chance > floor).for_each(&mut add);
    law.down_from(mode).take_while(|chance| *chance > floor).for_each(&mut add);
    (as_unlikely.max(observed) / total).min(1.0)
}

/// `hit` hits among `first` and `second` draws; counts are those of the second sample, chances relative
/// to that of the mode.
struct Law {
    hit: f64,
    first: f64,
    second: f64,
}

impl Law {
    fn least(&self) -> f64 {
        (self.hit - self.first).max(0.0)
    }

    fn most(&self) -> f64 {
        self.hit.min(self.second)
    }

    /// The chance of one hit more than `count`, in that of `count`.
    fn ratio(&self, count: f64) -> f64 {
        (self.hit - count) / (count + 1.0) * ((self.second - count) / (self.first - self.hit + count + 1.0))
    }

    fn up_from(&self, mode: f64) -> impl Iterator<Item = f64> {
        let (mut count, mut chance) = (mode, 1.0);
        std::iter::from_fn(move || {
            (count < self.most()).then(|| {
                chance *= self.ratio(count);
                count += 1.0;
                chance
            })
        })
    }

    fn down_from(&self, mode: f64) -> impl Iterator<Item = f64> {
        let (mut count, mut chance) = (mode, 1.0);
        std::iter::from_fn(move || {
            (count > self.least()).then(|| {
                count -= 1.0;
                chance /= self.ratio(count);
                chance
            })
        })
    }

    /// The chance of `count`; 0 where it is too small for a number.
    fn chance_from(&self, mode: f64, count: f64) -> f64 {
        let steps = (count - mode).abs() as usize;
        let reached = |chances: &mut dyn Iterator<Item = f64>| {
            let mut last = (0, 1.0);
            for chance in chances.take(steps).take_while(|chance| *chance > 0.0) {
                last = (last.0 + 1, chance);
            }
            if last.0 == steps { last.1 } else { 0.0 }
        };
        if count >= mode { reached(&mut self.up_from(mode)) } else { reached(&mut self.down_from(mode)) }
    }
}
