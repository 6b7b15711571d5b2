//! What each principal asks of a model: read of the rows of a batch, counted window by window of all records.
//!
//! Off unless the monitor has [`SignalSettings`].

mod flips;
mod queries;
mod records;
mod settings;

pub(crate) use flips::{Flips, NamedFlips, Sources, add_counts, count};
pub(crate) use queries::scale_of_column;
pub(crate) use records::Observed;
pub use settings::{MAX_PRINCIPALS, SignalSettings};

/// Name under which principals are stored among the columns of a cell.
pub const ROW_NAME: &str = "__principals__";
