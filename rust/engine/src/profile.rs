//! Puts the rows of a batch into the sketches of a cell.

use std::cell::RefCell;

use driftline_sketches::ColumnProfile;
use driftline_sketches::hll::coupon_of_bytes;

use crate::batch::{Batch, Bitmap, Column, Dictionary, Keys, Values};
use crate::cell::CellProfile;
use crate::numbers::Numbers;
use crate::plan::Plan;
use crate::read::Rows;
use crate::text_counts::TextCounts;
use crate::version::ColumnState;
use crate::workers::Workers;

/// Sketches every profiled column of the given rows, whose numbers in the version are `ids`.
pub fn add_rows(
    cell: &mut CellProfile,
    columns: &[ColumnState],
    ids: &[u32],
    batch: &Batch<'_>,
    plan: &Plan,
    rows: Rows<'_>,
    workers: &Workers,
) {
    cell.records += rows.len() as u64;
    let mut sources: Vec<Option<usize>> = vec![None; columns.len()];
    for (&(index, _), &id) in plan.profiled.iter().zip(ids) {
        if cell.column_mut(id, &columns[id as usize]).is_some() {
            sources[id as usize] = Some(index);
        }
    }
    let tasks: Vec<_> = cell
        .columns
        .iter_mut()
        .zip(sources)
        .filter_map(|(profile, source)| Some((profile.as_mut()?, &batch.columns[source?])))
        .collect();
    workers.for_each(tasks, rows.len(), |(profile, column)| {
        SCRATCH.with_borrow_mut(|scratch| add_column(profile, column, rows, scratch));
    });
}

fn add_column(profile: &mut ColumnProfile, column: &Column<'_>, rows: Rows<'_>, scratch: &mut Scratch) {
    match profile {
        ColumnProfile::Numeric(numeric) => {
            let numbers = &mut scratch.numbers;
            numbers.read(column, rows);
            match numbers.keys() {
                Some(keys) => numeric.add_slice(&numbers.values, keys),
                None => numeric.add_numbers(&numbers.values),
            }
            numeric.add_nulls(numbers.nulls);
        }
        ColumnProfile::Categorical(categorical) => {
            let counted = count(column, rows, &mut scratch.text);
            let present: u64 = counted.iter().map(|&(_, _, count)| count).sum();
            categorical.add_counted(&counted);
            categorical.add_nulls(rows.len() as u64 - present);
        }
    }
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Memory that is kept from column to column.
#[derive(Debug, Default)]
struct Scratch {
    numbers: Numbers,
    text: TextCounts,
}

/// A value, its distinct-count coupon, and how often it comes.
pub(crate) type Counted<'a> = Vec<(&'a [u8], u32, u64)>;

/// Counts the values of a categorical column; nulls are left out.
pub(crate) fn count<'a>(column: &'a Column<'_>, rows: Rows<'_>, table: &mut TextCounts) -> Counted<'a> {
    let validity = column.validity.as_ref();
    match &column.values {
        Values::Boolean(bits) => count_booleans(bits, validity, rows),
        Values::Dictionary(keys, dictionary) => count_keys(keys, dictionary, validity, rows),
        Values::Text(text) => {
            table.count(text, validity, rows);
            table.counted(text)
        }
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
    [b"false".as_slice(), b"true"]
        .into_iter()
        .zip(counts)
        .filter(|&(_, count)| count > 0)
        .map(|(name, count)| (name, coupon_of_bytes(name), count))
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
        .map(|(key, count)| (dictionary.get(key).as_bytes(), dictionary.coupon(key), count))
        .collect()
}
