//! Compressed buffers, within a bound.
//!
//! ```text
//! length   i64  bytes when decompressed; -1: the rest is not compressed
//! frame         LZ4 or Zstandard
//! ```

use std::borrow::Cow;

use arrow_ipc::{BodyCompressionMethod, CompressionType, RecordBatch};

use super::lz4;
use crate::error::{Result, WireError};

/// How the buffers of a message are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Codec {
    Lz4Frame,
    Zstandard,
}

impl Codec {
    /// The codec of a message; `None` if it is not compressed.
    pub(super) fn of(batch: &RecordBatch<'_>) -> Result<Option<Self>> {
        let Some(compression) = batch.compression() else { return Ok(None) };
        match (compression.method(), compression.codec()) {
            (BodyCompressionMethod::BUFFER, CompressionType::LZ4_FRAME) => Ok(Some(Self::Lz4Frame)),
            (BodyCompressionMethod::BUFFER, CompressionType::ZSTD) => Ok(Some(Self::Zstandard)),
            (method, codec) => Err(WireError::Compression(format!(
                "the body is compressed with codec {} by method {}, expected LZ4_FRAME or ZSTD by buffer",
                codec.0, method.0
            ))),
        }
    }
}

/// Decompresses buffers and counts what they grow to.
#[derive(Default)]
pub(super) struct Decompressor {
    zstandard: Option<zstd::bulk::Decompressor<'static>>,
    budget: usize,
    allowed: usize,
}

impl Decompressor {
    /// Allows this many bytes from now on.
    pub(super) fn allow(&mut self, bytes: usize) {
        self.budget = bytes;
        self.allowed = bytes;
    }

    /// The content of one buffer.
    pub(super) fn decompress<'a>(&mut self, codec: Codec, buffer: &'a [u8]) -> Result<Cow<'a, [u8]>> {
        if buffer.is_empty() {
            return Ok(Cow::Borrowed(buffer));
        }
        let Some((length, frame)) = buffer.split_first_chunk::<8>() else {
            return Err(WireError::Compression(format!(
                "a compressed buffer starts with 8 bytes of length, got {} bytes",
                buffer.len()
            )));
        };
        match i64::from_le_bytes(*length) {
            -1 => Ok(Cow::Borrowed(frame)),
            length => self.inflate(codec, frame, length).map(Cow::Owned),
        }
    }

    fn inflate(&mut self, codec: Codec, frame: &[u8], length: i64) -> Result<Vec<u8>> {
        let Ok(length) = usize::try_from(length) else {
            return Err(WireError::Compression(format!("a compressed buffer declares {length} bytes")));
        };
        // The declared length is all that can be written, so it is what counts.
        self.budget = self.budget.checked_sub(length).ok_or_else(|| {
            WireError::Limit(format!(
                "the compressed buffers of a request may grow to at most {} bytes, they declare more",
                self.allowed
            ))
        })?;
        let mut output = vec![0; length];
        match codec {
            Codec::Lz4Frame => lz4::decompress(frame, &mut output).map_err(WireError::Compression)?,
            Codec::Zstandard => self.inflate_zstandard(frame, &mut output)?,
        }
        Ok(output)
    }

    fn inflate_zstandard(&mut self, frame: &[u8], output: &mut [u8]) -> Result<()> {
        let broken = |error: std::io::Error| {
            WireError::Compression(format!("a ZSTD buffer is broken or longer than declared: {error}"))
        };
        let decompressor = match &mut self.zstandard {
            Some(decompressor) => decompressor,
            empty => empty.insert(zstd::bulk::Decompressor::new().map_err(broken)?),
        };
        let written = decompressor.decompress_to_buffer(frame, output).map_err(broken)?;
        if written != output.len() {
            return Err(WireError::Compression(format!(
                "a ZSTD buffer holds {written} bytes, {} are declared",
                output.len()
            )));
        }
        Ok(())
    }
}
