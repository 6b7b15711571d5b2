//! The `regression` struct inside the `performance` struct of cell rows, both ways.

use std::sync::Arc;

use arrow_array::types::{Float64Type, UInt64Type};
use arrow_array::{ArrayRef, Float64Array, PrimitiveArray, StructArray, UInt64Array};
use driftline_sketches::performance::{ErrorSpread, LabelPowers, LossSums};
use driftline_sketches::{Moments, Performance, Regression};

use super::nested::structs;
use super::read::{HistogramColumns, MomentColumns};
use super::residuals::{self, ResidualColumns};
use super::schema::{SPREAD_SUMS, histogram_fields, regression_fields, spread_fields};
use super::typed::Typed;
use super::write::histograms;
use crate::error::{Result, WireError};

/// The column for all rows.
pub(super) fn write(cells: &[Option<&Performance>]) -> Result<ArrayRef> {
    let regressions: Vec<Option<&Regression>> =
        cells.iter().map(|cell| cell.and_then(|cell| cell.regression.as_ref())).collect();
    let is_present: Vec<bool> = regressions.iter().map(Option::is_some).collect();
    let count = |get: fn(&Regression) -> u64| -> ArrayRef {
        Arc::new(regressions.iter().map(|regression| regression.map(get)).collect::<UInt64Array>())
    };
    let float = |get: &dyn Fn(&Regression) -> Option<f64>| -> ArrayRef {
        Arc::new(regressions.iter().map(|regression| regression.and_then(get)).collect::<Float64Array>())
    };
    let mut columns = vec![
        count(Regression::count),
        count(|regression| regression.skipped),
        float(&|regression| Some(regression.sum_abs_error)),
    ];
    let of: [fn(&Regression) -> &Moments; 2] =
        [|regression| &regression.error, |regression| &regression.label];
    for moments in of {
        columns.push(float(&|regression| moments(regression).mean()));
        columns.push(float(&|regression| Some(moments(regression).sum_sq_dev())));
        columns.push(float(&|regression| moments(regression).min()));
        columns.push(float(&|regression| moments(regression).max()));
    }
    columns.push(write_spread(&regressions)?);
    columns.push(residuals::write(&regressions)?);
    structs(regression_fields(), columns, &is_present)
}

fn write_spread(regressions: &[Option<&Regression>]) -> Result<ArrayRef> {
    let spreads: Vec<Option<&ErrorSpread>> =
        regressions.iter().map(|regression| regression.and_then(|of| of.spread.as_ref())).collect();
    let is_present: Vec<bool> = spreads.iter().map(Option::is_some).collect();
    let absolute = histograms(spreads.iter().map(|spread| spread.map(|spread| &spread.absolute)))?;
    let zero_labels = spreads.iter().map(|spread| spread.map(|spread| spread.zero_labels));
    let mut columns: Vec<ArrayRef> = vec![
        structs(histogram_fields(), absolute, &is_present)?,
        Arc::new(zero_labels.collect::<UInt64Array>()),
    ];
    let sums: Vec<_> = spreads.iter().map(|spread| spread.map(sums)).collect();
    for number in 0..SPREAD_SUMS.len() {
        columns
            .push(Arc::new(sums.iter().map(|sums| sums.map(|sums| sums[number])).collect::<Float64Array>()));
    }
    structs(spread_fields(), columns, &is_present)
}

/// In the order of [`SPREAD_SUMS`].
fn sums(spread: &ErrorSpread) -> [f64; SPREAD_SUMS.len()] {
    let (percentage, symmetric, labels) = (spread.percentage, spread.symmetric, &spread.labels);
    let [second, third, fourth] = labels.powers;
    let [squares, by_deviation, by_square] = labels.by_error;
    [
        percentage.sum,
        percentage.squares,
        symmetric.sum,
        symmetric.squares,
        spread.fourth_power_sum,
        labels.mean,
        second,
        third,
        fourth,
        squares,
        by_deviation,
        by_square,
    ]
}

/// The struct's columns, found once.
pub(super) struct RegressionColumns<'a> {
    all: Typed<'a, StructArray>,
    count: Typed<'a, PrimitiveArray<UInt64Type>>,
    skipped: Typed<'a, PrimitiveArray<UInt64Type>>,
    sum_abs_error: Typed<'a, PrimitiveArray<Float64Type>>,
    error: MomentColumns<'a>,
    label: MomentColumns<'a>,
    /// `None` in rows of a time that did not know it.
    spread: Option<SpreadColumns<'a>>,
    /// The same.
    residuals: Option<ResidualColumns<'a>>,
}

