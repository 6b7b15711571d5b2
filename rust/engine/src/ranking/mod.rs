//! Ranked lists: the items of each query, with their scores and labels, for as long as labels may come.
//!
//! A record with a query id is an item of that query's list. The records of one query in one window, of one version, are
//! one list; in a segment it is the list of those of them that are in the segment. What a list comes to is known only
//! when all of it is, and changes with each label: so cells always hold what all lists come to now, and a change of one
//! adds the difference ([`driftline_sketches::performance::Ranking`]). The items are needed only to make that
//! difference, until the horizon of labels has passed; then they are let go, and what they came to stays.
//!
//! A list that was let go before that, since there were too many, stays as it was: its later items are left out.

mod batch;
mod rules;
mod table;
#[cfg(test)]
mod tests;
mod waiting;

pub(crate) use self::batch::Ranked;
pub(crate) use self::rules::validate;
pub(crate) use self::table::{Changes, Item, Queries, QueryKey, UnwrittenQueries};
pub use self::waiting::{QueryItem, WaitingQuery};
