//! Frames: see the layout in [`super`].

use super::RecordNumber;

/// Bytes before the payload.
pub(super) const HEADER_BYTES: usize = 48;
/// Frames start and end at multiples of this.
pub(super) const ALIGNMENT: usize = 8;

const MAGIC: [u8; 4] = *b"DLOG";

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Start = 1,
    Record = 2,
    Mark = 3,
    Void = 4,
}

/// The fields of a frame's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) kind: Kind,
    pub(super) tag: u64,
    pub(super) number: RecordNumber,
    pub(super) durable: RecordNumber,
    pub(super) length: u64,
    pub(super) checksum: u32,
}

impl Header {
    /// The header of a frame without payload.
    pub(super) fn bare(kind: Kind, tag: u64, number: RecordNumber, durable: RecordNumber) -> Self {
        Self { kind, tag, number, durable, length: 0, checksum: crc32c::crc32c(&[]) }
    }

    pub(super) fn to_bytes(self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..4].copy_from_slice(&MAGIC);
        bytes[4..8].copy_from_slice(&(self.kind as u32).to_le_bytes());
        bytes[8..16].copy_from_slice(&self.tag.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.number.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.durable.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.length.to_le_bytes());
        bytes[40..44].copy_from_slice(&self.checksum.to_le_bytes());
        let checksum = crc32c::crc32c(&bytes[..44]);
        bytes[44..].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// The header at the start of some bytes; `None` if there is none with this tag.
    pub(super) fn from_bytes(bytes: &[u8], tag: u64) -> Option<Self> {
        let bytes = bytes.first_chunk::<HEADER_BYTES>()?;
        let word = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        let long = |at: usize| u64::from(word(at)) | u64::from(word(at + 4)) << 32;
        if bytes[..4] != MAGIC || long(8) != tag || crc32c::crc32c(&bytes[..44]) != word(44) {
            return None;
        }
        let kind = [Kind::Start, Kind::Record, Kind::Mark, Kind::Void]
            .into_iter()
            .find(|&kind| kind as u32 == word(4))?;
        let (number, durable, length, checksum) = (long(16), long(24), long(32), word(40));
        Some(Self { kind, tag, number, durable, length, checksum })
    }
}

/// Bytes of a frame with so many bytes of payload.
pub(super) fn frame_bytes(payload: usize) -> usize {
    (HEADER_BYTES + payload).next_multiple_of(ALIGNMENT)
}

/// What a payload of so many bytes is filled up with.
pub(super) fn padding(payload: usize) -> &'static [u8] {
    &[0; ALIGNMENT][..frame_bytes(payload) - HEADER_BYTES - payload]
}
