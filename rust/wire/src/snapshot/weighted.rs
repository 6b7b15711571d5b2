//! The `weighted` struct inside the `performance` struct of cell rows, both ways.

use std::sync::Arc;

use arrow_array::types::{Float64Type, UInt64Type};
use arrow_array::{
    Array, ArrayRef, Float64Array, ListArray, PrimitiveArray, StringArray, StructArray, UInt16Array,
    UInt64Array,
};
use driftline_sketches::Performance;
use driftline_sketches::performance::{Weighted, WeightedLabels, WeightedScores, WeightedSums, Weights};

use super::nested::{Nesting, defect, number_lists, structs};
use super::schema::{
    FIRST_WEIGHTED_MEANS, WEIGHTED_MEANS, WEIGHTED_SCORE_SUMS, weighted_confusion_fields, weighted_fields,
    weighted_score_bin_fields,
};
use super::typed::Typed;
use super::weighted_errors::{self, WeightedErrorColumns};
use crate::error::Result;

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
    columns.push(write_scores(&weighted)?);
    let labels = weighted.iter().map(|weighted| weighted.map(|weighted| weighted.labels.to_array().to_vec()));
    columns.push(number_lists::<Float64Type>(labels)?);
    let errors: Vec<_> =
        weighted.iter().map(|weighted| weighted.map(|weighted| &weighted.absolute_errors)).collect();
    columns.push(weighted_errors::write(&errors)?);
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

fn write_scores(weighted: &[Option<&Weighted>]) -> Result<ArrayRef> {
    let lengths = weighted.iter().map(|weighted| weighted.map(|weighted| weighted.scores.iter().len()));
    let nesting = Nesting::new(lengths)?;
    let bins = || weighted.iter().flatten().flat_map(|weighted| weighted.scores.iter());
    let sums = |of: fn(Weights, Weights) -> f64| -> ArrayRef {
        Arc::new(Float64Array::from_iter_values(
            bins().map(|(_, negatives, positives)| of(negatives, positives)),
        ))
    };
    let columns = vec![
        Arc::new(UInt16Array::from_iter_values(bins().map(|bin| bin.0))),
        sums(|negatives, _| negatives.sum),
        sums(|negatives, _| negatives.squares),
        sums(|_, positives| positives.sum),
        sums(|_, positives| positives.squares),
    ];
    let items = StructArray::try_new(weighted_score_bin_fields(), columns, None);
    nesting.list(Arc::new(items.map_err(|error| defect(&error))?))
}

/// The struct's columns, found once.
pub(super) struct WeightedColumns<'a> {
    all: Typed<'a, StructArray>,
    records: Typed<'a, PrimitiveArray<UInt64Type>>,
    confusion: Typed<'a, ListArray>,
    /// Those that came later are absent from older files, as are the scores, the labels and the absolute errors.
    means: Vec<Typed<'a, ListArray>>,
    scores: Option<Typed<'a, ListArray>>,
    labels: Option<Typed<'a, ListArray>>,
    absolute_errors: Option<WeightedErrorColumns<'a>>,
}

impl<'a> WeightedColumns<'a> {
    pub(super) fn new(all: Typed<'a, StructArray>) -> Result<Self> {
        let (first, later) = WEIGHTED_MEANS.split_at(FIRST_WEIGHTED_MEANS);
        let mut means = Vec::with_capacity(WEIGHTED_MEANS.len());
        for name in first {
            means.push(Typed::find(all.array, name)?);
        }
        for name in later {
            means.extend(Typed::find_later(all.array, name)?);
        }
        Ok(Self {
            records: Typed::find(all.array, "performance.weighted.records")?,
            confusion: Typed::find(all.array, "performance.weighted.confusion")?,
            means,
            scores: Typed::find_later(all.array, "performance.weighted.score_bins")?,
            labels: Typed::find_later(all.array, "performance.weighted.labels")?,
            absolute_errors: Typed::find_later(all.array, "performance.weighted.absolute_errors")?
                .map(WeightedErrorColumns::new)
                .transpose()?,
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
            *mean = column.check(row, WeightedSums::from_array(row_of(column, row)?))?;
        }
        if let Some(scores) = &self.scores {
            weighted.scores = read_scores(scores, row)?;
        }
        if let Some(labels) = &self.labels {
            weighted.labels = labels.check(row, WeightedLabels::from_array(row_of(labels, row)?))?;
        }
        if let Some(errors) = &self.absolute_errors {
            weighted.absolute_errors = errors.get(row)?;
        }
        Ok(Some(Box::new(weighted)))
    }
}

/// As many sums as there have to be.
fn row_of<const N: usize>(column: &Typed<'_, ListArray>, row: usize) -> Result<[f64; N]> {
    let sums = column.required(row, column.numbers::<Float64Type>(row)?)?;
    let found = sums.len();
    sums.try_into().map_err(|_| column.refuse(row, format!("must have {N} sums, got {found}")))
}

fn read_scores(column: &Typed<'_, ListArray>, row: usize) -> Result<WeightedScores> {
    let bins = column.required(row, column.structs(row)?)?;
    let bin = Typed::<UInt16Array>::find(&bins, "performance.weighted.score_bins.bin")?;
    let mut sums = Vec::with_capacity(WEIGHTED_SCORE_SUMS.len());
    for name in WEIGHTED_SCORE_SUMS {
        sums.push(Typed::<Float64Array>::find(&bins, name)?);
    }
    let mut scores = WeightedScores::default();
    for at in 0..bins.len() {
        let [negative, negative_square, positive, positive_square] =
            [0, 1, 2, 3].map(|sum| sums[sum].get(at));
        let negatives = Weights { sum: negative?, squares: negative_square? };
        let positives = Weights { sum: positive?, squares: positive_square? };
        column.check(row, scores.add_bin(bin.get(at)?, negatives, positives))?;
    }
    Ok(scores)
}
