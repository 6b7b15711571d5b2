//! The bound that every reader of bytes keeps to: what it allocates grows with its input alone.

use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Bytes that a reader may allocate for each byte of its input.
const FACTOR: usize = 4;
/// Bytes that it may allocate whatever its input: an empty sketch, an error message.
const CONSTANT: usize = 16 << 10;

/// Reads bytes and checks what that took.
///
/// # Panics
/// When the reader allocated more than it may.
pub fn read_within_bounds<T>(bytes: &[u8], read: impl FnOnce(&[u8]) -> T) -> T {
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let result = read(bytes);
    let peak = ALLOCATOR.peak_usage().saturating_sub(before);
    let bound = FACTOR * bytes.len() + CONSTANT;
    assert!(peak <= bound, "reading {} bytes took {peak} bytes, at most {bound} are allowed", bytes.len());
    result
}
