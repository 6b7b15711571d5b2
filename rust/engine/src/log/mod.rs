//! The log: accepted batches on disk before they are answered for, until a flush has them in its rows.
//!
//! What it promises:
//! - A record whose number [`Log::wait_durable`] has returned for is found again after a crash of the process or
//!   of the machine, once, in the order of the numbers.
//! - A record that was being written when the process died is there in full or not at all: a torn tail is cut at
//!   the last whole record.
//! - Damage to a record that was durable is told apart from a torn tail, and is an error: nothing is skipped in
//!   silence. Every frame names the last record that was known to be durable when it was written, so a missing
//!   record is a torn one only if no frame says otherwise.
//! - A failed sync is final: what it was about may or may not be on disk, so the log refuses all that follows.
//!
//! What it does not: keep more than one copy, or notice that the disk lies about a sync. Damage to the very last
//! record cannot be told from a torn tail when the mark behind it is damaged too.
//!
//! # Layout
//!
//! A segment is a file `<number>-<tag>.log`, both 16 hexadecimal digits, of a size that is allocated when it is
//! made. Segments are used one after the other; those that are no longer needed get a new name and tag and are
//! used again, without being cleared: frames with another tag than the file's are not there. A segment is a run
//! of frames, each a multiple of 8 bytes:
//!
//! | offset | bytes | little-endian |
//! |---|---|---|
//! | 0 | 4 | `DLOG` |
//! | 4 | 4 | kind: 1 start of a segment, 2 record, 3 mark, 4 void |
//! | 8 | 8 | tag of the segment |
//! | 16 | 8 | record: its number, from 1. start: number of the first record to come. mark: the last number. void: number of a record that does not count |
//! | 24 | 8 | highest number known to be durable |
//! | 32 | 8 | bytes of the payload |
//! | 40 | 4 | CRC32C of the payload |
//! | 44 | 4 | CRC32C of the 44 bytes before |
//! | 48 | | payload, then zeros up to a multiple of 8 |
//!
//! A segment starts with a start frame. A mark follows a sync after which nothing has been written yet, so that a
//! quiet log says how far it is durable.
//!
//! Tags are random, so that a payload cannot hold what would be taken for a frame.

mod codec;
mod directory;
mod file;
mod frame;
mod open;
mod payload;
mod record;
mod scan;
mod segments;
mod writeback;
mod writer;

pub use codec::{decode, encode};
pub use directory::{Directory, LogFile};
pub use file::FileDirectory;
pub use open::Log;
pub use payload::Payload;
pub use record::Record;
pub use scan::{Cut, Damage, Recovered, Scan, recover};
pub use writer::{LogOptions, LogStatus};

use thiserror::Error;

/// Number of a record of the log, from 1.
pub type RecordNumber = u64;

/// Why the log does not do what it is asked to.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LogError {
    /// The disk is full or refuses a write; the same call may succeed later.
    #[error("{0}")]
    Refused(String),
    /// A sync failed: the log takes nothing more until it is opened again.
    #[error("{0}")]
    Failed(String),
    /// What is on disk contradicts itself.
    #[error("{0}")]
    Damaged(String),
}

/// Result of the log's calls.
pub type Result<T> = std::result::Result<T, LogError>;
