//! Quantiles of absolute errors: of their counts in buckets, or of weights.

use driftline_sketches::ExponentialHistogram;
use driftline_sketches::performance::{Content, WeightedErrors, Weights};

use super::confusion::{counted, effective};
use super::estimate::Estimate;
use crate::special::Z_95_TWO_SIDED;

/// What sums of weights that are added in another order may be off by, as a share of all.
const ROUNDING: f64 = 1e-9;

/// A bucket that holds rows. Of counts both sums of weights are the number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bucket {
    low: f64,
    high: f64,
    rows: Weights,
}

/// Counts by rising error.
pub(super) fn by_count(errors: &ExponentialHistogram) -> Vec<Bucket> {
    let zeros = [((0.0, 0.0), errors.zero_count())].into_iter();
    let others = errors.positive().into_iter().map(|(index, count)| (errors.bucket_bounds(index), count));
    buckets(zeros.chain(others).map(|(bounds, count)| (bounds, counted(count))))
}

/// Weights by rising error, as shares of `all` of them.
pub(super) fn by_weight(errors: &WeightedErrors, all: f64) -> Vec<Bucket> {
    let zeros = [((0.0, 0.0), errors.zeros())].into_iter();
    let others = errors.iter().map(|(index, weights)| (errors.bucket_bounds(index), weights));
    buckets(zeros.chain(others).map(|(bounds, weights)| (bounds, weights.over(all))))
}

fn buckets(all: impl Iterator<Item = ((f64, f64), Weights)>) -> Vec<Bucket> {
    let all = all.map(|((low, high), rows)| Bucket { low, high, rows });
    all.filter(|bucket| bucket.rows.sum > 0.0).collect()
}

/// Weights of all rows.
pub(super) fn total(buckets: &[Bucket]) -> Weights {
    buckets.iter().fold(Weights::default(), |sum, bucket| sum.plus(bucket.rows))
}

/// The value of the row at which the cumulated weight reaches the share `q`, rows of a bucket taken as of equal weight
/// and evenly spread in it. The interval is Woodruff's (1952): the values where the cumulated share is as far from `q` as
/// 95% of its sampling error, by its linearised variance; of counts these are order statistics by the binomial law
/// (Conover 1999, 3.2). It reaches over all of the bucket that holds the quantile of the rows themselves; none where
/// there is no row that high up.
pub(super) fn quantile(buckets: &[Bucket], q: f64) -> Option<Estimate> {
    let all = total(buckets);
    let target = all.sum * (q - ROUNDING);
    let (before, own) = find(buckets, |with, _| target <= with)?;
    // How much of its weight lies up to the quantile.
    let inside = (all.sum * q - before.sum).clamp(0.0, own.rows.sum);
    let squares_below = before.squares + own.rows.squares * (inside / own.rows.sum);
    let squares_above = (all.squares - squares_below).max(0.0);
    let variance = squares_below * (1.0 - q) * (1.0 - q) + squares_above * q * q;
    let half_width = Z_95_TWO_SIDED * variance.sqrt();
    let low = value_at(buckets, all.sum * q - half_width)?;
    let high = value_at(buckets, all.sum * q + half_width)?;
    Estimate::checked(own.row_at(target - before.sum), low.min(own.low), high.max(own.high))
}

/// The first bucket of which this holds, told the weight up to its end, and what lies before it.
fn find(buckets: &[Bucket], is_it: impl Fn(f64, &Bucket) -> bool) -> Option<(Weights, Bucket)> {
    let mut before = Weights::default();
    for bucket in buckets {
        let with = before.plus(bucket.rows);
        if is_it(with.sum, bucket) {
            return Some((before, *bucket));
        }
        before = with;
    }
    None
}

/// The value up to which there is so much weight, each row's lying in the row's middle: 0 before the middle of the first,
/// none after that of the last.
fn value_at(buckets: &[Bucket], weight: f64) -> Option<f64> {
    if weight < buckets.first()?.half_row() {
        return Some(0.0);
    }
    let (before, bucket) = find(buckets, |with, bucket| weight + bucket.half_row() <= with)?;
    let place = (weight - before.sum).max(-bucket.half_row()) / bucket.rows.sum;
    Some(bucket.low + (bucket.high - bucket.low) * place)
}

impl Bucket {
    /// Half the weight of one of its rows, by the mean that Kish's number of them has.
    fn half_row(&self) -> f64 {
        0.5 * self.rows.squares / self.rows.sum
    }

    /// The value of the row at which the bucket's own cumulated weight reaches this.
    fn row_at(&self, weight: f64) -> f64 {
        let rows = effective(self.rows).max(1.0);
        let rank = (weight / self.rows.sum * rows).ceil().clamp(1.0, rows);
        self.low + (self.high - self.low) * ((rank - 0.5) / rows)
    }
}
