//! What the profile of a numeric column takes, as its values become more: `cargo run --release --example memory`.

#![allow(clippy::print_stdout)]

mod streams;

use driftline_sketches::NumericProfile;
use peak_alloc::PeakAlloc;
use streams::gaussians;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

fn main() {
    let values: Vec<f64> = gaussians(1, 2).take(1_000_000).collect();
    // What a thread keeps to work with is nobody's profile: it is there before.
    NumericProfile::new(None).add_numbers(&values);
    println!("{:>9}  {:>7}", "values", "bytes");
    for count in [0, 1, 10, 100, 1_000, 10_000, 100_000, 1_000_000] {
        let before = ALLOCATOR.current_usage();
        let mut profile = NumericProfile::new(None);
        values[..count].chunks(10_000).for_each(|part| profile.add_numbers(part));
        let heap = ALLOCATOR.current_usage() - before;
        println!("{count:>9}  {:>7}", heap + std::mem::size_of_val(&profile));
    }
}
