//! Where two profiles differ: their shares bin by bin, and what each bin adds to the distance.

use driftline_sketches::ColumnProfile;

use super::bracket::Bracket;
use super::categorical::CategoricalPair;
use super::numeric::NumericPair;
use super::{Basis, kind};
use crate::error::StatsError;

/// What falls in a bin.
#[derive(Debug, Clone, PartialEq)]
pub enum BinLabel {
    /// Numbers `above < x <= to`; without a bound, all on that side.
    Range {
        /// Lower edge, not in the bin.
        above: Option<f64>,
        /// Upper edge, in the bin.
        to: Option<f64>,
    },
    /// One category.
    Category(String),
    /// All categories that have no bin of their own.
    Rest,
}

/// One bin on both sides.
#[derive(Debug, Clone, PartialEq)]
pub struct BinShares {
    /// What falls in it.
    pub label: BinLabel,
    /// Its share of the reference's values: as estimated, and its least and most.
    pub reference: (f64, f64, f64),
    /// Its share of the current values.
    pub current: (f64, f64, f64),
    /// What it adds to `psi`, in nats; the terms of all bins add up to the distance.
    pub psi: f64,
}

/// Two profiles in common bins.
#[derive(Debug, Clone, PartialEq)]
pub struct BinTable {
    /// What the shares were computed from.
    pub basis: Basis,
    /// The bins, from low to high, or by name.
    pub bins: Vec<BinShares>,
}

/// The bins that the distances are computed in; none when a side has no value to compare.
///
/// # Errors
///
/// [`StatsError::KindMismatch`] when one profile is numeric and the other categorical.
pub fn bins(reference: &ColumnProfile, current: &ColumnProfile) -> Result<Option<BinTable>, StatsError> {
    match (reference, current) {
        (ColumnProfile::Numeric(reference), ColumnProfile::Numeric(current)) => {
            Ok(NumericPair::new(reference, current).and_then(|pair| pair.table()))
        }
        (ColumnProfile::Categorical(reference), ColumnProfile::Categorical(current)) => {
            let pair = CategoricalPair::new(reference, current);
            Ok(pair.map(|pair| pair.table(reference, current)))
        }
        _ => Err(StatsError::KindMismatch { reference: kind(reference), current: kind(current) }),
    }
}

/// A bracket as estimate, least and most.
pub(super) fn parts(share: Bracket) -> (f64, f64, f64) {
    (share.value, share.low, share.high)
}
