//! An allocator that counts.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicIsize, AtomicUsize, Ordering};

/// Counters that threads share out among themselves, so that they seldom write to the same one.
const SHARDS: usize = 32;
/// What a block costs beyond its own bytes, the multiple that it is rounded up to, and the least, as common allocators
/// have it.
const BLOCK_OVERHEAD: usize = 8;
const BLOCK_ALIGNMENT: usize = 16;
const LEAST_BLOCK: usize = 32;

/// One counter, on cache lines of its own. What one thread allocates another may free: only the sum means something.
#[repr(align(128))]
struct Shard(AtomicIsize);

static LIVE: [Shard; SHARDS] = [const { Shard(AtomicIsize::new(0)) }; SHARDS];
static NEXT_SHARD: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// The thread's shard. It is made without an allocation, and nothing is to be done when the thread ends: an allocator
    /// may depend on neither.
    static OWN_SHARD: Cell<Option<usize>> = const { Cell::new(None) };
}

/// The system's allocator, which counts the bytes that are alive. To be installed as `#[global_allocator]` by the program
/// or the library that holds the engine; [`live_bytes`] tells the sum.
#[derive(Debug, Clone, Copy, Default)]
pub struct CountingAllocator;

/// Bytes that are alive, as far as they were allocated through a [`CountingAllocator`]; 0 where none is installed.
pub fn live_bytes() -> u64 {
    let sum: isize = LIVE.iter().map(|shard| shard.0.load(Ordering::Relaxed)).sum();
    // Shards are read one after the other while others change.
    u64::try_from(sum).unwrap_or(0)
}

/// Bytes that a block of so many takes.
fn block_bytes(size: usize) -> isize {
    // A layout's size is at most `isize::MAX`, and no block that exists comes near that.
    (size + BLOCK_OVERHEAD).next_multiple_of(BLOCK_ALIGNMENT).max(LEAST_BLOCK) as isize
}

fn count(change: isize) {
    let shard = OWN_SHARD.with(|own| {
        own.get().unwrap_or_else(|| {
            let shard = NEXT_SHARD.fetch_add(1, Ordering::Relaxed) % SHARDS;
            own.set(Some(shard));
            shard
        })
    });
    LIVE[shard].0.fetch_add(change, Ordering::Relaxed);
}

// SAFETY: every call goes to `System` with the arguments as they came, and its result comes back as it is, so that this
// allocator keeps what `System` promises. Counting neither allocates nor panics nor unwinds.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises about `layout` are those that `System` asks for.
        let block = unsafe { System.alloc(layout) };
        if !block.is_null() {
            count(block_bytes(layout.size()));
        }
        block
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as for `alloc`.
        let block = unsafe { System.alloc_zeroed(layout) };
        if !block.is_null() {
            count(block_bytes(layout.size()));
        }
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller has `block` from this allocator, hence from `System`, with this layout.
        unsafe { System.dealloc(block, layout) };
        count(-block_bytes(layout.size()));
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: as for `dealloc`; the caller's promises about `new_size` are those that `System` asks for.
        let moved = unsafe { System.realloc(block, layout, new_size) };
        if !moved.is_null() {
            count(block_bytes(new_size) - block_bytes(layout.size()));
        }
        moved
    }
}
