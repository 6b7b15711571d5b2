//! Numbering values by slots, so that the number never falls as the value rises.

use crate::simd::dispatch;

/// Values looked at to choose a scale, at most.
const SAMPLE: usize = 128;
/// One of so many values is looked at where there are few.
const SAMPLED: usize = 32;

/// Numbers values in steps of equal width within `reach` of the centre, and of equal ratio beyond, as the upper bits
/// of a float rise with its logarithm.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    centre: f64,
    reach: f64,
    /// Position of slot 0; what lies below belongs to slot 0 too.
    first: i32,
    shift: u32,
    /// The last slot.
    top: i32,
}

impl Scale {
    /// The scale of `slots` slots that spreads a sample of the values best; `None` if none spreads it well, and most
    /// values would be in few slots although they differ.
    pub(super) fn of(values: &[f64], slots: usize) -> Option<Self> {
        let mut sorted = sample(values);
        sorted.sort_unstable_by(f64::total_cmp);
        let quantile = |numerator: usize, values: &[f64]| values[(values.len() - 1) * numerator / 16];
        let mut magnitudes: Vec<f64> = sorted.iter().map(|value| value.abs()).collect();
        magnitudes.sort_unstable_by(f64::total_cmp);
        let around_median = (quantile(8, &sorted), quantile(12, &sorted) - quantile(4, &sorted));
        let around_zero = (0.0, quantile(1, &magnitudes));
        let scales =
            [around_median, around_zero].map(|(centre, reach)| Self::new(centre, reach, &sorted, slots));
        let (spread, best) = scales
            .into_iter()
            .map(|scale| (steps(sorted.iter().map(|value| scale.slot_of(*value))), scale))
            .max_by_key(|(spread, _)| *spread)?;
        let different = steps(sorted.iter().map(|value| value.to_bits()));
        (spread * 4 >= different * 3).then_some(best)
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

    /// The slot of a finite value.
    #[inline(always)]
    pub(super) fn slot_of(&self, value: f64) -> u16 {
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

/// Some of the values. The places are irregular, so that no period in the data hides the rest.
fn sample(values: &[f64]) -> Vec<f64> {
    let stride = (values.len() / SAMPLE).max(SAMPLED);
    values
        .chunks_exact(stride)
        .take(SAMPLE)
        .enumerate()
        .map(|(index, chunk)| chunk[(index.wrapping_mul(0x9e37_79b9) >> 8) % stride])
        .collect()
}

#[inline(always)]
fn find_slots_kernel(scale: &Scale, values: &[f64], slots: &mut [u16]) {
    for (slot, value) in slots.iter_mut().zip(values) {
        *slot = scale.slot_of(*value);
    }
}

dispatch! {
    /// The slot of each value.
    pub(super) fn find_slots(scale: &Scale, values: &[f64], slots: &mut [u16]) = find_slots_kernel;
}
