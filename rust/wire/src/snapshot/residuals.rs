//! The `residuals` struct inside the `regression` struct of cell rows, both ways.

use std::sync::Arc;

use arrow_array::types::{UInt16Type, UInt64Type};
use arrow_array::{ArrayRef, ListArray, PrimitiveArray, StructArray, UInt16Array};
use driftline_sketches::Regression;
use driftline_sketches::performance::Residuals;

use super::nested::{number_lists, structs};
use super::schema::residual_fields;
use super::typed::Typed;
use crate::error::Result;

/// The column for all rows.
pub(super) fn write(regressions: &[Option<&Regression>]) -> Result<ArrayRef> {
    let residuals: Vec<Option<&Residuals>> =
        regressions.iter().map(|regression| regression.and_then(|of| of.residuals.as_ref())).collect();
    let is_present: Vec<bool> = residuals.iter().map(Option::is_some).collect();
    let bins = |bin: fn((u16, u16, u64)) -> u16| {
        number_lists::<UInt16Type>(residuals.iter().map(|of| of.map(|of| of.iter().map(bin).collect())))
    };
    let levels = residuals.iter().map(|of| of.map(|of| u16::from(of.level())));
    let counts = residuals.iter().map(|of| of.map(|of| of.iter().map(|cell| cell.2).collect()));
    let columns: Vec<ArrayRef> = vec![
        Arc::new(levels.collect::<UInt16Array>()),
        bins(|cell| cell.0)?,
        bins(|cell| cell.1)?,
        number_lists::<UInt64Type>(counts)?,
    ];
    structs(residual_fields(), columns, &is_present)
}

/// The struct's columns, found once.
pub(super) struct ResidualColumns<'a> {
    all: Typed<'a, StructArray>,
    level: Typed<'a, PrimitiveArray<UInt16Type>>,
    predictions: Typed<'a, ListArray>,
    errors: Typed<'a, ListArray>,
    counts: Typed<'a, ListArray>,
}

impl<'a> ResidualColumns<'a> {
    pub(super) fn new(all: Typed<'a, StructArray>) -> Result<Self> {
        Ok(Self {
            level: Typed::find(all.array, "performance.regression.residuals.level")?,
            predictions: Typed::find(all.array, "performance.regression.residuals.predictions")?,
            errors: Typed::find(all.array, "performance.regression.residuals.errors")?,
            counts: Typed::find(all.array, "performance.regression.residuals.counts")?,
            all,
        })
    }

    pub(super) fn get(&self, row: usize) -> Result<Option<Residuals>> {
        if !self.all.is_present(row) {
            return Ok(None);
        }
        let bins = |column: &Typed<'_, ListArray>| column.required(row, column.numbers::<UInt16Type>(row)?);
        let (predictions, errors) = (bins(&self.predictions)?, bins(&self.errors)?);
        let counts = self.counts.required(row, self.counts.numbers::<UInt64Type>(row)?)?;
        if predictions.len() != counts.len() || errors.len() != counts.len() {
            let lengths = (predictions.len(), errors.len(), counts.len());
            return Err(self
                .all
                .refuse(row, format!("must have three lists of one length, got {lengths:?}")));
        }
        let level = u8::try_from(self.level.get(row)?).unwrap_or(u8::MAX);
        let cells = predictions.into_iter().zip(errors).zip(counts);
        let cells = cells.map(|((prediction, error), count)| (prediction, error, count));
        self.all.check(row, Residuals::from_parts(level, cells)).map(Some)
    }
}
