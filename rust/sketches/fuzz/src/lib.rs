//! The bound that every reader of bytes keeps to: what it allocates grows with its input alone.

use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Bytes that a reader may allocate for each byte of its input.
const FACTOR: usize = 4;
/// Bytes that the reader of a sketch may allocate whatever its input: an empty sketch, an error message.
const CONSTANT: usize = 16 << 10;

/// Reads the bytes of a sketch and checks what that took.
///
/// # Panics
/// When the reader allocated more than it may.
pub fn read_within_bounds<T>(bytes: &[u8], read: impl FnOnce(&[u8]) -> T) -> T {
    within_bounds(bytes.len(), CONSTANT, || read(bytes))
}

/// Reads an input of so many bytes and checks what that took: four times the bytes and a constant.
///
/// # Panics
/// When the reader allocated more than it may.
pub fn within_bounds<T>(length: usize, constant: usize, read: impl FnOnce() -> T) -> T {
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let result = read();
    let peak = ALLOCATOR.peak_usage().saturating_sub(before);
    let bound = FACTOR * length + constant;
    assert!(peak <= bound, "reading {length} bytes took {peak} bytes, at most {bound} are allowed");
    result
}
