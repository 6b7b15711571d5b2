//! The allocator counts what is alive, to the byte, whichever thread frees it.
#![allow(clippy::unwrap_used, missing_docs)]

use std::hint::black_box;
use std::thread;

use driftline_engine::memory::{CountingAllocator, live_bytes};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

const BLOCK: usize = 1 << 20;

/// Bytes that are alive more than before, once `work` is done and its result dropped.
fn left_by<T>(work: impl FnOnce() -> T) -> i64 {
    let before = live_bytes() as i64;
    drop(black_box(work()));
    live_bytes() as i64 - before
}

/// Without the harness of tests, whose thread allocates when it likes.
fn main() {
    what_is_alive_is_counted_and_what_was_freed_is_not();
}

fn what_is_alive_is_counted_and_what_was_freed_is_not() {
    // What threads make once is not counted against what follows.
    thread::spawn(|| black_box(vec![1_u8; 100])).join().unwrap();
    let before = live_bytes();
    let block = black_box(vec![1_u8; BLOCK]);
    let held = (live_bytes() - before) as usize;
    assert!((BLOCK..BLOCK + 64).contains(&held), "{held}");
    drop(block);
    assert_eq!(live_bytes(), before);

    assert_eq!(left_by(|| vec![0_u8; BLOCK]), 0, "zeroed");
    let grown = || {
        let mut grown = Vec::new();
        (0..BLOCK).for_each(|index| grown.push(index as u8));
        grown.shrink_to(BLOCK / 2);
        grown
    };
    assert_eq!(left_by(grown), 0, "grown and shrunk");
    let many = || (0..10_000).map(|size| vec![7_u8; size % 300]).collect::<Vec<_>>();
    assert_eq!(left_by(many), 0, "many small ones");

    let before = live_bytes();
    let made = thread::spawn(|| vec![1_u8; BLOCK]).join().unwrap();
    let held = live_bytes() as i64 - before as i64;
    assert!(held >= BLOCK as i64 && held < 2 * BLOCK as i64, "made by another thread: {held}");
    thread::spawn(move || drop(made)).join().unwrap();
    let left = live_bytes() as i64 - before as i64;
    assert!(left.abs() < 4096, "freed by a third: {left}");
}
