//! What a KLL sketch promises: weights that add up, ranks within the stated error for every kind of data
//! and every way of merging, bytes that come back, and no harm from broken ones.

use driftline_sketches::Kll;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::streams::{Stream, streams, values};
use crate::{fold, tree};

fn sketch_of(k: u16, values: &[f64]) -> Kll {
    let mut sketch = Kll::new(k).unwrap();
    sketch.add_slice(values);
    sketch
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(|left, right| left.partial_cmp(right).unwrap());
    sorted
}

/// The largest distance of the rank of a value from the exact one.
fn largest_rank_error(sketch: &Kll, sorted: &[f64]) -> f64 {
    let count = sorted.len() as f64;
    let different = sorted.chunk_by(|left, right| left == right);
    let mut at_most = 0;
    let errors = different.map(|run| {
        at_most += run.len();
        (sketch.rank(run[0]).unwrap() - at_most as f64 / count).abs()
    });
    errors.fold(0.0, f64::max)
}

/// Everything that holds between a sketch and its values whatever the coins.
fn assert_sound(sketch: &Kll, sorted: &[f64]) {
    assert_eq!(sketch.count(), sorted.len() as u64);
    assert_eq!(sketch.min(), sorted.first().copied());
    assert_eq!(sketch.max(), sorted.last().copied());
    assert_eq!(sketch.items().map(|(_, weight)| weight).sum::<u64>(), sketch.count());
    assert_eq!(sketch.items().count(), sketch.retained());
    // Three times k, the narrow levels at the bottom, and what waits to be compacted.
    assert!(sketch.retained() <= 3 * usize::from(sketch.k()) + 8 * 20 + 512.max(usize::from(sketch.k())));
    assert!(
        sketch
            .items()
            .all(|(value, _)| sorted.binary_search_by(|held| held.partial_cmp(&value).unwrap()).is_ok())
    );
    if sketch.is_exact() {
        assert_eq!(largest_rank_error(sketch, sorted), 0.0);
    }
    assert_in_order(sketch, sorted);
}

fn assert_in_order(sketch: &Kll, sorted: &[f64]) {
    let mut previous = 0.0;
    for probe in sorted.iter().step_by(1 + sorted.len() / 40) {
        let rank = sketch.rank(*probe).unwrap();
        let (low, high) = sketch.rank_interval(*probe).unwrap();
        assert!(previous <= rank && low <= rank && rank <= high);
        assert!(rank > 0.0 && (rank < 1.0) == (*probe < sorted[sorted.len() - 1]));
        previous = rank;
    }
    let mut previous = f64::NEG_INFINITY;
    for step in 0..=40 {
        let q = f64::from(step) / 40.0;
        let Some(quantile) = sketch.quantile(q) else {
            assert!(sorted.is_empty() && sketch.quantile_interval(q).is_none());
            return;
        };
        let (low, high) = sketch.quantile_interval(q).unwrap();
        assert!(previous <= quantile && low <= quantile && quantile <= high);
        assert!(sketch.rank(quantile).unwrap() >= q - 1e-12);
        previous = quantile;
    }
}

