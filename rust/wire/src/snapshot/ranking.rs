//! The `ranking` struct inside the `performance` struct of cell rows, both ways.

use std::sync::Arc;

use arrow_array::types::Int64Type;
use arrow_array::{Array, ArrayRef, Int64Array, ListArray, PrimitiveArray, StructArray, UInt32Array};
use driftline_sketches::Performance;
use driftline_sketches::performance::{Cutoff, Ranking, UnitSums};

use super::nested::{Nesting, defect, structs};
use super::schema::{RANKING_CUTOFF_NUMBERS, RANKING_NUMBERS, ranking_cutoff_fields, ranking_fields};
use super::typed::Typed;
use crate::error::Result;

/// The column for all rows.
pub(super) fn write(cells: &[Option<&Performance>]) -> Result<ArrayRef> {
    let rankings: Vec<Option<&Ranking>> =
        cells.iter().map(|cell| cell.and_then(|cell| cell.ranking.as_deref())).collect();
    let is_present: Vec<bool> = rankings.iter().map(Option::is_some).collect();
    let mut columns: Vec<ArrayRef> = (0..RANKING_NUMBERS.len())
        .map(|at| {
            let column = rankings.iter().map(|ranking| ranking.map(|ranking| numbers(ranking)[at]));
            Arc::new(column.collect::<Int64Array>()) as ArrayRef
        })
        .collect();
    columns.push(write_cutoffs(&rankings)?);
    structs(ranking_fields(), columns, &is_present)
}

fn write_cutoffs(rankings: &[Option<&Ranking>]) -> Result<ArrayRef> {
    let nesting =
        Nesting::new(rankings.iter().map(|ranking| ranking.map(|ranking| ranking.cutoffs().len())))?;
    let cutoffs = || rankings.iter().flatten().flat_map(|ranking| ranking.cutoffs());
    let mut columns: Vec<ArrayRef> =
        vec![Arc::new(UInt32Array::from_iter_values(cutoffs().map(|cutoff| cutoff.at)))];
    columns.extend((0..RANKING_CUTOFF_NUMBERS.len()).map(|at| {
        let column = cutoffs().map(|cutoff| cutoff_numbers(cutoff)[at]);
        Arc::new(Int64Array::from_iter_values(column)) as ArrayRef
    }));
    let items = StructArray::try_new(ranking_cutoff_fields(), columns, None);
    nesting.list(Arc::new(items.map_err(|error| defect(&error))?))
}

/// In the order of [`RANKING_NUMBERS`].
fn numbers(ranking: &Ranking) -> [i64; RANKING_NUMBERS.len()] {
    let Ranking { queries, judged, items, labelled, left_out, reciprocal_rank, .. } = *ranking;
    [queries, judged, items, labelled, left_out, reciprocal_rank.sum, reciprocal_rank.squares]
}

/// In the order of [`RANKING_CUTOFF_NUMBERS`].
fn cutoff_numbers(cutoff: &Cutoff) -> [i64; RANKING_CUTOFF_NUMBERS.len()] {
    let mut numbers = [0; RANKING_CUTOFF_NUMBERS.len()];
    numbers[..3].copy_from_slice(&[cutoff.judged, cutoff.graded, cutoff.relevant]);
    let sums = cutoff.sums();
    for (pair, sums) in numbers[3..].chunks_exact_mut(2).zip(sums) {
        pair.copy_from_slice(&[sums.sum, sums.squares]);
    }
    numbers
}

/// The struct's columns, found once.
pub(super) struct RankingColumns<'a> {
    all: Typed<'a, StructArray>,
    numbers: Vec<Typed<'a, PrimitiveArray<Int64Type>>>,
    cutoffs: Typed<'a, ListArray>,
}

impl<'a> RankingColumns<'a> {
    pub(super) fn new(all: Typed<'a, StructArray>) -> Result<Self> {
        let numbers = RANKING_NUMBERS.iter().map(|name| Typed::find(all.array, name));
        Ok(Self {
            numbers: numbers.collect::<Result<_>>()?,
            cutoffs: Typed::find(all.array, "performance.ranking.cutoffs")?,
            all,
        })
    }

    pub(super) fn get(&self, row: usize) -> Result<Option<Box<Ranking>>> {
        if !self.all.is_present(row) {
            return Ok(None);
        }
        let number = |at: usize| self.numbers[at].get(row);
        let mut ranking = Ranking::new();
        ranking.queries = number(0)?;
        ranking.judged = number(1)?;
        ranking.items = number(2)?;
        ranking.labelled = number(3)?;
        ranking.left_out = number(4)?;
        ranking.reciprocal_rank = UnitSums { sum: number(5)?, squares: number(6)? };
        let items = self.cutoffs.required(row, self.cutoffs.structs(row)?)?;
        let at = Typed::<UInt32Array>::find(&items, "performance.ranking.cutoffs.at")?;
        let numbers: Vec<Typed<'_, Int64Array>> =
            RANKING_CUTOFF_NUMBERS.iter().map(|name| Typed::find(&items, name)).collect::<Result<_>>()?;
        for item in 0..items.len() {
            let mut cutoff = Cutoff { at: at.get(item)?, ..Cutoff::default() };
            (cutoff.judged, cutoff.graded, cutoff.relevant) =
                (numbers[0].get(item)?, numbers[1].get(item)?, numbers[2].get(item)?);
            for (sums, columns) in cutoff.sums_mut().into_iter().zip(numbers[3..].chunks_exact(2)) {
                *sums = UnitSums { sum: columns[0].get(item)?, squares: columns[1].get(item)? };
            }
            ranking.add_cutoff(&cutoff);
        }
        Ok(Some(Box::new(ranking)))
    }
}
