//! Puts the rows of a batch into the sketches of a cell.

use std::cell::RefCell;

use driftline_sketches::ColumnProfile;

use crate::batch::{Batch, Column};
use crate::cell::CellProfile;
use crate::counted::{Counted, Counter};
use crate::joint::{SetRecords, SetStates};
use crate::numbers::Numbers;
use crate::panics::failpoint;
use crate::plan::Plan;
use crate::read::Rows;
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

/// Adds the given rows to the column sets of the plan, whose numbers in the version are `ids`.
pub fn add_sets(
    cell: &mut CellProfile,
    states: &SetStates,
    ids: &[u32],
    batch: &Batch<'_>,
    plan: &Plan,
    rows: Rows<'_>,
    workers: &Workers,
) {
    if ids.is_empty() {
        return;
    }
    for id in ids {
        states.profile_mut(&mut cell.sets, *id);
    }
    let planned = |index: usize| {
        let place = ids.iter().position(|id| *id as usize == index)?;
        Some(&plan.sets[place])
    };
    let tasks: Vec<_> = cell
        .sets
        .iter_mut()
        .enumerate()
        .filter_map(|(index, profile)| Some((profile.as_mut()?, planned(index)?)))
        .collect();
    workers.for_each(tasks, rows.len(), |(profile, set)| {
        let records = SetRecords::read(set, batch, rows);
        profile.add(rows.len(), &records.numeric, &records.combinations);
    });
}

fn add_column(profile: &mut ColumnProfile, column: &Column<'_>, rows: Rows<'_>, scratch: &mut Scratch) {
    failpoint("sketch");
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
            let before = categorical.count;
            scratch.counter.count(column, rows, |counted| match counted {
                Counted::Different(items, counts) => {
                    categorical.add_counted(items.coupons, counts, |index| items.get(index));
                }
                Counted::Rows { items, often, counts, rare } => {
                    categorical.add_rows(items.coupons, |index| items.get(index));
                    categorical.frequent.add_often(
                        items.coupons.len() as u64,
                        counts,
                        |index| often.get(index),
                        rare,
                    );
                }
            });
            categorical.add_nulls(rows.len() as u64 - (categorical.count - before));
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
    counter: Counter,
}
