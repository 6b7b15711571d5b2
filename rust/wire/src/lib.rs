//! The hostile edge: request bytes (protobuf, Arrow IPC) to a validated batch of the engine, or a typed refusal.
//!
//! Nothing in front of this crate parses and nothing behind it checks again. [`ipc`] decodes Arrow IPC from anybody
//! by an allow-list, [`arrow`] takes batches that Arrow itself holds in memory, [`snapshot`] turns profiles into
//! Arrow tables and back, [`record_log`] records that are kept, [`session`] counts the requests of one stream, [`answer`] answers for them once they are safe,
//! [`proto`] holds the messages.

#[cfg(target_endian = "big")]
compile_error!("values are passed on as little-endian bytes");

pub mod answer;
pub mod arrow;
mod column;
pub mod error;
pub mod ipc;
pub mod limits;
pub mod monitor;
mod outcome_value;
pub mod proto;
pub mod query;
mod ranking;
pub mod record_log;
mod schema;
pub mod session;
pub mod snapshot;

pub use error::WireError;
pub use limits::Limits;
pub use session::Session;

/// Key of the field metadata that says what a column is.
pub const ROLE_KEY: &str = "driftline.role";
