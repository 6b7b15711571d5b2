//! Bytes come back as the same sketch, and no bytes whatever make a reader panic.

use driftline_sketches::{FrequentItems, Hll, TDigest};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

/// Reads bytes as everything, and uses what could be read.
fn read_as_everything(bytes: &[u8]) {
    if let Ok(digest) = TDigest::from_bytes(bytes) {
        assert!(digest.quantile(0.5).is_none_or(f64::is_finite));
        let mut twice = digest.clone();
        twice.merge(&digest);
        assert!(twice.rank_interval(0.0).is_none_or(|(low, high)| low <= high));
        assert_eq!(TDigest::from_bytes(&digest.to_bytes()).unwrap().count(), digest.count());
    }
    if let Ok(distinct) = Hll::from_bytes(bytes) {
        assert!(distinct.estimate() >= 0.0);
        let mut twice = distinct.clone();
        twice.merge(&distinct).unwrap();
        assert_eq!(twice, distinct);
        assert_eq!(Hll::from_bytes(&distinct.to_bytes()).unwrap(), distinct);
    }
    if let Ok(frequent) = FrequentItems::from_bytes(bytes) {
        let mut twice = frequent.clone();
        twice.merge(&frequent);
        assert!(twice.items().len() <= frequent.capacity());
        assert_eq!(FrequentItems::from_bytes(&frequent.to_bytes()).unwrap(), frequent);
    }
}

fn images() -> impl Strategy<Value = Vec<u8>> {
    let digest = vec(-1e6..1e6f64, 0..300).prop_map(|values| {
        let mut digest = TDigest::new(20).unwrap();
        digest.add_slice(&values);
        digest.to_bytes()
    });
    let distinct = (4u8..10, vec(any::<u64>(), 0..120)).prop_map(|(lg_k, keys)| {
        let mut distinct = Hll::new(lg_k).unwrap();
        distinct.add_slice(&keys);
        distinct.to_bytes()
    });
    let frequent = vec(("[a-z]{0,5}", 1u64..100), 0..40).prop_map(|items| {
        let mut frequent = FrequentItems::new(16).unwrap();
        for (item, count) in items {
            frequent.add(&item, count);
        }
        frequent.to_bytes()
    });
    prop_oneof![digest, distinct, frequent]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn random_bytes_are_harmless(bytes in vec(any::<u8>(), 0..100)) {
        read_as_everything(&bytes);
    }

    #[test]
    fn plausible_preambles_are_harmless(
        words in 0u8..12, family in prop_oneof![Just(7u8), Just(10), Just(20)], rest in vec(0u8..32, 0..80),
    ) {
        read_as_everything(&[&[words, 1, family], rest.as_slice()].concat());
    }

    #[test]
    fn mutated_images_are_harmless(
        image in images(), changes in vec((any::<Index>(), any::<u8>()), 0..4), end in any::<Index>(), cut in any::<bool>(),
    ) {
        let mut image = image;
        for (place, byte) in changes {
            let place = place.index(image.len());
            image[place] = byte;
        }
        if cut {
            image.truncate(end.index(image.len() + 1));
        }
        read_as_everything(&image);
    }

    #[test]
    fn truncated_images_are_refused(image in images(), end in any::<Index>()) {
        let end = end.index(image.len());
        let short = &image[..end];
        prop_assert!(TDigest::from_bytes(short).is_err() || image[2] != 20);
        prop_assert!(Hll::from_bytes(short).is_err() || image[2] != 7);
        prop_assert!(FrequentItems::from_bytes(short).is_err() || image[2] != 10);
    }
}
