//! Bytes that Apache `DataSketches` wrote, read as what went into them (`golden/write.py`).

#![allow(clippy::unwrap_used)]

use driftline_sketches::hash::{SEED, hash_key, murmur3_x64_128};
use driftline_sketches::{FrequentItems, Hll, TDigest, coupon_of_bytes};

macro_rules! golden {
    ($name:literal) => {
        include_bytes!(concat!("golden/", $name))
    };
}

fn hll_of_integers(lg_k: u8, count: u64) -> Hll {
    let keys: Vec<u64> = (0..count).collect();
    let mut distinct = Hll::new(lg_k).unwrap();
    distinct.add_slice(&keys);
    distinct
}

#[test]
fn murmur3_agrees_for_every_length() {
    let mut checked = 0;
    for (length, line) in include_str!("golden/murmur3.txt").lines().enumerate() {
        let bytes: Vec<u8> = (0..length as u8).collect();
        let (first, second) = murmur3_x64_128(&bytes, SEED);
        assert_eq!(format!("{first:016x} {second:016x}"), line, "length {length}");
        checked += 1;
    }
    assert_eq!(checked, 41);
}

#[test]
fn murmur3_agrees_with_its_published_vector() {
    let text = b"The quick brown fox jumps over the lazy dog";
    assert_eq!(murmur3_x64_128(text, 0), (0xe34b_bc7b_bc07_1b6c, 0x7a43_3ca9_c49a_9347));
    assert_eq!(murmur3_x64_128(b"", 0), (0, 0));
}

#[test]
fn the_hash_of_keys_is_the_general_one() {
    let keys = (0..64).map(|bit| 1u64 << bit).chain([0, u64::MAX, 0x0123_4567_89ab_cdef]);
    for key in keys {
        assert_eq!(hash_key(key), murmur3_x64_128(&key.to_le_bytes(), SEED));
    }
}

#[test]
fn distinct_counts_read_in_every_mode() {
    let files: [(&[u8], u8, u64); 8] = [
        (golden!("hll_empty.bin"), 12, 0),
        (golden!("hll_list.bin"), 12, 5),
        (golden!("hll_list_updatable.bin"), 12, 5),
        (golden!("hll_set.bin"), 12, 300),
        (golden!("hll_set_updatable.bin"), 12, 300),
        (golden!("hll_registers.bin"), 10, 20_000),
        (golden!("hll_registers_updatable.bin"), 10, 20_000),
        (golden!("hll_small.bin"), 4, 100),
    ];
    for (bytes, lg_k, count) in files {
        let read = Hll::from_bytes(bytes).unwrap();
        let ours = hll_of_integers(lg_k, count);
        assert_eq!(read.to_bytes(), ours.to_bytes(), "{lg_k} {count}");
        // Their registers lack our extra bytes, their coupons lack nothing.
        assert_eq!(read == ours, ours.extra_bytes().is_none(), "{lg_k} {count}");
    }
}

#[test]
fn distinct_registers_are_written_as_they_were_read() {
    let theirs = golden!("hll_registers_updatable.bin");
    let ours = hll_of_integers(10, 20_000).to_bytes();
    assert_eq!(ours.len(), theirs.len());
    // Apart from the flags (theirs is in order) and the in-order estimate that goes with them.
    assert_eq!(ours[..5], theirs[..5]);
    assert_eq!(ours[6..8], theirs[6..8]);
    assert_eq!(ours[32..], theirs[32..]);
    // The sums of inverse powers may differ by rounding only.
    for place in [16, 24] {
        let sum = |bytes: &[u8]| f64::from_le_bytes(bytes[place..place + 8].try_into().unwrap());
        assert!((sum(&ours) - sum(theirs)).abs() <= 1e-12 * sum(theirs));
    }
}

#[test]
fn extra_bytes_are_those_of_all_coupons() {
    let read = Hll::from_bytes(golden!("hll_registers.bin")).unwrap();
    let extra = golden!("hll_registers_extra.bin");
    let ours = hll_of_integers(10, 20_000);
    assert_eq!(ours.extra_bytes().unwrap(), extra);
    assert_eq!(read.with_extra_bytes(extra).unwrap(), ours);
}

#[test]
fn strings_have_the_same_coupons() {
    let coupons: Vec<u32> =
        (0..200).map(|number| coupon_of_bytes(format!("item {number}").as_bytes())).collect();
    let mut distinct = Hll::default();
    distinct.add_coupons(&coupons);
    assert_eq!(Hll::from_bytes(golden!("hll_strings.bin")).unwrap(), distinct);
}

#[test]
fn frequent_items_read() {
    let empty = FrequentItems::from_bytes(golden!("frequent_empty.bin")).unwrap();
    assert_eq!((empty.capacity(), empty.total(), empty.items().len()), (384, 0, 0));
    let exact = FrequentItems::from_bytes(golden!("frequent.bin")).unwrap();
    assert_eq!((exact.total(), exact.error(), exact.items().len()), (210, 0, 20));
    assert_eq!(exact.items()[..2], [("item 19", 20), ("item 18", 19)]);
    let purged = FrequentItems::from_bytes(golden!("frequent_purged.bin")).unwrap();
    assert_eq!(purged.total(), 600 * 601 / 2);
    assert!(purged.error() > 0);
    for item in 0..600 {
        let (lower, upper) = purged.estimate(&format!("item {item}"));
        assert!(lower <= item + 1 && item < upper);
    }
}

#[test]
fn digests_read() {
    let empty = TDigest::from_bytes(golden!("tdigest_empty.bin")).unwrap();
    assert_eq!((empty.compression(), empty.count()), (100, 0));
    let single = TDigest::from_bytes(golden!("tdigest_single.bin")).unwrap();
    assert_eq!((single.count(), single.quantile(0.5)), (1, Some(0.0)));
    // Apart from the direction of the next merge, which only their flags remember.
    assert_eq!(single.to_bytes()[8..], golden!("tdigest_single.bin")[8..]);
    let digest = TDigest::from_bytes(golden!("tdigest.bin")).unwrap();
    assert_eq!((digest.count(), digest.min(), digest.max()), (5000, Some(0.0), Some(4999.0)));
    for step in 0..=100 {
        let value = f64::from(step) * 49.99;
        let exact = (value.floor() + 1.0) / 5000.0;
        assert!((digest.rank(value).unwrap() - exact).abs() < 0.005);
        let (low, high) = digest.rank_interval(value).unwrap();
        assert!(low <= exact && exact <= high);
    }
}
