//! Asking the processor for memory that will be read soon, without waiting for it.
#![allow(unsafe_code)]

/// Asks for the lines of the cache that a value begins and ends in. One of at most 64 bytes lies in no others.
#[inline]
pub(super) fn prefetch<T>(value: &T) {
    const { assert!(size_of::<T>() > 0, "there must be something to read") };
    let first = std::ptr::from_ref(value).cast::<u8>();
    prefetch_line(first);
    // A value that is aligned to its size lies in one line.
    if align_of::<T>() < size_of::<T>() {
        prefetch_line(first.wrapping_add(size_of::<T>() - 1));
    }
}

#[cfg(target_arch = "x86_64")]
#[inline]
fn prefetch_line(place: *const u8) {
    use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
    // SAFETY: it reads nothing and fails nowhere, whatever the address; each x86-64 has it.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(place.cast()) }
}

/// Elsewhere it is read, and nobody waits for what it was.
#[cfg(not(target_arch = "x86_64"))]
#[inline]
fn prefetch_line(place: *const u8) {
    // SAFETY: the byte is one of the value that `prefetch` was lent; any byte may be uninitialized here.
    std::hint::black_box(unsafe { place.cast::<std::mem::MaybeUninit<u8>>().read_volatile() });
}
