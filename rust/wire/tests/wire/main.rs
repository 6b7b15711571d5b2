//! The wire crate through its public doors.
#![allow(clippy::unwrap_used)]

mod answer;
mod arrow;
mod golden;
mod malformed;
mod messages;
mod questions;
mod session;
mod snapshot;
mod state;
mod table;
