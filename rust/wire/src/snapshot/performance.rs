//! The `performance` struct of cell rows, both ways.

use std::sync::Arc;

use arrow_array::types::{Float64Type, UInt16Type, UInt64Type};
use arrow_array::{
    ArrayRef, Float64Array, ListArray, PrimitiveArray, RecordBatch, StringArray, StructArray,
    TimestampNanosecondArray, UInt16Array, UInt64Array,
};
use driftline_engine::snapshot::{SnapshotContent, SnapshotRow};
use driftline_sketches::performance::{Decisions, LossSquares};
use driftline_sketches::{Classification, Performance, ScoreHistogram};

use super::nested::{Nesting, defect, structs};
use super::ranking::{self, RankingColumns};
use super::read::HistogramColumns;
use super::regression::{self, RegressionColumns};
use super::schema::{
    confusion_fields, histogram_fields, performance_fields, predicted_score_bin_fields, retracted_fields,
    score_bin_fields,
};
use super::typed::Typed;
use super::weighted::{self, WeightedColumns};
use super::write::histograms;
use crate::error::Result;

/// The column for all rows.
pub(super) fn write(rows: &[SnapshotRow]) -> Result<ArrayRef> {
    let cells: Vec<Option<&Performance>> = rows
        .iter()
        .map(|row| match &row.content {
            SnapshotContent::Cell { performance, .. } => Some(performance),
            _ => None,
        })
        .collect();
    let retracted: Vec<Option<&Performance>> =
        cells.iter().map(|cell| cell.and_then(|cell| cell.retracted.as_deref())).collect();
    let taken_back = structs(retracted_fields(), write_counts(&retracted)?, &is_present(&retracted))?;
    let mut columns = write_counts(&cells)?;
    columns.push(taken_back);
    columns.push(ranking::write(&cells)?);
    structs(performance_fields(), columns, &is_present(&cells))
}

fn is_present<T>(rows: &[Option<T>]) -> Vec<bool> {
    rows.iter().map(Option::is_some).collect()
}

/// The fields that what was counted and what was taken back have both.
fn write_counts(cells: &[Option<&Performance>]) -> Result<Vec<ArrayRef>> {
    let classes: Vec<Option<&Classification>> =
        cells.iter().map(|cell| cell.and_then(|cell| cell.classification.as_ref())).collect();
    let count = |get: fn(&Performance) -> u64| -> ArrayRef {
        Arc::new(cells.iter().map(|cell| cell.map(get)).collect::<UInt64Array>())
    };
    let sum = |get: fn(&Classification) -> f64| -> ArrayRef {
        Arc::new(classes.iter().map(|class| class.map(get)).collect::<Float64Array>())
    };
    let scores: Vec<Option<&ScoreHistogram>> =
        classes.iter().map(|class| class.and_then(|class| class.scores.as_ref())).collect();
    let out_of_range = scores.iter().map(|scores| scores.map(ScoreHistogram::out_of_range));
    let scored = classes.iter().map(|class| class.map(Classification::scored));
    let squares = |get: fn(LossSquares) -> f64| -> Float64Array {
        classes.iter().map(|class| class.and_then(Classification::squares).map(get)).collect()
    };
    let delays = histograms(cells.iter().map(|cell| cell.map(|cell| &cell.delay)))?;
    let newest = cells.iter().map(|cell| cell.and_then(|cell| cell.newest_label));
    let predicted: Vec<Option<&ScoreHistogram>> =
        cells.iter().map(|cell| cell.and_then(|cell| cell.predicted_scores.as_ref())).collect();
    let predicted_out_of_range = predicted.iter().map(|scores| scores.map(ScoreHistogram::out_of_range));
    Ok(vec![
        count(|cell| cell.predictions),
        count(|cell| cell.labels),
        structs(histogram_fields(), delays, &is_present(cells))?,
        write_confusion(&classes)?,
        write_scores(&scores, score_bin_fields())?,
        Arc::new(out_of_range.collect::<UInt64Array>()),
        sum(Classification::log_loss_sum),
        sum(Classification::brier_sum),
        Arc::new(scored.collect::<UInt64Array>()),
        Arc::new(squares(|squares| squares.log_loss)),
        Arc::new(squares(|squares| squares.brier)),
        count(|cell| cell.decisions.made),
        count(|cell| cell.decisions.positive),
        regression::write(cells)?,
        Arc::new(newest.collect::<TimestampNanosecondArray>().with_timezone("UTC")),
        weighted::write(cells)?,
        write_scores(&predicted, predicted_score_bin_fields())?,
        Arc::new(predicted_out_of_range.collect::<UInt64Array>()),
    ])
}

fn write_confusion(classes: &[Option<&Classification>]) -> Result<ArrayRef> {
    let nesting = Nesting::new(classes.iter().map(|class| class.map(|class| class.confusion().count())))?;
    let counts = || classes.iter().flatten().flat_map(|class| class.confusion());
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(counts().map(|(label, _, _)| label))),
        Arc::new(StringArray::from_iter_values(counts().map(|(_, predicted, _)| predicted))),
        Arc::new(UInt64Array::from_iter_values(counts().map(|(_, _, count)| count))),
    ];
    nesting.list(Arc::new(struct_items(confusion_fields(), columns)?))
}

