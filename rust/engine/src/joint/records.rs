use driftline_sketches::hash::{SEED, murmur3_x64_128};
use driftline_sketches::joint::combination_hash;

use super::planned::PlannedSet;
use crate::batch::{Batch, Column, Values};
use crate::numbers::Numbers;
use crate::read::Rows;

/// What stands for the hash of a null in a combination.
const NULL: u64 = 0x6e75_6c6c;

/// The values of the columns of a set, record by record.
#[derive(Debug, Default)]
pub struct SetRecords {
    /// Of each numeric column, NaN for null.
    pub numeric: Vec<Vec<f64>>,
    /// The hash of the combination of each record; empty without categorical columns.
    pub combinations: Vec<(u64, u64)>,
}

impl SetRecords {
    /// Reads some rows of a batch.
    pub fn read(set: &PlannedSet, batch: &Batch<'_>, rows: Rows<'_>) -> Self {
        let numeric = set.numeric.iter().map(|&index| numbers(&batch.columns[index], rows)).collect();
        let hashes: Vec<Vec<u64>> =
            set.categorical.iter().map(|&index| hashes(&batch.columns[index], rows)).collect();
        let mut values = vec![0; hashes.len()];
        let combination = |row: usize| {
            for (value, hashes) in values.iter_mut().zip(&hashes) {
                *value = hashes[row];
            }
            combination_hash(&values)
        };
        let count = if hashes.is_empty() { 0 } else { rows.len() };
        Self { numeric, combinations: (0..count).map(combination).collect() }
    }
}

/// Numbers of some rows, NaN for null.
pub(crate) fn numbers(column: &Column<'_>, rows: Rows<'_>) -> Vec<f64> {
    let mut numbers = Numbers::default();
    numbers.read(column, rows);
    let Some(validity) = column.validity.as_ref().filter(|_| numbers.nulls > 0) else {
        return numbers.values;
    };
    let (mut present, mut values) = (numbers.values.into_iter(), Vec::with_capacity(rows.len()));
    rows.for_each(|row| {
        let value = if validity.get(row) { present.next() } else { None };
        values.push(value.unwrap_or(f64::NAN));
    });
    values
}

/// Hashes of the categories of some rows.
pub(crate) fn hashes(column: &Column<'_>, rows: Rows<'_>) -> Vec<u64> {
    let mut hashes = Vec::with_capacity(rows.len());
    let mut each = |hash: &dyn Fn(usize) -> u64| {
        rows.for_each(|row| {
            let is_valid = column.validity.as_ref().is_none_or(|valid| valid.get(row));
            hashes.push(if is_valid { hash(row) } else { NULL });
        });
    };
    match &column.values {
        Values::Text(text) => each(&|row| hash(text.get(row))),
        Values::Boolean(bits) => {
            let of = [hash(b"false"), hash(b"true")];
            each(&|row| of[usize::from(bits.get(row))]);
        }
        Values::Dictionary(keys, dictionary) if dictionary.len() <= rows.len() => {
            let of: Vec<u64> =
                (0..dictionary.len()).map(|key| hash(dictionary.get(key).as_bytes())).collect();
            each(&|row| of[keys.get(row)]);
        }
        Values::Dictionary(keys, dictionary) => each(&|row| hash(dictionary.get(keys.get(row)).as_bytes())),
        // No such column is categorical.
        Values::Null | Values::Primitive(..) | Values::Hashes(_) => each(&|_| NULL),
    }
    hashes
}

fn hash(value: &[u8]) -> u64 {
    murmur3_x64_128(value, SEED).0
}
