//! Framing: from bytes to encapsulated messages.
//!
//! ```text
//! 0xFFFFFFFF    u32  continuation
//! length        i32  bytes of the metadata, padding included; 0: end of the stream
//! metadata           flatbuffer `Message`
//! body               `Message.bodyLength` bytes
//! ```

use arrow_ipc::{MessageHeader, MetadataVersion, root_as_message_with_opts};
use flatbuffers::VerifierOptions;

use super::offsets;
use crate::error::{Result, WireError};

const CONTINUATION: [u8; 4] = [0xff; 4];

/// How much larger than its bytes a flatbuffer may look when its tables, some of them shared, are counted each
/// time that they are met. Writers share little but vtables.
const APPARENT_SIZE_FACTOR: usize = 8;

/// One encapsulated message.
pub(super) struct Message<'a> {
    /// Verified metadata.
    pub(super) header: arrow_ipc::Message<'a>,
    /// As long as the metadata says.
    pub(super) body: &'a [u8],
}

impl Message<'_> {
    pub(super) fn kind(&self) -> MessageHeader {
        self.header.header_type()
    }
}

/// The messages of one request, in order.
pub(super) struct Messages<'a> {
    rest: &'a [u8],
    is_first: bool,
}

impl<'a> Messages<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, is_first: true }
    }

    /// The next message; `None` after the end marker or at the end of the bytes.
    pub(super) fn next_message(&mut self) -> Result<Option<Message<'a>>> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        self.read_continuation()?;
        self.is_first = false;
        let length = i32::from_le_bytes(self.take_array("the length of a message")?);
        if length == 0 {
            return self.finish();
        }
        let Ok(length) = usize::try_from(length) else {
            return Err(corrupt(format!("a message declares {length} bytes of metadata")));
        };
        let metadata = self.take(length, "the metadata of a message")?;
        let header = verify(metadata)?;
        let Ok(body_length) = usize::try_from(header.bodyLength()) else {
            return Err(corrupt(format!("a message declares a body of {} bytes", header.bodyLength())));
        };
        let body = self.take(body_length, "the body of a message")?;
        Ok(Some(Message { header, body }))
    }

    fn finish(&mut self) -> Result<Option<Message<'a>>> {
        match self.rest.len() {
            0 => Ok(None),
            left => Err(corrupt(format!("{left} bytes follow the end marker of the stream"))),
        }
    }

    fn read_continuation(&mut self) -> Result<()> {
        let all = self.rest;
        let start: [u8; 4] = self.take_array("the start of a message")?;
        if start == CONTINUATION {
            return Ok(());
        }
        if self.is_first { Err(not_a_stream(all)) } else { Err(corrupt(unexpected_start(start))) }
    }

    fn take_array<const LENGTH: usize>(&mut self, what: &str) -> Result<[u8; LENGTH]> {
        match self.rest.split_first_chunk::<LENGTH>() {
            Some((array, rest)) => {
                self.rest = rest;
                Ok(*array)
            }
            None => Err(self.truncated(LENGTH, what)),
        }
    }

    fn take(&mut self, length: usize, what: &str) -> Result<&'a [u8]> {
        match self.rest.split_at_checked(length) {
            Some((taken, rest)) => {
                self.rest = rest;
                Ok(taken)
            }
            None => Err(self.truncated(length, what)),
        }
    }

    fn truncated(&self, expected: usize, what: &str) -> WireError {
        corrupt(format!(
            "the stream is truncated: {what} takes {expected} bytes, {} are left",
            self.rest.len()
        ))
    }
}

fn verify(metadata: &[u8]) -> Result<arrow_ipc::Message<'_>> {
    let options = VerifierOptions {
        max_apparent_size: metadata.len().saturating_mul(APPARENT_SIZE_FACTOR),
        ..VerifierOptions::default()
    };
    let header = root_as_message_with_opts(&options, metadata).map_err(|error| {
        let text = error.to_string();
        let cause = text.lines().next().unwrap_or_default().trim_end_matches('.');
        corrupt(format!("the metadata of a message is no flatbuffer: {cause}"))
    })?;
    offsets::check(&header)?;
    match header.version() {
        MetadataVersion::V4 if is_compressed(&header) => Err(WireError::Compression(
            // It was an experiment then, noted elsewhere: readers take the compressed bytes for the values.
            "a body is compressed in metadata version V4, expected V5 for that".to_owned(),
        )),
        MetadataVersion::V4 | MetadataVersion::V5 => Ok(header),
        version => Err(corrupt(format!(
            "a message has metadata version {}, expected V4 or V5",
            version.variant_name().map_or_else(|| version.0.to_string(), str::to_owned)
        ))),
    }
}

fn is_compressed(header: &arrow_ipc::Message<'_>) -> bool {
    let of_dictionary = || header.header_as_dictionary_batch().and_then(|dictionary| dictionary.data());
    header.header_as_record_batch().or_else(of_dictionary).is_some_and(|batch| batch.compression().is_some())
}

fn corrupt(message: String) -> WireError {
    WireError::Corrupt(message)
}

fn unexpected_start(start: [u8; 4]) -> String {
    format!("a message starts with {}, expected FFFFFFFF", hexadecimal(&start))
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02X}");
        text
    })
}

/// Says what the bytes are instead, as far as their start shows it.
fn not_a_stream(bytes: &[u8]) -> WireError {
    let found = if bytes.starts_with(b"ARROW1") {
        "records are an Arrow IPC file, expected the stream format: write them with the stream writer"
            .to_owned()
    } else if bytes.starts_with(b"PAR1") {
        "records are a Parquet file, expected an Arrow IPC stream".to_owned()
    } else if starts_like_old_format(bytes) {
        "records are in the stream format from before Arrow 0.15, whose messages start with their length: write \
         them with Arrow 0.15 or later and without its legacy option"
            .to_owned()
    } else {
        let start = &bytes[..bytes.len().min(4)];
        format!("records are no Arrow IPC stream: they start with {}, expected FFFFFFFF", hexadecimal(start))
    };
    WireError::NotArrow(found)
}

fn starts_like_old_format(bytes: &[u8]) -> bool {
    let Some((length, rest)) = bytes.split_first_chunk::<4>() else { return false };
    match u32::from_le_bytes(*length) as usize {
        0 => rest.is_empty(),
        length => rest.get(..length).is_some_and(|metadata| verify(metadata).is_ok()),
    }
}