fn write_scores(scores: &[Option<&ScoreHistogram>], fields: arrow_schema::Fields) -> Result<ArrayRef> {
    let nesting = Nesting::new(scores.iter().map(|scores| scores.map(|scores| scores.iter().count())))?;
    let bins = || scores.iter().flatten().flat_map(|scores| scores.iter());
    let columns: Vec<ArrayRef> = vec![
        Arc::new(UInt16Array::from_iter_values(bins().map(|(bin, _, _)| bin))),
        Arc::new(UInt64Array::from_iter_values(bins().map(|(_, negatives, _)| negatives))),
        Arc::new(UInt64Array::from_iter_values(bins().map(|(_, _, positives)| positives))),
    ];
    nesting.list(Arc::new(struct_items(fields, columns)?))
}

fn struct_items(fields: arrow_schema::Fields, columns: Vec<ArrayRef>) -> Result<StructArray> {
    StructArray::try_new(fields, columns, None).map_err(|error| defect(&error))
}

/// The struct's columns, found once.
pub(super) struct PerformanceColumns<'a> {
    all: Typed<'a, StructArray>,
    predictions: Typed<'a, PrimitiveArray<UInt64Type>>,
    labels: Typed<'a, PrimitiveArray<UInt64Type>>,
    delay: HistogramColumns<'a>,
    confusion: Typed<'a, ListArray>,
    score_bins: Typed<'a, ListArray>,
    score_out_of_range: Typed<'a, PrimitiveArray<UInt64Type>>,
    log_loss_sum: Typed<'a, PrimitiveArray<Float64Type>>,
    brier_sum: Typed<'a, PrimitiveArray<Float64Type>>,
    scored: Typed<'a, PrimitiveArray<UInt64Type>>,
    /// Sums of squared log losses and Brier scores; `None` in rows of a time that did not know them.
    squares: Option<[Typed<'a, PrimitiveArray<Float64Type>>; 2]>,
    /// Decisions and positive ones; `None` in rows of a time that did not know them.
    decisions: Option<[Typed<'a, PrimitiveArray<UInt64Type>>; 2]>,
    regression: RegressionColumns<'a>,
    /// Absent from older files.
    newest_label: Option<Typed<'a, TimestampNanosecondArray>>,
    /// Absent from older files.
    retracted: Option<Box<PerformanceColumns<'a>>>,
    /// `None` in rows of a time that did not know weights.
    weighted: Option<WeightedColumns<'a>>,
    /// Scores of all predictions: bins, and those out of range; `None` in rows of a time that did not know them.
    predicted_scores: Option<(Typed<'a, ListArray>, Typed<'a, PrimitiveArray<UInt64Type>>)>,
    /// `None` in rows of a time that did not know lists, and in what was taken back.
    ranking: Option<RankingColumns<'a>>,
}

impl<'a> PerformanceColumns<'a> {
    pub(super) fn new(batch: &'a RecordBatch) -> Result<Self> {
        Self::of(Typed::<StructArray>::find(batch, "performance")?)
    }

    /// Errors in what was taken back name the fields of what was counted.
    fn of(all: Typed<'a, StructArray>) -> Result<Self> {
        let delay = Typed::<StructArray>::find(all.array, "performance.delay")?;
        let delay_paths = [
            "performance.delay.scale",
            "performance.delay.zero_count",
            "performance.delay.pos",
            "performance.delay.neg",
        ];
        Ok(Self {
            predictions: Typed::find(all.array, "performance.predictions")?,
            labels: Typed::find(all.array, "performance.labels")?,
            delay: HistogramColumns::find(delay.array, delay_paths)?,
            confusion: Typed::find(all.array, "performance.confusion")?,
            score_bins: Typed::find(all.array, "performance.score_bins")?,
            score_out_of_range: Typed::find(all.array, "performance.score_out_of_range")?,
            log_loss_sum: Typed::find(all.array, "performance.log_loss_sum")?,
            brier_sum: Typed::find(all.array, "performance.brier_sum")?,
            scored: Typed::find(all.array, "performance.scored")?,
            squares: match Typed::find_later(all.array, "performance.log_loss_sum_sq")? {
                Some(log_loss) => Some([log_loss, Typed::find(all.array, "performance.brier_sum_sq")?]),
                None => None,
            },
            decisions: match Typed::find_later(all.array, "performance.decisions")? {
                Some(made) => Some([made, Typed::find(all.array, "performance.positive_decisions")?]),
                None => None,
            },
            regression: RegressionColumns::new(all.array)?,
            newest_label: Typed::find_later(all.array, "performance.newest_label")?,
            retracted: match Typed::<StructArray>::find_later(all.array, "performance.retracted")? {
                Some(retracted) => Some(Box::new(Self::of(retracted)?)),
                None => None,
            },
            weighted: Typed::find_later(all.array, "performance.weighted")?
                .map(WeightedColumns::new)
                .transpose()?,
            predicted_scores: match Typed::find_later(all.array, "performance.predicted_score_bins")? {
                Some(bins) => {
                    Some((bins, Typed::find(all.array, "performance.predicted_score_out_of_range")?))
                }
                None => None,
            },
            ranking: Typed::find_later(all.array, "performance.ranking")?
                .map(RankingColumns::new)
                .transpose()?,
            all,
        })
    }

    /// The counts of a cell's row.
    pub(super) fn get(&self, row: usize) -> Result<Performance> {
        self.all.required(row, self.all.is_present(row).then_some(()))?;
        Ok(Performance {
            predictions: self.predictions.get(row)?,
            decisions: self.decisions(row)?,
            labels: self.labels.get(row)?,
            delay: self.delay.get(row)?,
            classification: self.classification(row)?,
            regression: self.regression.get(row)?,
            newest_label: self.newest_label.as_ref().and_then(|newest| newest.optional(row)),
            retracted: match self.retracted.as_ref().filter(|retracted| retracted.all.is_present(row)) {
                Some(retracted) => Some(Box::new(retracted.get(row)?)),
                None => None,
            },
            weighted: self.weighted.as_ref().map(|weighted| weighted.get(row)).transpose()?.flatten(),
            predicted_scores: self.predicted_scores(row)?,
            ranking: self.ranking.as_ref().map(|ranking| ranking.get(row)).transpose()?.flatten(),
        })
    }

    fn classification(&self, row: usize) -> Result<Option<Classification>> {
        let Some(counts) = self.confusion.structs(row)? else { return Ok(None) };
        let labels = Typed::<StringArray>::find(&counts, "performance.confusion.label")?;
        let predicted = Typed::<StringArray>::find(&counts, "performance.confusion.predicted")?;
        let count = Typed::<UInt64Array>::find(&counts, "performance.confusion.count")?;
        let confusion = (0..arrow_array::Array::len(&counts))
            .map(|at| Ok((labels.get(at)?.to_owned(), predicted.get(at)?.to_owned(), count.get(at)?)))
            .collect::<Result<Vec<_>>>()?;
        let classification = Classification::from_parts(
            confusion,
            read_scores(&self.score_bins, &self.score_out_of_range, SCORE_BINS, row)?,
            self.log_loss_sum.get(row)?,
            self.brier_sum.get(row)?,
            self.scored.get(row)?,
            self.squares(row),
        );
        self.confusion.check(row, classification).map(Some)
    }

    fn decisions(&self, row: usize) -> Result<Decisions> {
        let Some([made, positive]) = &self.decisions else { return Ok(Decisions::default()) };
        let found = Decisions {
            made: made.optional(row).unwrap_or_default(),
            positive: positive.optional(row).unwrap_or_default(),
        };
        if found.positive > found.made {
            let message = format!("must be at most all decisions, {}, got {}", found.made, found.positive);
            return Err(positive.refuse(row, message));
        }
        Ok(found)
    }

    fn squares(&self, row: usize) -> Option<LossSquares> {
        let [log_loss, brier] = self.squares.as_ref()?;
        Some(LossSquares { log_loss: log_loss.optional(row)?, brier: brier.optional(row)? })
    }

    fn predicted_scores(&self, row: usize) -> Result<Option<ScoreHistogram>> {
        let Some((bins, out_of_range)) = &self.predicted_scores else { return Ok(None) };
        read_scores(bins, out_of_range, PREDICTED_SCORE_BINS, row)
    }
}

/// Paths of a score bin and of its two counts.
type ScoreBinPaths = [&'static str; 3];

const SCORE_BINS: ScoreBinPaths =
    ["performance.score_bins.bin", "performance.score_bins.negatives", "performance.score_bins.positives"];
const PREDICTED_SCORE_BINS: ScoreBinPaths = [
    "performance.predicted_score_bins.bin",
    "performance.predicted_score_bins.negative",
    "performance.predicted_score_bins.positive",
];

fn read_scores(
    list: &Typed<'_, ListArray>,
    out_of_range: &Typed<'_, PrimitiveArray<UInt64Type>>,
    paths: ScoreBinPaths,
    row: usize,
) -> Result<Option<ScoreHistogram>> {
    let Some(bins) = list.structs(row)? else { return Ok(None) };
    let bin = Typed::<PrimitiveArray<UInt16Type>>::find(&bins, paths[0])?;
    let [negatives, positives] = [paths[1], paths[2]].map(|path| Typed::<UInt64Array>::find(&bins, path));
    let (negatives, positives) = (negatives?, positives?);
    let parts = (0..arrow_array::Array::len(&bins))
        .map(|at| Ok((bin.get(at)?, negatives.get(at)?, positives.get(at)?)))
        .collect::<Result<Vec<_>>>()?;
    let scores = ScoreHistogram::from_parts(parts, out_of_range.get(row)?);
    list.check(row, scores).map(Some)
}
