//! A hash of the data that a profile was made of.

use crate::column::{CategoricalProfile, ColumnProfile};
use crate::frequent::DEFAULT_CAPACITY;
use crate::hash::hash_of_bytes;
use crate::numeric::NumericProfile;

impl ColumnProfile {
    /// A hash of all that the profile knows of its values and that neither their order nor their batches change: what
    /// they count as, the least and the greatest, the histogram, the distinct count's registers, and, of few
    /// categories, the count of each. Equal for equal data, wherever it was profiled; different, but for chance, for
    /// data that differ in any of these.
    pub fn fingerprint(&self) -> u128 {
        let bytes = match self {
            Self::Numeric(numeric) => numeric_bytes(numeric),
            Self::Categorical(categorical) => categorical_bytes(categorical),
        };
        hash_of_bytes(&bytes)
    }
}

fn numeric_bytes(profile: &NumericProfile) -> Vec<u8> {
    let mut bytes = b"numeric".to_vec();
    let counts = [profile.nulls, profile.nans, profile.pos_infs, profile.neg_infs, profile.moments.count()];
    bytes.extend(counts.iter().flat_map(|count| count.to_le_bytes()));
    for extreme in [profile.moments.min(), profile.moments.max()].into_iter().flatten() {
        // One bit pattern for zero.
        bytes.extend((extreme + 0.0).to_le_bytes());
    }
    let histogram = profile.histogram();
    bytes.extend(histogram.scale().to_le_bytes());
    bytes.extend(histogram.zero_count().to_le_bytes());
    for side in [histogram.positive(), histogram.negative()] {
        bytes.extend((side.len() as u64).to_le_bytes());
        for (index, count) in side {
            bytes.extend(index.to_le_bytes());
            bytes.extend(count.to_le_bytes());
        }
    }
    bytes.extend(profile.distinct.to_bytes());
    bytes
}

fn categorical_bytes(profile: &CategoricalProfile) -> Vec<u8> {
    let mut bytes = b"categorical".to_vec();
    bytes.extend([profile.nulls, profile.count].iter().flat_map(|count| count.to_le_bytes()));
    // So few distinct values have all been counted, in whichever order they came.
    if profile.distinct.estimate() <= DEFAULT_CAPACITY as f64 / 2.0 {
        let mut items = profile.frequent.items();
        items.sort_unstable();
        for (item, count) in items {
            bytes.extend((item.len() as u64).to_le_bytes());
            bytes.extend(item.as_bytes());
            bytes.extend(count.to_le_bytes());
        }
    }
    bytes.extend(profile.distinct.to_bytes());
    bytes
}
