//! The sizes of levels, and how a level gives half of its items to the next.

/// The least that a level may hold before it is compacted; `DataSketches` calls it m.
pub(super) const LEVEL_WIDTH: u8 = 8;

/// From this depth on every level has the least capacity, whatever k: `65535 (2/3)^23 < 8`.
const DEPTH_OF_LEAST: usize = 23;

/// How many items the level `depth` levels below the top may hold: `k (2/3)^depth`, rounded, and at
/// least [`LEVEL_WIDTH`].
pub(super) fn level_capacity(k: u16, depth: usize) -> usize {
    let least = usize::from(LEVEL_WIDTH);
    if depth >= DEPTH_OF_LEAST {
        return least;
    }
    let doubled = (u64::from(k) << (depth + 1)) / 3u64.pow(depth as u32);
    (doubled.div_ceil(2) as usize).max(least)
}

/// How many items all levels may hold together.
pub(super) fn total_capacity(k: u16, levels: usize) -> usize {
    (0..levels).map(|depth| level_capacity(k, depth)).sum()
}

/// How many values an item of a level stands for.
pub(super) fn weight_of(level: usize) -> u64 {
    1u64.checked_shl(level as u32).unwrap_or(u64::MAX)
}

/// Takes the one item that has no partner, the least, out of a sorted run of odd length.
pub(super) fn take_unpaired(sorted: &[u64]) -> (Option<u64>, &[u64]) {
    match sorted {
        [unpaired, pairs @ ..] if sorted.len() % 2 == 1 => (Some(*unpaired), pairs),
        _ => (None, sorted),
    }
}

/// One of each pair: all the lower or all the higher ones.
pub(super) fn halved(pairs: &[u64], offset: usize) -> impl ExactSizeIterator<Item = u64> + '_ {
    pairs.chunks_exact(2).map(move |pair| pair[offset])
}

/// Which one of each pair moves up: 0 or 1, as if thrown by a coin.
///
/// It is a hash of how many values came before, of the level and of some of the items. So the same
/// input always gives the same sketch, and a sketch goes on after its bytes as it would have without
/// them, yet sketches of other values throw other coins and their errors do not add up when merged.
pub(super) fn offset_of(count: u64, level: usize, pairs: &[u64]) -> usize {
    let sample = [pairs.first(), pairs.get(pairs.len() / 2), pairs.last()];
    let seed = mix(count ^ (level as u64).rotate_right(8));
    let hash = sample.into_iter().flatten().fold(seed, |hash, key| mix(hash ^ key));
    (hash >> 63) as usize
}

/// The step and the output function of `SplitMix64` (Steele, Lea and Flood, 2014).
fn mix(word: u64) -> u64 {
    let word = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_shrink_by_a_third() {
        let capacities: Vec<_> = (0..10).map(|depth| level_capacity(200, depth)).collect();
        assert_eq!(capacities, [200, 133, 89, 59, 40, 26, 18, 12, 8, 8]);
        assert_eq!(level_capacity(u16::MAX, DEPTH_OF_LEAST - 1), 9);
        assert_eq!(total_capacity(200, 3), 422);
    }

    #[test]
    fn the_coin_is_fair() {
        let thrown: usize = (0..10_000).map(|count| offset_of(count, 3, &[1, 2, 3, 4])).sum();
        assert!((4_800..5_200).contains(&thrown), "{thrown}");
        let thrown: usize = (0..10_000).map(|key| offset_of(100, 0, &[key, key + 1])).sum();
        assert!((4_800..5_200).contains(&thrown), "{thrown}");
    }
}
