//! Shares of bins on both sides, and distances of them.

use super::super::binned::{Bin, BinnedPair};
use super::super::bracket::Bracket;

/// The shares of one side's bins, each with what it may be.
#[derive(Debug, Clone)]
pub(super) struct Shares(pub(super) Vec<Bracket>);

impl Shares {
    /// Counts over all rows.
    pub(super) fn of(counts: &[Bracket], rows: f64) -> Self {
        Self(counts.iter().map(|count| count.map(|count| count / rows)).collect())
    }

    /// The same with the fill in empty bins: a ten thousandth, or a millionth of the smallest share where
    /// that is not more.
    pub(super) fn filled(&self, rows: f64) -> Self {
        let fill = |smallest: f64| if smallest <= FILL { smallest / 1e6 } else { FILL };
        let least_row = rows.recip();
        let smallest = |share: &dyn Fn(&Bracket) -> f64| {
            self.0.iter().map(share).filter(|share| *share > 0.0).fold(f64::INFINITY, f64::min)
        };
        let value = fill(smallest(&|share| share.value));
        let exact = self.0.iter().all(|share| share.width() == 0.0);
        // A bin that may be empty or not may also be the smallest one, with a single row.
        let least = if exact {
            value
        } else {
            fill(smallest(&|share| if share.high > 0.0 { share.low.max(least_row) } else { 0.0 }))
        };
        let most = if exact { value } else { FILL };
        let fill_in = |share: &Bracket| {
            if share.high == 0.0 {
                return Bracket::new(value, least, most);
            }
            let filled = if share.value > 0.0 { share.value } else { value };
            if share.low > 0.0 {
                return Bracket::new(filled, share.low, share.high);
            }
            Bracket::new(filled, least.min(least_row), share.high.max(most))
        };
        Self(self.0.iter().map(fill_in).collect())
    }

    /// The same over their sum.
    pub(super) fn normalised(&self) -> Self {
        let sum = |share: fn(&Bracket) -> f64| self.0.iter().map(share).sum::<f64>();
        let (value, low, high) = (sum(|share| share.value), sum(|share| share.low), sum(|share| share.high));
        // Shares that add up to one do so whatever each of them is.
        let (low, high) =
            if (value - 1.0).abs() < 1e-9 { (value, value) } else { (low.max(value.min(1.0)), high) };
        let over = |share: &Bracket| Bracket::new(share.value / value, share.low / high, share.high / low);
        Self(self.0.iter().map(over).collect())
    }

    /// Both sides, to be compared as if each had one row.
    pub(super) fn beside(self, current: Self) -> BinnedPair {
        let bins = self.0.into_iter().zip(current.0);
        BinnedPair {
            bins: bins.map(|(reference, current)| Bin { reference, current }).collect(),
            n_reference: 1.0,
            n_current: 1.0,
        }
    }
}

/// What Evidently puts into empty bins.
const FILL: f64 = 0.0001;
