//! Bytes of a record: the prepared batches of one request.
//!
//! Numbers are little-endian; a text is its length (`u32`) and its UTF-8 bytes; bytes are their length (`u64`) and
//! themselves.
//!
//! ```text
//! record   version u8 = 2, arrived i64, producer text (see `producers`), epoch u64, sequence u64, model text,
//!          version text, dropped u64, request bytes u64, treatment u8 (see `crate::memory::Treatment`), batches u32,
//!          then each batch
//! batch    rows u64, columns u32, then each column
//! column   name text, role u8 (0: none, 1: a text follows), type (see `types`), validity u8
//!          (0: all valid, 1: bit offset u8 and bytes follow), values u8 and what belongs to them:
//!          0 null, 1 bits (bit offset u8, bytes), 2 numbers (type, bytes), 3 text (offsets of 4 or 8 bytes u8,
//!          offsets bytes, characters bytes), 4 dictionary (key type, keys bytes, values u32, each a text), 5 codes
//!          (type, bytes of at most 256 different numbers, bytes of one code a row: which of them it has), 6 hashes of
//!          ids (bytes, 8 a row: see `identifiers`)
//! ```
//!
//! A type is two bytes. Version 1 has no treatment, no codes and no hashes; it is still read.

mod codes;
mod read;
mod types;
mod write;

pub use read::decode;
pub use write::encode;

/// The first byte of a record.
const VERSION: u8 = 2;
/// The earliest that is read.
const OLDEST_VERSION: u8 = 1;

/// Tags of values.
mod values {
    pub(super) const NULL: u8 = 0;
    pub(super) const BITS: u8 = 1;
    pub(super) const NUMBERS: u8 = 2;
    pub(super) const TEXT: u8 = 3;
    pub(super) const DICTIONARY: u8 = 4;
    pub(super) const CODES: u8 = 5;
    pub(super) const HASHES: u8 = 6;
}
