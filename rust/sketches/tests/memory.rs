//! What the profile of a column takes. A binary of its own with one test, because the allocator counts for the whole
//! process.

use driftline_sketches::NumericProfile;
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Bytes on the heap and in the structure of a profile of these values, added one by one or all at once.
fn size_of(values: &[f64], at_once: usize) -> usize {
    // What a thread keeps to work with is nobody's profile: it is there before.
    NumericProfile::new(None).add_numbers(values);
    let before = ALLOCATOR.current_usage();
    let mut profile = NumericProfile::new(None);
    values.chunks(at_once).for_each(|part| profile.add_numbers(part));
    let heap = ALLOCATOR.current_usage() - before;
    assert_eq!(profile.count(), values.len() as u64);
    heap + std::mem::size_of::<NumericProfile>()
}

#[test]
fn a_profile_grows_with_its_values_alone() {
    let empty = size_of(&[], 1);
    assert!(empty < 300, "an empty profile takes {empty} bytes");
    let gaussian = [0.3, -1.21, 0.07, 2.1, -0.44, 0.9, -0.013, 1.4, -2.3, 0.55];
    let ten = [
        ("gaussian", gaussian),
        ("equal", [7.5; 10]),
        ("near", gaussian.map(|value| 1000.0 + value)),
        ("positive", gaussian.map(f64::abs)),
        ("of all magnitudes", std::array::from_fn(|n| (-1f64).powi(n as i32) * 1e60f64.powi(n as i32 - 5))),
    ];
    for (kind, values) in ten {
        for at_once in [1, 3, 10] {
            let size = size_of(&values, at_once);
            assert!(size < 1024, "ten values, {kind}, {at_once} at once, take {size} bytes");
        }
    }
}
