//! Puts the rows of a batch into the sketches of a cell.

use driftline_sketches::ColumnProfile;
use driftline_sketches::hll::coupon_of_bytes;
use rustc_hash::FxHashMap;

use crate::batch::{Batch, Bitmap, Column, Dictionary, Keys, Text, Values};
use crate::cell::CellProfile;
use crate::plan::Plan;
use crate::read::{Numbers, Rows};
use crate::version::ColumnState;

/// Sketches every profiled column of the given rows.
pub fn add_rows(
    cell: &mut CellProfile,
    columns: &[ColumnState],
    ids: &[u32],
    batch: &Batch<'_>,
    plan: &Plan,
    rows: Rows<'_>,
    scratch: &mut Numbers,
) {
    cell.records += rows.len() as u64;
    for (&(index, _), &id) in plan.profiled.iter().zip(ids) {
        let state = &columns[id as usize];
        if let Some(profile) = cell.column_mut(id, state) {
            add_column(profile, &batch.columns[index], rows, scratch);
        }
    }
}

fn add_column(profile: &mut ColumnProfile, column: &Column<'_>, rows: Rows<'_>, scratch: &mut Numbers) {
    match profile {
        ColumnProfile::Numeric(numeric) => {
            scratch.read(column, rows);
            numeric.add_slice(&scratch.values, &scratch.keys);
            numeric.add_nulls(scratch.nulls);
        }
        ColumnProfile::Categorical(categorical) => {
            let counted = count(column, rows);
            let present: u64 = counted.iter().map(|&(_, _, count)| count).sum();
            categorical.add_counted(&counted);
            categorical.add_nulls(rows.len() as u64 - present);
        }
    }
}

/// A value, its distinct-count coupon, and how often it comes.
pub(crate) type Counted<'a> = Vec<(&'a str, u32, u64)>;

/// Counts the values of a categorical column; nulls are left out.
pub(crate) fn count<'a>(column: &'a Column<'_>, rows: Rows<'_>) -> Counted<'a> {
    let validity = column.validity.as_ref();
    match &column.values {
        Values::Boolean(bits) => count_booleans(bits, validity, rows),
        Values::Dictionary(keys, dictionary) => count_keys(keys, dictionary, validity, rows),
        Values::Text(text) => count_text(text, validity, rows),
        Values::Null | Values::Primitive(..) => Vec::new(),
    }
}

fn count_booleans<'a>(bits: &Bitmap<'_>, validity: Option<&Bitmap<'_>>, rows: Rows<'_>) -> Counted<'a> {
    let mut counts = [0u64; 2];
    rows.for_each(|row| {
        if validity.is_none_or(|valid| valid.get(row)) {
            counts[usize::from(bits.get(row))] += 1;
        }
    });
    ["false", "true"]
        .into_iter()
        .zip(counts)
        .filter(|&(_, count)| count > 0)
        .map(|(name, count)| (name, coupon_of_bytes(name.as_bytes()), count))
        .collect()
}

fn count_keys<'a>(
    keys: &Keys<'_>,
    dictionary: &'a Dictionary,
    validity: Option<&Bitmap<'_>>,
    rows: Rows<'_>,
) -> Counted<'a> {
    let mut counts = vec![0u64; dictionary.len()];
    match validity {
        None => rows.for_each(|row| counts[keys.get(row)] += 1),
        Some(valid) => rows.for_each(|row| {
            if valid.get(row) {
                counts[keys.get(row)] += 1;
            }
        }),
    }
    dictionary.fold(&mut counts);
    counts
        .into_iter()
        .enumerate()
        .filter(|&(_, count)| count > 0)
        .map(|(key, count)| (dictionary.get(key), dictionary.coupon(key), count))
        .collect()
}

fn count_text<'a>(text: &'a Text<'_>, validity: Option<&Bitmap<'_>>, rows: Rows<'_>) -> Counted<'a> {
    let mut counts: FxHashMap<&[u8], u64> = FxHashMap::default();
    rows.for_each(|row| {
        if validity.is_none_or(|valid| valid.get(row)) {
            *counts.entry(text.get(row)).or_default() += 1;
        }
    });
    counts
        .into_iter()
        .map(|(bytes, count)| (std::str::from_utf8(bytes).unwrap_or_default(), coupon_of_bytes(bytes), count))
        .collect()
}
