//! Checks of text columns.

use std::borrow::Cow;

use driftline_engine::batch::Text;

use super::{too_short, truncated};
use crate::error::{Result, WireError};

/// A text column whose offsets ascend, stay within `bytes` and cut valid UTF-8 between characters.
///
/// An empty offsets buffer stands for no rows, as some writers send it.
///
/// # Errors
/// If any of that does not hold.
pub(crate) fn text<'a>(
    column: &str,
    rows: usize,
    is_large: bool,
    offsets: Cow<'a, [u8]>,
    bytes: Cow<'a, [u8]>,
) -> Result<Text<'a>> {
    let width = if is_large { 8 } else { 4 };
    let needed = (rows + 1) * width;
    let offsets = if rows == 0 && offsets.is_empty() {
        Cow::Borrowed(&[0_u8; 8][..width])
    } else if offsets.len() < needed {
        return Err(too_short(column, "offsets", needed, offsets.len(), rows));
    } else {
        truncated(offsets, needed)
    };
    if is_large {
        check::<8>(column, &offsets, &bytes)?;
    } else {
        check::<4>(column, &offsets, &bytes)?;
    }
    Ok(Text { offsets, large: is_large, bytes })
}

fn read<const WIDTH: usize>(offset: &[u8; WIDTH]) -> u64 {
    // A negative offset turns into one far beyond any buffer.
    let mut wide = [0_u8; 8];
    wide[..WIDTH].copy_from_slice(offset);
    u64::from_le_bytes(wide)
}

fn check<const WIDTH: usize>(column: &str, offsets: &[u8], bytes: &[u8]) -> Result<()> {
    let (offsets, _) = offsets.as_chunks::<WIDTH>();
    let (first, last) = match offsets {
        [] => return Ok(()),
        [first, .., last] => (read(first), read(last)),
        [only] => (read(only), read(only)),
    };
    if last > bytes.len() as u64 {
        return Err(WireError::Corrupt(format!(
            "column {column:?}: text ends at byte {last}, the buffer has {}",
            bytes.len()
        )));
    }
    let descends = |pair: &[[u8; WIDTH]]| read(&pair[0]) > read(&pair[1]);
    if offsets.windows(2).fold(false, |any, pair| any | descends(pair)) {
        let row = offsets.windows(2).position(descends).unwrap_or_default();
        return Err(WireError::Corrupt(format!("column {column:?}: offsets descend at row {row}")));
    }
    check_characters(column, offsets, &bytes[first as usize..last as usize], first)
}

fn check_characters<const WIDTH: usize>(
    column: &str,
    offsets: &[[u8; WIDTH]],
    bytes: &[u8],
    first: u64,
) -> Result<()> {
    if bytes.is_ascii() {
        return Ok(());
    }
    let not_utf8 =
        |row: usize| WireError::Corrupt(format!("column {column:?}, row {row}: text is not UTF-8"));
    let characters = std::str::from_utf8(bytes).map_err(|error| {
        let end = first + error.valid_up_to() as u64;
        not_utf8(offsets.partition_point(|offset| read(offset) <= end).saturating_sub(1))
    })?;
    let cuts_character = |offset: &[u8; WIDTH]| !characters.is_char_boundary((read(offset) - first) as usize);
    match offsets.iter().position(cuts_character) {
        Some(end) => Err(not_utf8(end.saturating_sub(1))),
        None => Ok(()),
    }
}
