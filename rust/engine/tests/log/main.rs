//! The log on a disk that tears, forgets, fills up and fails.
#![allow(clippy::unwrap_used, missing_docs)]

mod codec;
mod damage;
mod disk;
mod engine;
mod history;
mod identifiers;
#[path = "../support/mod.rs"]
mod support;
mod writer;

use std::sync::Arc;

use disk::Disk;
use driftline_engine::log::{self, Log, LogError, LogOptions, Payload, RecordNumber, Recovered};

/// Small, so that a few records fill one.
const OPTIONS: LogOptions = LogOptions { segment_bytes: 1_024 };

type Records = Vec<(RecordNumber, Vec<u8>)>;

fn recover(disk: &Disk, position: RecordNumber, accept: bool) -> Result<(Recovered, Records), LogError> {
    let mut records = Records::new();
    let recovered = log::recover(disk, position, accept, |number, payload| {
        records.push((number, payload.to_vec()));
        Ok(())
    })?;
    Ok((recovered, records))
}

fn open(disk: &Disk, position: RecordNumber) -> Result<(Log, Records), LogError> {
    let (recovered, records) = recover(disk, position, false)?;
    Ok((Log::open(Arc::new(disk.clone()), OPTIONS, &recovered)?, records))
}

fn append(log: &Log, payload: &[u8]) -> Result<RecordNumber, LogError> {
    let mut parts = Payload::default();
    let (first, rest) = payload.split_at(payload.len() / 3);
    parts.copy(first);
    parts.lend(rest);
    log.append(&parts)
}
