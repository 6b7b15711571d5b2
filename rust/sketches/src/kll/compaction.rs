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

/// Places in sorted items: the first one, and then one every so many.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    first: usize,
    stride: usize,
    pub(super) len: usize,
}

impl Run {
    /// All of so many items.
    pub(super) fn of(len: usize) -> Self {
        Self { first: 0, stride: 1, len }
    }

    /// Takes the one item that has no partner, the least, out of a run of odd length.
    pub(super) fn take_unpaired(&mut self) -> Option<usize> {
        let unpaired = (self.len % 2 == 1).then_some(self.first)?;
        self.first += self.stride;
        self.len -= 1;
        Some(unpaired)
    }

    /// Leaves one of each pair: all the lower or all the higher ones.
    pub(super) fn halve(&mut self, offset: usize) {
        self.first += offset * self.stride;
        self.stride *= 2;
        self.len /= 2;
    }

    /// The first, the middle and the last place of a run that is not empty.
    pub(super) fn sample(&self) -> impl Iterator<Item = usize> + use<> {
        let (Self { first, stride, len }, present) = (*self, self.len > 0);
        [0, len / 2, len.saturating_sub(1)]
            .into_iter()
            .filter(move |_| present)
            .map(move |item| first + item * stride)
    }

    pub(super) fn places(&self) -> impl ExactSizeIterator<Item = usize> + use<> {
        let Self { first, stride, len } = *self;
        (0..len).map(move |item| first + item * stride)
    }
}

/// Which one of each pair moves up: 0 or 1, as if thrown by a coin.
///
/// It is a hash of how many values came before, of the level and of some of the items. So the same
/// input always gives the same sketch, and a sketch goes on after its bytes as it would have without
/// them, yet sketches of other values throw other coins and their errors do not add up when merged.
pub(super) fn offset_of(count: u64, level: usize, sample: impl Iterator<Item = u64>) -> usize {
    let seed = mix(count ^ (level as u64).rotate_right(8));
    let hash = sample.fold(seed, |hash, key| mix(hash ^ key));
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
    fn runs_leave_one_of_each_pair() {
        let mut run = Run::of(13);
        let (mut places, mut unpaired): (Vec<usize>, Vec<usize>) = ((0..13).collect(), Vec::new());
        for offset in [1, 0, 1] {
            assert_eq!(run.places().collect::<Vec<_>>(), places);
            let sample: Vec<usize> = run.sample().collect();
            assert_eq!(sample, [places[0], places[places.len() / 2], places[places.len() - 1]]);
            unpaired.extend(run.take_unpaired());
            run.halve(offset);
            places = places[places.len() % 2..].chunks_exact(2).map(|pair| pair[offset]).collect();
        }
        assert_eq!(run.places().collect::<Vec<_>>(), places);
        assert_eq!(unpaired, [0, 2]);
        assert_eq!(Run::of(0).sample().count(), 0);
    }

    #[test]
    fn the_coin_is_fair() {
        let thrown: usize = (0..10_000).map(|count| offset_of(count, 3, [1, 3, 4].into_iter())).sum();
        assert!((4_800..5_200).contains(&thrown), "{thrown}");
        let thrown: usize = (0..10_000).map(|key| offset_of(100, 0, [key, key + 1].into_iter())).sum();
        assert!((4_800..5_200).contains(&thrown), "{thrown}");
    }
}