impl<'a> RegressionColumns<'a> {
    pub(super) fn new(performance: &'a StructArray) -> Result<Self> {
        let all = Typed::<StructArray>::find(performance, "performance.regression")?;
        let error_paths = [
            "performance.regression.error_mean",
            "performance.regression.error_sum_sq_dev",
            "performance.regression.error_min",
            "performance.regression.error_max",
        ];
        let label_paths = [
            "performance.regression.label_mean",
            "performance.regression.label_sum_sq_dev",
            "performance.regression.label_min",
            "performance.regression.label_max",
        ];
        Ok(Self {
            count: Typed::find(all.array, "performance.regression.count")?,
            skipped: Typed::find(all.array, "performance.regression.skipped")?,
            sum_abs_error: Typed::find(all.array, "performance.regression.sum_abs_error")?,
            error: MomentColumns::find(all.array, error_paths)?,
            label: MomentColumns::find(all.array, label_paths)?,
            spread: Typed::find_later(all.array, "performance.regression.spread")?
                .map(SpreadColumns::new)
                .transpose()?,
            residuals: Typed::find_later(all.array, "performance.regression.residuals")?
                .map(ResidualColumns::new)
                .transpose()?,
            all,
        })
    }

    /// Quality of predicted numbers, where there are any.
    pub(super) fn get(&self, row: usize) -> Result<Option<Regression>> {
        if !self.all.is_present(row) {
            return Ok(None);
        }
        let count = self.count.get(row)?;
        let spread = self.spread.as_ref().map(|spread| spread.get(row, count)).transpose()?.flatten();
        let residuals = self.residuals.as_ref().map(|residuals| residuals.get(row)).transpose()?.flatten();
        let regression = Regression::from_parts(
            self.error.get(row, count)?,
            self.label.get(row, count)?,
            self.sum_abs_error.get(row)?,
            self.skipped.get(row)?,
            spread,
            residuals,
        );
        self.all.check(row, regression).map(Some)
    }
}

struct SpreadColumns<'a> {
    all: Typed<'a, StructArray>,
    absolute: HistogramColumns<'a>,
    zero_labels: Typed<'a, PrimitiveArray<UInt64Type>>,
    sums: [Typed<'a, PrimitiveArray<Float64Type>>; SPREAD_SUMS.len()],
}

impl<'a> SpreadColumns<'a> {
    fn new(all: Typed<'a, StructArray>) -> Result<Self> {
        let absolute = Typed::<StructArray>::find(all.array, "performance.regression.spread.absolute")?;
        let absolute_paths = [
            "performance.regression.spread.absolute.scale",
            "performance.regression.spread.absolute.zero_count",
            "performance.regression.spread.absolute.pos",
            "performance.regression.spread.absolute.neg",
        ];
        let mut sums = Vec::with_capacity(SPREAD_SUMS.len());
        for name in SPREAD_SUMS {
            sums.push(Typed::find(all.array, name)?);
        }
        let sums = sums.try_into().map_err(|_| WireError::Internal("a sum of the spread was lost".into()))?;
        Ok(Self {
            absolute: HistogramColumns::find(absolute.array, absolute_paths)?,
            zero_labels: Typed::find(all.array, "performance.regression.spread.zero_labels")?,
            sums,
            all,
        })
    }

    fn get(&self, row: usize, count: u64) -> Result<Option<ErrorSpread>> {
        if !self.all.is_present(row) {
            return Ok(None);
        }
        let mut sums = [0.0; SPREAD_SUMS.len()];
        for (sum, column) in sums.iter_mut().zip(&self.sums) {
            *sum = column.get(row)?;
        }
        let [
            ape,
            ape_squares,
            sape,
            sape_squares,
            fourth_power_sum,
            mean,
            powers @ ..,
            squares,
            by,
            by_square,
        ] = sums;
        Ok(Some(ErrorSpread {
            absolute: self.absolute.get(row)?,
            percentage: LossSums { sum: ape, squares: ape_squares },
            zero_labels: self.zero_labels.get(row)?,
            symmetric: LossSums { sum: sape, squares: sape_squares },
            fourth_power_sum,
            labels: LabelPowers::from_parts(count, mean, powers, [squares, by, by_square]),
        }))
    }
}
