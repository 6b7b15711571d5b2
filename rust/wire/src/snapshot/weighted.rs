//! The `weighted` struct inside the `performance` struct of cell rows, both ways.

use std::sync::Arc;

use arrow_array::types::{Float64Type, UInt64Type};
use arrow_array::{
    Array, ArrayRef, Float64Array, ListArray, PrimitiveArray, StringArray, StructArray, UInt64Array,
};
use driftline_sketches::Performance;
use driftline_sketches::performance::{Weighted, WeightedSums, Weights};

use super::nested::{Nesting, defect, number_lists, structs};
use super::schema::{WEIGHTED_MEANS, weighted_confusion_fields, weighted_fields};
use super::typed::Typed;
use crate::error::{Result, WireError};

/// The column for all rows.
pub(super) fn write(cells: &[Option<&Performance>]) -> Result<ArrayRef> {
    let weighted: Vec<Option<&Weighted>> =
        cells.iter().map(|cell| cell.and_then(|cell| cell.weighted.as_deref())).collect();
    let is_present: Vec<bool> = weighted.iter().map(Option::is_some).collect();
    let records = weighted.iter().map(|weighted| weighted.map(|weighted| weighted.records));
    let mut columns: Vec<ArrayRef> =
        vec![Arc::new(records.collect::<UInt64Array>()), write_confusion(&weighted)?];
    for number in 0..WEIGHTED_MEANS.len() {
        let sums =
            weighted.iter().map(|weighted| weighted.map(|weighted| weighted.means()[number].to_array()));
        columns.push(number_lists::<Float64Type>(sums.map(|sums| sums.map(Vec::from)))?);
    }
    structs(weighted_fields(), columns, &is_present)
}

fn write_confusion(weighted: &[Option<&Weighted>]) -> Result<ArrayRef> {
    let lengths = weighted.iter().map(|weighted| weighted.map(|weighted| weighted.confusion.iter().count()));
    let nesting = Nesting::new(lengths)?;
    let cells = || weighted.iter().flatten().flat_map(|weighted| weighted.confusion.iter());
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(cells().map(|cell| cell.0))),
        Arc::new(StringArray::from_iter_values(cells().map(|cell| cell.1))),
        Arc::new(Float64Array::from_iter_values(cells().map(|cell| cell.2.sum))),
        Arc::new(Float64Array::from_iter_values(cells().map(|cell| cell.2.squares))),
    ];
    let items = StructArray::try_new(weighted_confusion_fields(), columns, None);
    nesting.list(Arc::new(items.map_err(|error| defect(&error))?))
}

/// The struct's columns, found once.
pub(super) struct WeightedColumns<'a> {
    all: Typed<'a, StructArray>,
    records: Typed<'a, PrimitiveArray<UInt64Type>>,
    confusion: Typed<'a, ListArray>,
    means: [Typed<'a, ListArray>; WEIGHTED_MEANS.len()],
}

impl<'a> WeightedColumns<'a> {
    pub(super) fn new(all: Typed<'a, StructArray>) -> Result<Self> {
        let mut means = Vec::with_capacity(WEIGHTED_MEANS.len());
        for name in WEIGHTED_MEANS {
            means.push(Typed::find(all.array, name)?);
        }
        Ok(Self {
            records: Typed::find(all.array, "performance.weighted.records")?,
            confusion: Typed::find(all.array, "performance.weighted.confusion")?,
            means: means.try_into().map_err(|_| WireError::Internal("a weighted mean was lost".into()))?,
            all,
        })
    }

    pub(super) fn get(&self, row: usize) -> Result<Option<Box<Weighted>>> {
        if !self.all.is_present(row) {
            return Ok(None);
        }
        let mut weighted = Weighted { records: self.records.get(row)?, ..Weighted::default() };
        let cells = self.confusion.required(row, self.confusion.structs(row)?)?;
        let labels = Typed::<StringArray>::find(&cells, "performance.weighted.confusion.label")?;
        let predicted = Typed::<StringArray>::find(&cells, "performance.weighted.confusion.predicted")?;
        let sums = Typed::<Float64Array>::find(&cells, "performance.weighted.confusion.weight")?;
        let squares = Typed::<Float64Array>::find(&cells, "performance.weighted.confusion.weight_sq")?;
        for at in 0..cells.len() {
            let weights = Weights { sum: sums.get(at)?, squares: squares.get(at)? };
            let weights = self.confusion.check(row, weights.checked())?;
            weighted.confusion.add(labels.get(at)?, predicted.get(at)?, weights);
        }
        for (mean, column) in weighted.means_mut().into_iter().zip(&self.means) {
            let sums = column.required(row, column.numbers::<Float64Type>(row)?)?;
            let found = sums.len();
            let sums = <[f64; 5]>::try_from(sums)
                .map_err(|_| column.refuse(row, format!("must have 5 sums, got {found}")))?;
            *mean = column.check(row, WeightedSums::from_array(sums))?;
        }
        Ok(Some(Box::new(weighted)))
    }
}
