//! What columns that are watched together hold together: a [`JointProfile`] of a set of columns.
//!
//! Of numbers it keeps the mean vector and the co-moments ([`Comoments`]); beside a baseline, whose [`Scales`] it is
//! given, also sums of random Fourier features ([`FeatureSums`]), from which distances between distributions follow, and
//! how many columns of each record lie outside the baseline's range. Of categories it counts distinct combinations, and
//! beside a baseline the records whose combination that does not know ([`KnownCombinations`]).
//!
//! Everything is a commutative monoid. Counts merge exactly, sums up to rounding.

mod codec;
mod columns;
mod combinations;
mod comoments;
mod features;
mod frequencies;
mod known;
mod profile;
mod scaled;
mod scales;

pub use columns::{JointColumns, MAX_JOINT_COLUMNS};
pub use combinations::{UnseenCombinations, combination_hash};
pub use comoments::{Comoments, LARGEST_VALUE};
pub use features::{FEATURES, FeatureSums, SQUARED_FEATURES, largest_phase_error};
pub use frequencies::bandwidth;
pub use known::{KnownCombinations, KnownCombinationsBuilder, MAX_EXACT_COMBINATIONS};
pub use profile::{Frame, JointProfile};
pub use scaled::{OutsideCounts, ScaledSums};
pub use scales::Scales;
