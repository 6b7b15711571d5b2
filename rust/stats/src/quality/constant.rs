//! Columns of which all values are one.

use driftline_sketches::{CategoricalProfile, ColumnProfile, NumericProfile};

use super::{Check, Finding};

/// Chance below which a difference is no chance.
const RARE: f64 = 0.05;

/// One where all values are one.
///
/// Few rows are all one by luck: of a law whose most frequent value has the share `p`, `rows` rows are so
/// with a chance of at most `p^(rows - 1)`. The share is that of the side that is not constant, of numbers
/// that of the fullest bucket of its histogram, which is at least as large; its own sampling error is not
/// counted in.
pub(super) fn find(reference: &ColumnProfile, current: &ColumnProfile) -> Option<Finding> {
    let (before, now) = match (reference, current) {
        (ColumnProfile::Numeric(reference), ColumnProfile::Numeric(current)) => {
            (Side::of_numbers(reference)?, Side::of_numbers(current)?)
        }
        (ColumnProfile::Categorical(reference), ColumnProfile::Categorical(current)) => {
            (Side::of_categories(reference)?, Side::of_categories(current)?)
        }
        _ => return None,
    };
    let chance = match (before.is_constant, now.is_constant) {
        (false, true) => by_luck(reference, now.rows),
        (true, false) => by_luck(current, before.rows),
        _ => 1.0,
    };
    let figure = |side: &Side| f64::from(u8::from(side.is_constant));
    let differs = before.is_constant != now.is_constant;
    Some(Finding {
        check: Check::Constant,
        reference: figure(&before),
        reference_low: figure(&before),
        reference_high: figure(&before),
        current: figure(&now),
        low: figure(&now),
        high: figure(&now),
        noise_floor: if differs { chance } else { 0.0 },
        noise_q95: f64::from(u8::from(differs && chance > RARE)),
        p_value: Some(chance),
        n_reference: before.rows,
        n_current: now.rows,
    })
}

struct Side {
    is_constant: bool,
    rows: u64,
}

impl Side {
    fn of_numbers(side: &NumericProfile) -> Option<Self> {
        Some(Self { is_constant: side.moments.min()? == side.moments.max()?, rows: side.moments.count() })
    }

    fn of_categories(side: &CategoricalProfile) -> Option<Self> {
        let is_constant = side.frequent.error() == 0 && side.frequent.items().len() == 1;
        (side.count > 0).then_some(Self { is_constant, rows: side.count })
    }
}

/// At most the chance that so many rows of the law of a profile are all one value.
fn by_luck(profile: &ColumnProfile, rows: u64) -> f64 {
    let (most, all) = match profile {
        ColumnProfile::Numeric(numeric) => {
            let histogram = numeric.histogram();
            let buckets = histogram.positive().into_iter().chain(histogram.negative());
            let most = buckets.map(|(_, count)| count).max().unwrap_or(0);
            (most.max(histogram.zero_count()), histogram.count())
        }
        ColumnProfile::Categorical(categorical) => {
            let frequent = &categorical.frequent;
            let most = frequent.items().first().map_or(0, |(_, count)| *count);
            (most.saturating_add(frequent.error()), categorical.count)
        }
    };
    if all == 0 {
        return 1.0;
    }
    (most as f64 / all as f64).min(1.0).powf(rows.saturating_sub(1) as f64)
}
