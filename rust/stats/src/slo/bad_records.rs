use driftline_sketches::NumericProfile;

use crate::performance::{Estimate, proportion};

/// Records that an objective calls bad, of all that it is about, as far as sketches tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct BadRecords {
    /// At least so many are bad,
    pub least: u64,
    /// at most so many,
    pub most: u64,
    /// and likely so many.
    pub likely: f64,
    /// All that it is about.
    pub records: u64,
}

impl BadRecords {
    /// Bad records that were counted.
    pub fn exact(bad: u64, records: u64) -> Self {
        Self::between(bad, bad, records)
    }

    /// At least and at most so many; the likely number lies in the middle.
    pub fn between(least: u64, most: u64, records: u64) -> Self {
        let most = most.min(records);
        let least = least.min(most);
        Self { least, most, likely: 0.5 * (least as f64 + most as f64), records }
    }

    /// Numbers above a limit, positive infinity among them; nulls and NaN are left out. What lies in the bucket of the
    /// histogram that the limit cuts in two may be either, and likely is as far as values are spread evenly in it.
    pub fn above(numbers: &NumericProfile, limit: f64) -> Self {
        let histogram = numbers.histogram();
        let finite = histogram.count();
        let records = finite + numbers.pos_infs + numbers.neg_infs;
        let (low, high) = bucket_around(&histogram, limit);
        let above = |bound: f64| finite.saturating_sub(histogram.cumulative_below(bound).round() as u64);
        let (least, most) = (above(high) + numbers.pos_infs, above(low) + numbers.pos_infs);
        let likely = finite as f64 - histogram.cumulative_below(limit) + numbers.pos_infs as f64;
        Self { least, most, likely: likely.clamp(least as f64, most as f64), records }
    }

    /// Adds others.
    pub fn merge(&mut self, other: &Self) {
        self.least = self.least.saturating_add(other.least);
        self.most = self.most.saturating_add(other.most);
        self.likely += other.likely;
        self.records = self.records.saturating_add(other.records);
    }

    /// The share of good records. Its interval reaches from the lower end of Wilson's 95% interval with as many bad ones as
    /// there may be to the upper end with as few. `None` without a record.
    pub fn good_share(&self) -> Option<Estimate> {
        let worst = proportion(self.records - self.most, self.records)?;
        let best = proportion(self.records - self.least, self.records)?;
        let value = 1.0 - self.likely / self.records as f64;
        Some(Estimate { value, low: worst.low.min(value), high: best.high.max(value) })
    }

    /// How many times as fast the error budget of a target is used up as would use it up in the period. `None` without a
    /// record.
    ///
    /// # Panics
    /// When `target` is not in `(0, 1)`.
    pub fn burn_rate(&self, target: f64) -> Option<Estimate> {
        let (good, budget) = (self.good_share()?, budget(target));
        let burn = |good: f64| (1.0 - good) / budget;
        Some(Estimate { value: burn(good.value), low: burn(good.high), high: burn(good.low) })
    }

    /// The share of the error budget of these records that is left; below 0 where more is spent. `None` without a record.
    ///
    /// # Panics
    /// When `target` is not in `(0, 1)`.
    pub fn budget_left(&self, target: f64) -> Option<Estimate> {
        let burnt = self.burn_rate(target)?;
        Some(Estimate { value: 1.0 - burnt.value, low: 1.0 - burnt.high, high: 1.0 - burnt.low })
    }
}

fn budget(target: f64) -> f64 {
    assert!(target > 0.0 && target < 1.0, "target must be in (0, 1), got {target}");
    1.0 - target
}

/// The bounds of the bucket that a limit cuts in two; the limit twice where it cuts none.
fn bucket_around(histogram: &driftline_sketches::ExponentialHistogram, limit: f64) -> (f64, f64) {
    let holds = |(low, high): &(f64, f64)| *low < limit && limit < *high;
    let positive = histogram.positive().into_iter().map(|(index, _)| histogram.bucket_bounds(index));
    positive.into_iter().find(holds).unwrap_or((limit, limit))
}
