//! KLL bytes that Apache `DataSketches` wrote (`golden/write_kll.py`), read, answered and written again;
//! and bytes of ours, which that script reads.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::Path;

use driftline_sketches::Kll;

macro_rules! golden {
    ($name:literal) => {
        include_bytes!(concat!("golden/", $name)).as_slice()
    };
}

const OURS: u32 = 100_000;

/// The values that the script gives its sketches.
fn value(number: u32) -> f64 {
    f64::from(number.wrapping_mul(2_654_435_761)) - 2f64.powi(31)
}

fn values(numbers: std::ops::Range<u32>) -> Vec<f64> {
    numbers.map(value).collect()
}

/// The largest distance of a rank from the exact one.
fn largest_rank_error(sketch: &Kll, values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let exact = |place: usize| (place + 1) as f64 / sorted.len() as f64;
    let errors = sorted.iter().enumerate();
    errors.map(|(place, value)| (sketch.rank(*value).unwrap() - exact(place)).abs()).fold(0.0, f64::max)
}

fn ours() -> Kll {
    let mut sketch = Kll::default();
    for batch in values(0..OURS).chunks(3_000) {
        sketch.add_slice(batch);
    }
    sketch
}

#[test]
fn sketches_read_and_are_written_as_they_were() {
    let files = [
        (golden!("kll_empty.bin"), 0, 200, 200),
        (golden!("kll_single.bin"), 1, 200, 200),
        (golden!("kll_exact.bin"), 150, 200, 200),
        (golden!("kll_levels.bin"), 50_000, 200, 200),
        (golden!("kll_small.bin"), 100_000, 8, 8),
        (golden!("kll_merged.bin"), 60_000, 200, 100),
    ];
    for (bytes, count, k, min_k) in files {
        let sketch = Kll::from_bytes(bytes).unwrap();
        let values = values(0..count);
        assert_eq!((sketch.count(), sketch.k(), sketch.min_k()), (u64::from(count), k, min_k));
        assert_eq!(sketch.min(), values.iter().copied().reduce(f64::min));
        assert_eq!(sketch.max(), values.iter().copied().reduce(f64::max));
        assert!(largest_rank_error(&sketch, &values) < sketch.rank_error());
        assert_eq!(sketch.is_exact(), count <= 200);
        assert_eq!(sketch.to_bytes(), bytes, "{count} values");
    }
}

#[test]
fn an_unsorted_level_is_sorted_when_written() {
    let theirs = golden!("kll_unsorted.bin");
    let sketch = Kll::from_bytes(theirs).unwrap();
    assert_eq!(sketch.count(), 5_000);
    assert!(largest_rank_error(&sketch, &values(0..5_000)) < sketch.rank_error());
    let ours = sketch.to_bytes();
    assert_eq!((theirs[3], ours[3]), (0, 2));
    assert_eq!(ours.len(), theirs.len());
    let words = |bytes: &[u8]| bytes[4..].chunks_exact(4).map(<[u8]>::to_vec).collect::<BTreeSet<_>>();
    assert_eq!(words(&ours), words(theirs));
}

#[test]
fn questions_are_answered_alike() {
    let files = [
        (golden!("kll_levels.bin"), include_str!("golden/kll_levels.txt")),
        (golden!("kll_small.bin"), include_str!("golden/kll_small.txt")),
        (golden!("kll_merged.bin"), include_str!("golden/kll_merged.txt")),
    ];
    for (bytes, answers) in files {
        let sketch = Kll::from_bytes(bytes).unwrap();
        let count = sketch.count() as f64;
        assert_eq!(answers.lines().count(), 162);
        for line in answers.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            let (asked, answer): (f64, f64) = (words[1].parse().unwrap(), words[2].parse().unwrap());
            match words[0] {
                // We also know that the minimum is counted and the maximum is not.
                "rank" => {
                    let answer = answer.clamp(1.0 / count, (count - 1.0) / count);
                    assert_eq!(sketch.rank(asked), Some(answer), "{line}");
                }
                _ => assert_eq!(sketch.quantile(asked), Some(answer), "{line}"),
            }
        }
    }
}

#[test]
fn their_sketches_merge_with_ours() {
    let mut sketch = Kll::from_bytes(golden!("kll_levels.bin")).unwrap();
    let mut other = Kll::default();
    other.add_slice(&values(50_000..90_000));
    sketch.merge(&other);
    assert_eq!(sketch.count(), 90_000);
    assert!(largest_rank_error(&sketch, &values(0..90_000)) < sketch.rank_error());
}

#[test]
fn our_bytes_stay_the_same() {
    assert!(ours().to_bytes() == golden!("kll_ours.bin"));
    assert!(largest_rank_error(&ours(), &values(0..OURS)) < ours().rank_error());
}

#[test]
#[ignore = "writes the file that the script reads"]
fn write_ours() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/kll_ours.bin");
    std::fs::write(path, ours().to_bytes()).unwrap();
}
