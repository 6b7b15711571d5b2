//! Service-level objectives: which share of records is good, how much of the error budget is left, and how fast it burns.
//!
//! An objective says that a share `target` of records is to be good within a period: fast enough, say, or without an error.
//! What may be bad, `1 - target`, is the *error budget*. The *burn rate* is the share of bad records in units of the budget:
//! at 1 it lasts for the period exactly, at 14.4 a budget of 30 days is gone in two. Alerts look at pairs of windows, a long
//! one that says that it matters and a short one that says that it still goes on ([`AlertRule`]).

mod alerts;
mod bad_records;
mod throughput;

pub use alerts::{ALERT_RULES, AlertRule, Severity};
pub use bad_records::BadRecords;
pub use throughput::events_a_second;
