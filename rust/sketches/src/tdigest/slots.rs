//! A partition of a batch by value, in place of a sort.

use std::ops::Range;

use crate::order::key_of;
use crate::simd::dispatch;

/// Values looked at to choose a scale.
const SAMPLE: usize = 128;
/// Slots over which the sample has to spread. With fewer, most values are in few slots, which would be sorted after
/// all; and a sort is fast where values repeat.
const MIN_SPREAD: usize = SAMPLE * 3 / 4;
/// Fewer values than this cost less to sort than to partition.
const MIN_VALUES: usize = 3000;
/// Slots there are at most: their counters stay in the first-level cache.
const MAX_SLOTS: usize = 4096;

/// Numbers values so that the number never falls as the value rises: in steps of equal width within `reach` of the
/// centre, and of equal ratio beyond, as the upper bits of a float rise with its logarithm.
#[derive(Clone, Copy, Debug)]
struct Scale {
    centre: f64,
    reach: f64,
    /// Position of slot 0; what lies below belongs to slot 0 too.
    first: i32,
    shift: u32,
    /// The last slot.
    top: i32,
}

impl Scale {
    /// The scale that spreads a sorted sample over the most slots; `None` if none spreads it well.
    fn of_sample(sorted: &[f64], slots: usize) -> Option<Self> {
        let quantile = |numerator: usize, values: &[f64]| values[(values.len() - 1) * numerator / 16];
        let mut magnitudes: Vec<f64> = sorted.iter().map(|value| value.abs()).collect();
        magnitudes.sort_unstable_by(f64::total_cmp);
        let around_median = (quantile(8, sorted), quantile(12, sorted) - quantile(4, sorted));
        let around_zero = (0.0, quantile(1, &magnitudes));
        let scales =
            [around_median, around_zero].map(|(centre, reach)| Self::new(centre, reach, sorted, slots));
        let (spread, best) = scales
            .into_iter()
            .map(|scale| (steps(sorted.iter().map(|value| scale.slot_of(*value))), scale))
            .max_by_key(|(spread, _)| *spread)?;
        (spread >= MIN_SPREAD).then_some(best)
    }

    fn new(centre: f64, reach: f64, sorted: &[f64], slots: usize) -> Self {
        let mut scale = Self { centre, reach, first: 0, shift: 0, top: slots as i32 - 1 };
        if let [first, .., last] = sorted {
            scale.first = scale.position(*first);
            let span = scale.position(*last).wrapping_sub(scale.first);
            while span >> scale.shift > scale.top {
                scale.shift += 1;
            }
        }
        scale
    }

    /// Every step rounds in the same direction for all values, so that order is kept. The position of a finite
    /// value lies within 30 bits and a sign.
    #[inline(always)]
    fn position(&self, value: f64) -> i32 {
        let offset = value - self.centre;
        let upper = |value: f64| (value.to_bits() >> 33) as i32;
        let distance = upper(offset.abs() + self.reach).wrapping_sub(upper(self.reach));
        let sign = ((offset.to_bits() >> 32) as i32) >> 31;
        (distance ^ sign).wrapping_sub(sign)
    }

    #[inline(always)]
    fn slot_of(&self, value: f64) -> u16 {
        let steps = self.position(value).wrapping_sub(self.first).max(0) >> self.shift;
        steps.min(self.top) as u16
    }
}

/// How many runs of equal items there are.
fn steps<T: PartialEq>(items: impl Iterator<Item = T>) -> usize {
    let mut previous = None;
    let mut count = 0;
    for item in items {
        count += usize::from(previous.as_ref() != Some(&item));
        previous = Some(item);
    }
    count
}

#[inline(always)]
fn find_slots_kernel(scale: &Scale, values: &[f64], slots: &mut [u16]) {
    for (slot, value) in slots.iter_mut().zip(values) {
        *slot = scale.slot_of(*value);
    }
}

dispatch! {
    fn find_slots(scale: &Scale, values: &[f64], slots: &mut [u16]) = find_slots_kernel;
}

/// The keys of a batch, sorted by slot but not within slots. All of a value are in one slot.
pub(super) struct SlottedKeys {
    pub(super) keys: Vec<u64>,
    /// Where each slot ends in the keys; the last one at their length.
    ends: Vec<u32>,
}

impl SlottedKeys {
    /// `None` if there are too few values, or they lie too unevenly, for a partition to be worth it.
    pub(super) fn new(values: &[f64]) -> Option<Self> {
        if values.len() < MIN_VALUES || values.len() > u32::MAX as usize {
            return None;
        }
        let slots = (values.len() / 2).next_power_of_two().min(MAX_SLOTS);
        let mut sample = sample(values);
        // Rising values cost a sort next to nothing.
        if sample.is_sorted() {
            return None;
        }
        sample.sort_unstable_by(f64::total_cmp);
        let scale = Scale::of_sample(&sample, slots)?;
        let mut slot_of = vec![0; values.len()];
        find_slots(&scale, values, &mut slot_of);
        let mut ends = starts(&slot_of, slots);
        let mut keys = vec![0; values.len()];
        for (value, slot) in values.iter().zip(&slot_of) {
            // From the start of the slot to its end, one key at a time.
            let end = &mut ends[usize::from(*slot)];
            keys[*end as usize] = key_of(*value);
            *end += 1;
        }
        Some(Self { keys, ends })
    }

    /// The ranges of the slots that hold any keys.
    pub(super) fn occupied(&self) -> impl Iterator<Item = Range<usize>> {
        let mut begin = 0;
        self.ends.iter().filter_map(move |end| {
            let range = begin..*end as usize;
            begin = range.end;
            (!range.is_empty()).then_some(range)
        })
    }

    /// The keys in order.
    pub(super) fn into_sorted(self) -> Vec<u64> {
        let Self { mut keys, ends } = self;
        let mut begin = 0;
        for end in ends {
            keys[begin..end as usize].sort_unstable();
            begin = end as usize;
        }
        keys
    }
}

/// Where each slot starts when values are laid out by slot.
fn starts(slot_of: &[u16], slots: usize) -> Vec<u32> {
    let mut starts = vec![0; slots];
    for slot in slot_of {
        starts[usize::from(*slot)] += 1;
    }
    let mut sum = 0;
    for start in &mut starts {
        let count = std::mem::replace(start, sum);
        sum += count;
    }
    starts
}

/// Some of the values. The places are irregular, so that no period in the data hides the rest.
fn sample(values: &[f64]) -> Vec<f64> {
    let stride = values.len() / SAMPLE;
    values
        .chunks_exact(stride)
        .take(SAMPLE)
        .enumerate()
        .map(|(index, chunk)| chunk[(index.wrapping_mul(0x9e37_79b9) >> 8) % stride])
        .collect()
}