proptest! {
    #[test]
    fn sketches_are_sound_after_any_merge(stream in streams(5000), k in 8u16..400) {
        let Stream { whole, parts } = stream;
        let whole = sorted(&whole);
        let parts: Vec<_> = parts.iter().map(|part| sketch_of(k, part)).collect();
        for sketch in [fold(&parts, sketch_of(k, &[]), Kll::merge), tree(&parts, sketch_of(k, &[]), Kll::merge)] {
            assert_sound(&sketch, &whole);
        }
    }

    #[test]
    fn sketches_are_sound_for_slices_of_any_size(values in values(20_000), size in 1usize..12_000, k in 8u16..400) {
        let mut sketch = Kll::new(k).unwrap();
        values.chunks(size).for_each(|slice| sketch.add_slice(slice));
        assert_sound(&sketch, &sorted(&values));
    }

    #[test]
    fn nothing_is_the_identity(values in values(3000), k in 8u16..400) {
        let sketch = sketch_of(k, &values);
        let mut merged = sketch.clone();
        merged.merge(&Kll::default());
        prop_assert_eq!(&merged, &sketch);
        if !values.is_empty() {
            let mut merged = Kll::default();
            merged.merge(&sketch);
            prop_assert_eq!(&merged, &sketch);
        }
    }

    #[test]
    fn the_smaller_k_wins_once_detail_is_lost(values in values(3000), k in 8u16..400, other in 8u16..400) {
        let mut sketch = sketch_of(k, &[0.5]);
        let merged = sketch_of(other, &values);
        sketch.merge(&merged);
        prop_assert_eq!(sketch.k(), k);
        prop_assert_eq!(sketch.min_k(), if merged.is_exact() { k } else { k.min(other) });
    }

    #[test]
    fn sketches_come_back_from_their_bytes(values in values(20_000), size in 1usize..9000, k in 8u16..400) {
        let mut sketch = Kll::new(k).unwrap();
        values.chunks(size).for_each(|slice| sketch.add_slice(slice));
        let bytes = sketch.to_bytes();
        let again = Kll::from_bytes(&bytes).unwrap();
        prop_assert_eq!(again.to_bytes(), bytes);
        assert_sound(&again, &sorted(&values));
        prop_assert!(again.retained() <= sketch.retained());
        prop_assert_eq!(Kll::from_bytes(&again.to_bytes()).unwrap(), again);
    }

    #[test]
    fn random_bytes_are_harmless(bytes in vec(any::<u8>(), 0..100)) {
        read(&bytes);
    }

    #[test]
    fn plausible_preambles_are_harmless(
        words in 0u8..7, version in 0u8..4, flags in 0u8..8, k in 0u8..20, rest in vec(0u8..32, 0..150),
    ) {
        read(&[&[words, version, 15, flags, k, 0, 8, 0], rest.as_slice()].concat());
    }

    #[test]
    fn mutated_images_are_harmless(
        values in vec(-1e6..1e6f64, 0..900),
        k in 8u16..40,
        changes in vec((any::<Index>(), any::<u8>()), 0..4),
        end in any::<Index>(),
        cut in any::<bool>(),
    ) {
        let mut image = sketch_of(k, &values).to_bytes();
        for (place, byte) in changes {
            let place = place.index(image.len());
            image[place] = byte;
        }
        if cut {
            image.truncate(end.index(image.len() + 1));
        }
        read(&image);
    }

    #[test]
    fn truncated_images_are_refused(values in vec(-1e6..1e6f64, 0..900), end in any::<Index>()) {
        let image = sketch_of(20, &values).to_bytes();
        prop_assert!(Kll::from_bytes(&image[..end.index(image.len())]).is_err());
    }
}

/// Reads bytes, and uses what could be read.
fn read(bytes: &[u8]) {
    let Ok(sketch) = Kll::from_bytes(bytes) else {
        return;
    };
    assert!(sketch.retained() * 8 <= bytes.len(), "no more is kept than was given");
    assert!(sketch.quantile(0.5).is_none_or(f64::is_finite));
    let mut twice = sketch.clone();
    twice.merge(&sketch);
    assert_eq!(twice.count(), 2 * sketch.count());
    assert!(twice.rank_interval(0.0).is_none_or(|(low, high)| low <= high));
    assert_eq!(Kll::from_bytes(&twice.to_bytes()).unwrap().count(), twice.count());
    assert_eq!(Kll::from_bytes(&sketch.to_bytes()).unwrap().count(), sketch.count());
}

/// A generator of bits for trials that are the same in every run.
struct Bits(u64);

