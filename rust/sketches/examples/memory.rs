//! What the profile of a numeric column takes, as its values become more: `cargo run --release --example memory`.

#![allow(clippy::print_stdout)]

use driftline_sketches::NumericProfile;
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Gaussian values by the method of Box and Muller, from a linear congruential generator.
fn gaussian(count: usize) -> Vec<f64> {
    let mut state = 1u64;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    };
    (0..count).map(|_| (-2.0 * uniform().ln()).sqrt() * (std::f64::consts::TAU * uniform()).cos()).collect()
}

fn main() {
    let values = gaussian(1_000_000);
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
