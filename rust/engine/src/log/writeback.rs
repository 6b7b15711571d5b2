//! Telling the operating system to begin with what is to be synced soon.

use std::fs::File;
use std::ops::Range;

/// Written in whole pages only: one that is still appended to would be written twice.
#[cfg(target_os = "linux")]
const PAGE: u64 = 4_096;

/// Begins to write what is buffered of a range of a file, and waits for nothing.
///
/// Linux begins to write a range out when it is told that the range will not be read again, which is true of the log:
/// it is read only after a crash.
#[cfg(target_os = "linux")]
pub(super) fn begin_writeback(file: &File, range: Range<u64>) {
    use std::num::NonZeroU64;

    use rustix::fs::{Advice, fadvise};

    let start = range.start / PAGE * PAGE;
    if let Some(length) = NonZeroU64::new((range.end / PAGE * PAGE).saturating_sub(start)) {
        // Without it the sync has more to do; it says what is wrong with the file.
        let _ = fadvise(file, start, Some(length), Advice::DontNeed);
    }
}

/// Nothing is known elsewhere that does it.
#[cfg(not(target_os = "linux"))]
pub(super) fn begin_writeback(_: &File, _: Range<u64>) {}