impl Bits {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let word = (self.0 ^ (self.0 >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
        let word = (word ^ (word >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
        word ^ (word >> 32)
    }

    fn unit(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }
}

/// A stream of one of the kinds that sketches are compared on.
fn stream_of(kind: u64, count: u32, bits: &mut Bits) -> Vec<f64> {
    let share = |number: u32| f64::from(number) / f64::from(count);
    let values = (0..count).map(|number| match kind {
        0 => bits.unit(),
        1 => (-2.0 * bits.unit().ln()).sqrt() * (std::f64::consts::TAU * bits.unit()).cos(),
        2 => (5.0 * (bits.unit() - 0.5)).exp(),
        3 => 10f64.powf(600.0 * bits.unit() - 300.0),
        4 => (bits.unit() - 0.9).max(0.0),
        5 => share(number),
        6 => -share(number),
        7 => 1000f64.powi((number / 977) as i32 % 7) * bits.unit(),
        8 => f64::from(number % 2) * 2.0 - 1.0 + share(number),
        _ => (bits.unit() * 30.0).floor(),
    });
    values.collect()
}

/// Feeds a stream in slices of sizes up to `largest` to some sketches, and merges these in random order.
fn merged_at_random(values: &[f64], k: u16, sketches: usize, largest: usize, bits: &mut Bits) -> Kll {
    let mut parts: Vec<Kll> = (0..sketches).map(|_| Kll::new(k).unwrap()).collect();
    let mut rest = values;
    while !rest.is_empty() {
        let size = (1 + bits.next() as usize % largest).min(rest.len());
        let (slice, after) = rest.split_at(size);
        let part = bits.next() as usize % sketches;
        parts[part].add_slice(slice);
        rest = after;
    }
    while parts.len() > 1 {
        let part = parts.swap_remove(bits.next() as usize % parts.len());
        let place = bits.next() as usize % parts.len();
        parts[place].merge(&part);
    }
    parts.remove(0)
}

/// The probability of the stated error, on every kind of stream, size of slice and merge tree: of all
/// trials together at most 1% may be worse, and none by half.
#[test]
fn ranks_are_within_the_stated_error() {
    let mut bits = Bits(7);
    let (mut trials, mut worse) = (0, 0);
    for kind in 0..10 {
        for k in [20, 100, 200] {
            for sketches in [1, 2, 7, 40] {
                for largest in [1, 30, 700, 20_000] {
                    let count = 5_000 + (bits.next() % 25_000) as u32;
                    let values = stream_of(kind, count, &mut bits);
                    let sketch = merged_at_random(&values, k, sketches, largest, &mut bits);
                    let values = sorted(&values);
                    assert_eq!(sketch.count(), u64::from(count));
                    let share = largest_rank_error(&sketch, &values) / sketch.rank_error();
                    assert!(share < 1.5, "{share} of the error for kind {kind}, k {k}, {sketches} sketches");
                    trials += 1;
                    worse += u32::from(share > 1.0);
                }
            }
        }
    }
    assert_eq!(trials, 480);
    assert!(worse * 100 <= trials, "{worse} of {trials}");
}

/// Every exact rank and quantile lies in its interval, as the largest error is within the stated one.
#[test]
fn intervals_hold_what_is_exact() {
    let mut bits = Bits(11);
    for kind in 0..10 {
        let values = stream_of(kind, 20_000, &mut bits);
        let sketch = merged_at_random(&values, 200, 5, 2_000, &mut bits);
        let values = sorted(&values);
        assert!(!sketch.is_exact());
        for step in 0..=1_000 {
            let q = f64::from(step) / 1_000.0;
            let exact = values[((q * 20_000.0).ceil() as usize).clamp(1, values.len()) - 1];
            let (low, high) = sketch.quantile_interval(q).unwrap();
            assert!(low <= exact && exact <= high, "{exact} outside [{low}, {high}] at {q}, kind {kind}");
            let rank = values.partition_point(|value| *value <= exact) as f64 / 20_000.0;
            let (low, high) = sketch.rank_interval(exact).unwrap();
            assert!(low <= rank && rank <= high, "{rank} outside [{low}, {high}] at {exact}, kind {kind}");
        }
    }
}

#[test]
fn sketches_with_too_small_k_are_refused() {
    assert_eq!(Kll::new(7).unwrap_err().to_string(), "k must be at least 8, got 7");
}

/// What each field of the bytes may not be. The sketch has two levels or more and a sorted first one.
#[test]
fn broken_fields_are_refused() {
    let values: Vec<f64> = (0..2_000).map(f64::from).collect();
    let image = sketch_of(20, &values).to_bytes();
    let levels = usize::from(image[18]);
    let extremes = 20 + 4 * levels;
    let put = |place: usize, new: &[u8]| {
        let mut broken = image.clone();
        broken[place..place + new.len()].copy_from_slice(new);
        broken
    };
    let cases = [
        (put(0, &[2]), "KLL preamble words"),
        (put(1, &[3]), "KLL preamble words"),
        (put(2, &[16]), "KLL family must be 15, got 16"),
        (put(4, &[7, 0]), "k must be at least 8, got 7"),
        (put(6, &[9]), "KLL level width must be 8, got 9"),
        (put(8, &2_001u64.to_le_bytes()), "KLL weights must add up to the count 2001, got 2000"),
        (put(8, &u64::MAX.to_le_bytes()), "KLL count must be at most"),
        (put(16, &[3, 0]), "smallest k must be at least 8, got 3"),
        (put(16, &[21, 0]), "smallest k must be at most k = 20, got 21"),
        (put(18, &[0]), "KLL levels must be in [1, 57], got 0"),
        (put(18, &[58]), "KLL levels must be in [1, 57], got 58"),
        (put(20, &u32::MAX.to_le_bytes()), "KLL levels must start in rising order"),
        (put(extremes, &f64::NAN.to_le_bytes()), "KLL sketch must have finite minimum <= maximum"),
        (put(extremes + 8, &1_000f64.to_le_bytes()), "KLL items must lie in [0, 1000]"),
        (put(image.len() - 8, &0f64.to_le_bytes()), "KLL items must rise within a level"),
        (put(image.len() - 8, &f64::INFINITY.to_le_bytes()), "KLL items must be finite, got inf"),
        ([image.clone(), vec![0; 8]].concat(), "sketch bytes must hold"),
    ];
    for (broken, message) in cases {
        let error = Kll::from_bytes(&broken).unwrap_err().to_string();
        assert!(error.starts_with(message), "{error}");
    }
}
