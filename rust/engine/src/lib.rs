//! Batches in, cells out.
//!
//! A [`batch::Batch`] of records is checked against what its model has had ([`model`]), its columns get their
//! roles ([`role`], [`plan`]), its rows their window and segments ([`segment`]), and the sketches of each cell
//! take the rows in ([`profile`], [`cell`]). Predictions wait for their labels ([`join`], [`outcome`]).
//! A flush turns what changed into snapshot rows ([`flush`], [`snapshot`]); questions merge cells ([`query`]).
//! Of records themselves only what a monitor names is kept ([`record_log`]).
//! Old windows are rolled up, in memory ([`rollup`]) and on disk ([`compact`]).
//!
//! What is accepted goes into the log first ([`log`]), from which a process that was killed is made good.
//! All of it stays within a [`memory`] budget.
//!
//! The engine reads no clock, and no file but through [`log::Directory`]: the time of arrival is an argument, and
//! rows are given to whoever stores them.

pub mod baseline;
pub mod batch;
pub mod cell;
pub mod client_dropped;
pub mod compact;
mod counted;
mod decision;
pub mod durable;
pub mod engine;
pub mod error;
mod evicted;
pub mod flush;
mod gate;
pub mod hashed;
pub mod identifiers;
mod ingest;
pub mod join;
pub mod joint;
mod judge;
mod keyed;
pub mod kind_refusals;
pub mod log;
pub mod memory;
pub mod model;
pub mod monitor;
pub mod numbers;
pub mod objective;
pub mod offline;
pub mod outcome;
pub mod panics;
pub mod pending;
pub mod plan;
pub mod portable;
mod predicted;
pub mod principals;
pub mod producer;
pub mod producers;
pub mod profile;
pub mod query;
pub mod ranking;
pub mod read;
pub mod record_log;
pub mod role;
pub mod rollup;
pub mod segment;
pub mod shared;
pub mod slowest;
pub mod snapshot;
pub mod version;
pub mod workers;
