//! Columns that are watched together: which of a batch make up a set, and what their records add to a cell.

mod baseline;
mod declared;
mod planned;
mod records;
mod states;

pub use declared::{MAX_COLUMN_SETS, validate};
pub use planned::PlannedSet;
pub use records::SetRecords;
pub use states::{SetState, SetStates};

pub(crate) use baseline::{count_known, scale_of};
pub(crate) use records::{hashes, numbers};
