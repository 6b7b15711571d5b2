//! Rows of features as queries: a hash of each, one after rounding, and whether it lies outside the baseline.

use driftline_sketches::{ColumnProfile, canonical_float_key};

use crate::batch::Batch;
use crate::joint::{hashes, numbers, scale_of};
use crate::plan::{Kind, Plan};
use crate::read::Rows;
use crate::role::Role;
use crate::version::ColumnState;

/// Values that round to the same lie within so many standard deviations of the baseline.
const STEP: f64 = 0.25;
/// What stands for the key of a null.
const NULL: u64 = 0x6e75_6c6c;

/// The queries of a batch, row by row.
pub(super) struct Queries {
    /// Hash of the values of the features.
    pub(super) exact: Vec<u64>,
    /// The same after numbers were rounded; empty where no feature has a scale.
    pub(super) rounded: Vec<u64>,
    /// Whether a value lies outside the range of the baseline; empty likewise.
    pub(super) outside: Vec<bool>,
}

/// Mean, deviation, and the range of what is not strange, of a column of a baseline.
pub(crate) fn scale_of_column(profile: &ColumnProfile) -> Option<[f64; 4]> {
    match profile {
        ColumnProfile::Numeric(numeric) => scale_of(numeric),
        ColumnProfile::Categorical(_) => None,
    }
}

impl Queries {
    /// Reads the features of a batch, whose columns are numbered `ids` among those of the version.
    pub(super) fn read(batch: &Batch<'_>, plan: &Plan, columns: &[ColumnState], ids: &[u32]) -> Self {
        let mut features: Vec<(usize, Option<Kind>, &ColumnState)> = plan
            .profiled
            .iter()
            .zip(ids)
            .filter(|((index, _), _)| matches!(plan.roles[*index], Role::Feature | Role::Segment))
            .map(|(&(index, kind), &id)| (index, kind, &columns[id as usize]))
            .collect();
        // Whatever the order in which they were sent.
        features.sort_by_key(|(.., state)| &state.name);
        let is_measured = features.iter().any(|(_, kind, state)| scale(*kind, state).is_some());
        let measured = if is_measured { batch.rows } else { 0 };
        let mut queries =
            Self { exact: vec![0; batch.rows], rounded: vec![0; measured], outside: vec![false; measured] };
        let rows = Rows::All(batch.rows);
        for (index, kind, state) in features {
            let column = &batch.columns[index];
            match kind {
                Some(Kind::Numeric) => queries.add_numbers(&numbers(column, rows), scale(kind, state)),
                Some(Kind::Categorical) => queries.add_keys(&hashes(column, rows)),
                None => queries.add_keys(&vec![NULL; batch.rows]),
            }
        }
        queries
    }

    fn add_keys(&mut self, keys: &[u64]) {
        self.exact.iter_mut().zip(keys).for_each(|(hash, key)| *hash = mixed(*hash, *key));
        self.rounded.iter_mut().zip(keys).for_each(|(hash, key)| *hash = mixed(*hash, *key));
    }

    fn add_numbers(&mut self, values: &[f64], scale: Option<[f64; 4]>) {
        let key = |value: f64| if value.is_nan() { NULL } else { canonical_float_key(value) };
        self.exact.iter_mut().zip(values).for_each(|(hash, value)| *hash = mixed(*hash, key(*value)));
        let Some([mean, deviation, low, high]) = scale else {
            self.rounded.iter_mut().zip(values).for_each(|(hash, value)| *hash = mixed(*hash, key(*value)));
            return;
        };
        let step = (STEP * deviation).recip();
        for ((hash, is_outside), &value) in self.rounded.iter_mut().zip(&mut self.outside).zip(values) {
            let rounded = if value.is_nan() { NULL } else { ((value - mean) * step).floor() as i64 as u64 };
            *hash = mixed(*hash, rounded);
            *is_outside |= value < low || value > high;
        }
    }
}

fn scale(kind: Option<Kind>, state: &ColumnState) -> Option<[f64; 4]> {
    state.scale.filter(|_| kind == Some(Kind::Numeric))
}

/// A hash and one more key.
fn mixed(hash: u64, key: u64) -> u64 {
    let mixed = (hash.rotate_left(25) ^ key).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ (mixed >> 32)
}
