//! From raw buffers to the engine's columns: every check that the engine relies on, once for all doors.
//!
//! The functions take the buffers as they came, trim them to what the rows need, and name the column in every
//! refusal. They never read past a buffer, whatever it says.

pub(crate) mod bits;
pub(crate) mod dictionary;
pub(crate) mod keys;
pub(crate) mod ranges;
pub(crate) mod text;

use std::borrow::Cow;

use driftline_engine::batch::{Bitmap, Primitive};

use crate::error::{Result, WireError};

/// The bitmap of a column's values that are present, or `None` when all are.
///
/// # Errors
/// If it is shorter than `rows` bits, or does not agree with the declared number of nulls.
pub(crate) fn validity<'a>(
    column: &str,
    rows: usize,
    null_count: usize,
    bitmap: Option<Bitmap<'a>>,
) -> Result<Option<Bitmap<'a>>> {
    let Some(bitmap) = bitmap else {
        return if null_count == 0 {
            Ok(None)
        } else {
            Err(WireError::Corrupt(format!(
                "column {column:?} declares {null_count} nulls but has no validity bitmap"
            )))
        };
    };
    check_bitmap(column, "validity bitmap", rows, &bitmap)?;
    let nulls = rows - bits::count_ones(&bitmap.bytes, bitmap.offset, rows);
    if nulls != null_count {
        return Err(WireError::Corrupt(format!(
            "column {column:?} declares {null_count} nulls, its validity bitmap has {nulls}"
        )));
    }
    Ok((nulls > 0).then_some(bitmap))
}

/// The bits of a boolean column.
///
/// # Errors
/// If there are fewer than `rows`.
pub(crate) fn boolean<'a>(column: &str, rows: usize, bitmap: Bitmap<'a>) -> Result<Bitmap<'a>> {
    check_bitmap(column, "values", rows, &bitmap)?;
    Ok(bitmap)
}

/// The bytes of a fixed-width column, exactly as many as its rows take.
///
/// # Errors
/// If there are fewer.
pub(crate) fn fixed_width<'a>(
    column: &str,
    rows: usize,
    primitive: Primitive,
    bytes: Cow<'a, [u8]>,
) -> Result<Cow<'a, [u8]>> {
    let needed = rows * primitive.width();
    if bytes.len() < needed {
        return Err(too_short(column, "values", needed, bytes.len(), rows));
    }
    Ok(truncated(bytes, needed))
}

fn check_bitmap(column: &str, what: &str, rows: usize, bitmap: &Bitmap<'_>) -> Result<()> {
    let needed = (bitmap.offset + rows).div_ceil(8);
    if bitmap.bytes.len() < needed {
        return Err(too_short(column, what, needed, bitmap.bytes.len(), rows));
    }
    Ok(())
}

fn too_short(column: &str, what: &str, needed: usize, found: usize, rows: usize) -> WireError {
    WireError::Corrupt(format!(
        "column {column:?}: {rows} rows take at least {needed} bytes of {what}, got {found}"
    ))
}

/// The first `length` bytes.
pub(crate) fn truncated(bytes: Cow<'_, [u8]>, length: usize) -> Cow<'_, [u8]> {
    match bytes {
        Cow::Borrowed(slice) => Cow::Borrowed(&slice[..length]),
        Cow::Owned(mut vector) => {
            vector.truncate(length);
            Cow::Owned(vector)
        }
    }
}
