//! Which buckets there are at which scale, and what of them may be stored.

use super::boundaries::{FIRST_INDEX, LAST_INDEX, lower_bound};
use super::sketch::{MAX_BUCKETS, MAX_SCALE, MIN_SCALE};
use crate::error::{Error, Result};

/// How many halvings of the finest resolution a stored scale is.
///
/// # Errors
/// `InvalidData` for a scale outside `[MIN_SCALE, MAX_SCALE]`.
pub(crate) fn shift_of(scale: i32) -> Result<u32> {
    if !(MIN_SCALE..=MAX_SCALE).contains(&scale) {
        return Err(Error::invalid_data(format!(
            "histogram scale must be in [{MIN_SCALE}, {MAX_SCALE}], got {scale}"
        )));
    }
    Ok((MAX_SCALE - scale) as u32)
}

/// How many halvings of resolution it takes until the buckets `first..=last` span at most `limit` indexes.
pub(crate) fn halvings(first: i32, last: i32, limit: i32) -> u32 {
    let mut shift = 0;
    while (last >> shift) - (first >> shift) >= limit {
        shift += 1;
    }
    shift
}

/// Refuses the stored buckets of one sign whose first and last index these are.
///
/// # Errors
/// `InvalidData` for an index that no double has after so many halvings, or more than [`MAX_BUCKETS`] indexes.
pub(crate) fn check_span(shift: u32, first: i32, last: i32) -> Result<()> {
    let allowed = FIRST_INDEX >> shift..=LAST_INDEX >> shift;
    for index in [first, last] {
        if !allowed.contains(&index) {
            return Err(Error::invalid_data(format!(
                "bucket index must be in [{}, {}], got {index}",
                allowed.start(),
                allowed.end()
            )));
        }
    }
    let span = (last - first) as usize + 1;
    if span > MAX_BUCKETS {
        return Err(Error::invalid_data(format!(
            "buckets of one sign must span at most {MAX_BUCKETS} indexes, got {span}"
        )));
    }
    Ok(())
}

/// The bounds of a bucket's magnitudes after so many halvings: greater than the first, at most the second.
pub(crate) fn bucket_bounds(index: i32, shift: u32) -> (f64, f64) {
    let index = i64::from(index);
    (lower_bound(index << shift), lower_bound((index + 1) << shift))
}
