//! The `absolute_errors` struct inside the `weighted` struct of cell rows, both ways.

use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, Float64Array, Int32Array, ListArray, PrimitiveArray, StructArray};
use driftline_sketches::performance::{WeightedErrors, Weights};

use super::nested::{Nesting, defect, structs};
use super::schema::{weighted_error_bucket_fields, weighted_error_fields};
use super::typed::Typed;
use crate::error::Result;

/// The column for all rows.
pub(super) fn write(errors: &[Option<&WeightedErrors>]) -> Result<ArrayRef> {
    let is_present: Vec<bool> = errors.iter().map(Option::is_some).collect();
    let zeros = |of: fn(Weights) -> f64| -> ArrayRef {
        Arc::new(
            errors.iter().map(|errors| errors.map(|errors| of(errors.zeros()))).collect::<Float64Array>(),
        )
    };
    let scales = errors.iter().map(|errors| errors.map(WeightedErrors::scale));
    let columns = vec![
        Arc::new(scales.collect::<Int32Array>()),
        zeros(|weights| weights.sum),
        zeros(|weights| weights.squares),
        write_buckets(errors)?,
    ];
    structs(weighted_error_fields(), columns, &is_present)
}

fn write_buckets(errors: &[Option<&WeightedErrors>]) -> Result<ArrayRef> {
    let nesting = Nesting::new(errors.iter().map(|errors| errors.map(|errors| errors.iter().len())))?;
    let buckets = || errors.iter().flatten().flat_map(|errors| errors.iter());
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int32Array::from_iter_values(buckets().map(|(index, _)| index))),
        Arc::new(Float64Array::from_iter_values(buckets().map(|(_, weights)| weights.sum))),
        Arc::new(Float64Array::from_iter_values(buckets().map(|(_, weights)| weights.squares))),
    ];
    let items = StructArray::try_new(weighted_error_bucket_fields(), columns, None);
    nesting.list(Arc::new(items.map_err(|error| defect(&error))?))
}

/// The struct's columns, found once.
pub(super) struct WeightedErrorColumns<'a> {
    all: Typed<'a, StructArray>,
    scale: Typed<'a, PrimitiveArray<Int32Type>>,
    zero_weight: Typed<'a, Float64Array>,
    zero_weight_sq: Typed<'a, Float64Array>,
    buckets: Typed<'a, ListArray>,
}

impl<'a> WeightedErrorColumns<'a> {
    pub(super) fn new(all: Typed<'a, StructArray>) -> Result<Self> {
        Ok(Self {
            scale: Typed::find(all.array, "performance.weighted.absolute_errors.scale")?,
            zero_weight: Typed::find(all.array, "performance.weighted.absolute_errors.zero_weight")?,
            zero_weight_sq: Typed::find(all.array, "performance.weighted.absolute_errors.zero_weight_sq")?,
            buckets: Typed::find(all.array, "performance.weighted.absolute_errors.buckets")?,
            all,
        })
    }

    /// Without weight in rows that were written together with those of a time that did not know it.
    pub(super) fn get(&self, row: usize) -> Result<WeightedErrors> {
        if !self.all.is_present(row) {
            return Ok(WeightedErrors::default());
        }
        let zeros = Weights { sum: self.zero_weight.get(row)?, squares: self.zero_weight_sq.get(row)? };
        let found = self.buckets.required(row, self.buckets.structs(row)?)?;
        let index = Typed::<Int32Array>::find(&found, "performance.weighted.absolute_errors.buckets.index")?;
        let sum = Typed::<Float64Array>::find(&found, "performance.weighted.absolute_errors.buckets.weight")?;
        let squares =
            Typed::<Float64Array>::find(&found, "performance.weighted.absolute_errors.buckets.weight_sq")?;
        let buckets = (0..found.len())
            .map(|at| Ok((index.get(at)?, Weights { sum: sum.get(at)?, squares: squares.get(at)? })))
            .collect::<Result<Vec<_>>>()?;
        self.all.check(row, WeightedErrors::from_parts(self.scale.get(row)?, zeros, &buckets))
    }
}
