//! Arrow IPC from anybody: an allow-list decoder.
//!
//! It takes what the engine can use and refuses everything else by name. Only the flatbuffer metadata is read with
//! somebody else's types, and verified before it is touched; lengths, offsets, keys and text are checked here
//! before anything is allocated or borrowed. Bodies that are not compressed are borrowed, whatever their alignment.
//!
//! A [`IpcDecoder`] holds the schema and the dictionaries of one stream from call to call. A call either succeeds
//! whole or leaves the decoder as it was.

mod body;
mod compression;
mod declared;
mod decoder;
mod dictionary;
mod lz4;
mod message;
mod offsets;
mod record_batch;
mod schema;
mod types;

pub use declared::check_declared;
pub use decoder::IpcDecoder;
#[cfg(test)]
pub(crate) use decoder::failpoint;
