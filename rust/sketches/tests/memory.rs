//! What the profile of a column takes. A binary of its own without the harness of tests, because the allocator counts for
//! the whole process, the harness's threads included.

use driftline_sketches::NumericProfile;
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// What is done with a profile when all values are in it.
type Finish = fn(&mut NumericProfile);

fn leave(_profile: &mut NumericProfile) {}

/// Bytes on the heap and in the structure of a profile of these values, added so many at once.
fn size_of(values: &[f64], at_once: usize, finish: Finish) -> usize {
    // What a thread keeps to work with is nobody's profile: it is there before.
    let fill = || {
        let mut profile = NumericProfile::new(None);
        values.chunks(at_once).for_each(|part| profile.add_numbers(part));
        finish(&mut profile);
        profile
    };
    fill();
    let before = ALLOCATOR.current_usage();
    let profile = fill();
    let heap = ALLOCATOR.current_usage() - before;
    assert_eq!(profile.count(), values.len() as u64);
    heap + std::mem::size_of::<NumericProfile>()
}

fn main() {
    let empty = size_of(&[], 1, leave);
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
            for finish in [leave as Finish, NumericProfile::pack] {
                let size = size_of(&values, at_once, finish);
                assert!(size < 1024, "ten values, {kind}, {at_once} at once, take {size} bytes");
            }
        }
    }
    let step = 0.618_033_988_749_894_9;
    let many: Vec<f64> = (1..100_000).map(|n| (f64::from(n) * step).fract().ln()).collect();
    for at_once in [1, 100, 1000, 10_000] {
        for (finish, most) in [(leave as Finish, 32), (NumericProfile::pack, 16)] {
            let size = size_of(&many, at_once, finish);
            assert!(size < most << 10, "many values, {at_once} at once, take {size} bytes");
        }
    }
}
