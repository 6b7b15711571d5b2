//! LZ4 frames, decompressed straight into a buffer of known size.
//!
//! A reader that streams allocates by what the frame says (up to 24 MiB for a frame of a few bytes) and copies
//! everything once more. Only the frame is ours; the blocks are left to `lz4_flex`.
//!
//! ```text
//! magic     u32  0x184D2204
//! flags     u8   version 01 (2 bits), blocks independent, block checksums, content size, content checksum, -, dictionary
//! size      u8   bits 4 to 6: largest block, 4: 64 KiB, 5: 256 KiB, 6: 1 MiB, 7: 4 MiB
//! content   u64  bytes when decompressed, if flagged
//! check     u8   second byte of xxHash32 of flags, size and content
//! blocks         u32 length (top bit: stored as is), data, u32 xxHash32 of data if flagged
//! end       u32  0
//! checksum  u32  xxHash32 of the content, if flagged
//! ```

use lz4_flex::block::{decompress_into, decompress_into_with_dict};
use twox_hash::XxHash32;

const MAGIC: u32 = 0x184D_2204;
const WINDOW: usize = 64 << 10;
const STORED: u32 = 1 << 31;

struct Frame {
    has_independent_blocks: bool,
    has_block_checksums: bool,
    has_content_checksum: bool,
    max_block: usize,
    content_size: Option<u64>,
}

/// Fills `output` with the content of one frame, exactly.
///
/// # Errors
/// A description of what is wrong, if the frame is broken or its content is shorter or longer.
pub(super) fn decompress(frame: &[u8], output: &mut [u8]) -> Result<(), String> {
    let mut input = Input(frame);
    let frame = read_header(&mut input)?;
    if frame.content_size.is_some_and(|size| size != output.len() as u64) {
        return Err("the content size of the LZ4 frame is not the declared one".to_owned());
    }
    let mut filled = 0;
    loop {
        let length = input.take_u32()?;
        if length == 0 {
            break;
        }
        filled += read_block(&frame, &mut input, length, output, filled)?;
    }
    if filled != output.len() {
        return Err(format!("the LZ4 frame holds {filled} bytes, {} are declared", output.len()));
    }
    if frame.has_content_checksum {
        verify("content", output, input.take_u32()?)?;
    }
    if input.0.is_empty() { Ok(()) } else { Err("bytes follow the LZ4 frame".to_owned()) }
}

fn read_header(input: &mut Input<'_>) -> Result<Frame, String> {
    if input.take_u32()? != MAGIC {
        return Err("the buffer does not start with the magic number of an LZ4 frame".to_owned());
    }
    let descriptor = input.0;
    let [flags, size] = *input.take_array::<2>()?;
    if flags >> 6 != 1 || flags & 0b11 != 0 || size & 0b1000_1111 != 0 || size >> 4 < 4 {
        return Err("the LZ4 frame has a version, a dictionary or flags that are not supported".to_owned());
    }
    let content_size = match flags & 0b1000 {
        0 => None,
        _ => Some(u64::from_le_bytes(*input.take_array::<8>()?)),
    };
    let described = &descriptor[..descriptor.len() - input.0.len()];
    let [check] = *input.take_array::<1>()?;
    if (XxHash32::oneshot(0, described) >> 8) as u8 != check {
        return Err("the header checksum of the LZ4 frame is wrong".to_owned());
    }
    Ok(Frame {
        has_independent_blocks: flags & 0b10_0000 != 0,
        has_block_checksums: flags & 0b1_0000 != 0,
        has_content_checksum: flags & 0b100 != 0,
        max_block: 1 << (8 + 2 * (size >> 4)),
        content_size,
    })
}

/// Appends one block to the first `filled` bytes of the output and returns its length.
fn read_block(
    frame: &Frame,
    input: &mut Input<'_>,
    length: u32,
    output: &mut [u8],
    filled: usize,
) -> Result<usize, String> {
    let data = input.take((length & !STORED) as usize)?;
    if frame.has_block_checksums {
        verify("block", data, input.take_u32()?)?;
    }
    let (before, after) = output.split_at_mut(filled);
    let room = after.len().min(frame.max_block);
    let target = &mut after[..room];
    if length & STORED != 0 {
        let target = target
            .get_mut(..data.len())
            .ok_or_else(|| format!("a stored LZ4 block of {} bytes is too long", data.len()))?;
        target.copy_from_slice(data);
        return Ok(data.len());
    }
    let decompressed = if frame.has_independent_blocks {
        decompress_into(data, target)
    } else {
        decompress_into_with_dict(data, target, &before[filled.saturating_sub(WINDOW)..])
    };
    decompressed.map_err(|error| format!("an LZ4 block is broken: {error}"))
}

fn verify(what: &str, bytes: &[u8], expected: u32) -> Result<(), String> {
    if XxHash32::oneshot(0, bytes) == expected {
        Ok(())
    } else {
        Err(format!("the {what} checksum of the LZ4 frame is wrong"))
    }
}

struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], String> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or("the LZ4 frame is truncated")?;
        self.0 = rest;
        Ok(taken)
    }

    fn take_array<const LENGTH: usize>(&mut self) -> Result<&'a [u8; LENGTH], String> {
        let (taken, rest) = self.0.split_first_chunk().ok_or("the LZ4 frame is truncated")?;
        self.0 = rest;
        Ok(taken)
    }

    fn take_u32(&mut self) -> Result<u32, String> {
        Ok(u32::from_le_bytes(*self.take_array()?))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::Write;

    use lz4_flex::frame::{BlockMode, BlockSize, FrameEncoder, FrameInfo};
    use proptest::prelude::*;

    use super::*;

    fn content() -> impl Strategy<Value = Vec<u8>> {
        // Runs, so that blocks refer back, into the block before as well.
        proptest::collection::vec((any::<u8>(), 1_usize..3_000), 1..200).prop_map(|runs| {
            runs.into_iter()
                .flat_map(|(byte, length)| (0..length).map(move |i| byte ^ (i % 7) as u8))
                .collect()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn frames_of_every_kind_come_back(
            content in content(),
            is_linked: bool,
            block_checksums: bool,
            content_checksum: bool,
            has_size: bool,
        ) {
            let mode = if is_linked { BlockMode::Linked } else { BlockMode::Independent };
            let info = FrameInfo::new()
                .block_size(BlockSize::Max64KB)
                .block_mode(mode)
                .block_checksums(block_checksums)
                .content_checksum(content_checksum)
                .content_size(has_size.then_some(content.len() as u64));
            let mut encoder = FrameEncoder::with_frame_info(info, Vec::new());
            encoder.write_all(&content).unwrap();
            let frame = encoder.finish().unwrap();
            let mut output = vec![0; content.len()];
            prop_assert_eq!(decompress(&frame, &mut output), Ok(()));
            prop_assert_eq!(&output, &content);
            prop_assert!(decompress(&frame, &mut vec![0; content.len() + 1]).is_err());
            prop_assert!(decompress(&frame, &mut vec![0; content.len() - 1]).is_err());
            for end in 0..frame.len().min(64) {
                prop_assert!(decompress(&frame[..end], &mut output).is_err());
            }
        }
    }
}
