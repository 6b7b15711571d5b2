//! Predictions and labels that wait for each other, as Arrow, to be kept beside the snapshot rows.
//!
//! One row an entry: `model`, `version`, `id` (hash of the prediction id), `outcome_kind`, `outcome`, `is_label`,
//! `time`, `waits_since` (of a label), `score`, `weight`, `labelled` and the label that a prediction has (`truth_kind`,
//! `truth`, `truth_time`; older files lack these and `weight`), and the segments of a prediction as three lists of one length: number of the
//! segment, column, value. The segment of all records has a number and no pair. Of a prediction that is an item of a list
//! `query`, the hash of the query id; lists themselves: see [`super::waiting_query`]; who gave a label:
//! [`super::label_sources`].

use std::sync::Arc;

use arrow_array::types::UInt32Type;
use arrow_array::{
    Array, ArrayRef, BooleanArray, Float64Array, Int64Array, ListArray, RecordBatch, StringArray,
    UInt32Array, UInt64Array,
};
use driftline_engine::pending::{PendingEntry, Waiting, WaitingTruth};
use driftline_engine::segment::Segment;

use super::label_sources::{self, SourceColumns};
use super::nested::{defect, number_lists, text_lists};
use super::typed::Typed;
use super::waiting_query::{self, QueryColumns};
use crate::error::Result;

/// Entries as one record batch.
///
/// # Errors
/// `Limit` if they hold more segments than Arrow's 32-bit offsets count.
pub fn to_record_batch(entries: &[PendingEntry]) -> Result<RecordBatch> {
    let text = |get: fn(&PendingEntry) -> &str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(entries.iter().map(get)))
    };
    let pairs: Vec<Vec<(u32, &str, &str)>> = entries.iter().map(|entry| pairs(&entry.waits)).collect();
    let numbers = pairs.iter().map(|pairs| Some(pairs.iter().map(|pair| pair.0).collect()));
    let columns = pairs.iter().map(|pairs| Some(pairs.iter().map(|pair| pair.1).collect()));
    let values = pairs.iter().map(|pairs| Some(pairs.iter().map(|pair| pair.2).collect()));
    let fields: Vec<(&str, ArrayRef)> = vec![
        ("model", text(|entry| &entry.model)),
        ("version", text(|entry| &entry.version)),
        ("id", Arc::new(UInt64Array::from_iter_values(entries.iter().map(|entry| entry.id)))),
        ("outcome_kind", text(|entry| &entry.outcome.0)),
        ("outcome", text(|entry| &entry.outcome.1)),
        ("is_label", flags(entries, |waits| matches!(waits, Waiting::Label { .. }))),
        (
            "time",
            times(entries, |waits| match waits {
                Waiting::Prediction { time, .. } => Some(*time),
                Waiting::Label { time, .. } => *time,
                Waiting::Query(_) => None,
            }),
        ),
        (
            "waits_since",
            times(entries, |waits| match waits {
                Waiting::Label { waits_since, .. } => Some(*waits_since),
                Waiting::Prediction { .. } | Waiting::Query(_) => None,
            }),
        ),
        ("score", Arc::new(entries.iter().map(score).collect::<Float64Array>())),
        ("weight", Arc::new(entries.iter().map(weight).collect::<Float64Array>())),
        ("labelled", flags(entries, |waits| truth_of(waits).is_some())),
        ("truth_kind", truths(entries, |(kind, _)| kind)),
        ("truth", truths(entries, |(_, text)| text)),
        ("truth_time", times(entries, |waits| truth_of(waits).and_then(|truth| truth.time))),
        (
            "segments",
            Arc::new(entries.iter().map(|entry| segment_count(&entry.waits)).collect::<UInt32Array>()),
        ),
        ("segment_number", number_lists::<UInt32Type>(numbers)?),
        ("segment_column", text_lists(columns)?),
        ("segment_value", text_lists(values)?),
        ("query", Arc::new(entries.iter().map(query).collect::<UInt64Array>())),
    ];
    let fields = [fields, waiting_query::write(entries)?, label_sources::write(entries)?].concat();
    // One schema, whether or not there are nulls among these: entries are written some at a time.
    let fields = fields.into_iter().map(|(name, array)| (name, array, true));
    RecordBatch::try_from_iter_with_nullable(fields).map_err(|error| defect(&error))
}

fn flags(entries: &[PendingEntry], get: impl Fn(&Waiting) -> bool) -> ArrayRef {
    Arc::new(entries.iter().map(|entry| Some(get(&entry.waits))).collect::<BooleanArray>())
}

fn times(entries: &[PendingEntry], get: impl Fn(&Waiting) -> Option<i64>) -> ArrayRef {
    Arc::new(entries.iter().map(|entry| get(&entry.waits)).collect::<Int64Array>())
}

fn score(entry: &PendingEntry) -> Option<f64> {
    match entry.waits {
        Waiting::Prediction { score, .. } if !score.is_nan() => Some(score),
        _ => None,
    }
}

fn weight(entry: &PendingEntry) -> Option<f64> {
    match entry.waits {
        Waiting::Prediction { weight, .. } => weight,
        Waiting::Label { .. } | Waiting::Query(_) => None,
    }
}

fn query(entry: &PendingEntry) -> Option<u64> {
    match entry.waits {
        Waiting::Prediction { query, .. } => query,
        Waiting::Label { .. } | Waiting::Query(_) => None,
    }
}

/// The label that a prediction has.
fn truth_of(waits: &Waiting) -> Option<&WaitingTruth> {
    match waits {
        Waiting::Prediction { label, .. } => label.as_ref(),
        Waiting::Label { .. } | Waiting::Query(_) => None,
    }
}

fn truths(entries: &[PendingEntry], get: fn(&(String, String)) -> &String) -> ArrayRef {
    let outcomes =
        entries.iter().map(|entry| truth_of(&entry.waits).and_then(|truth| truth.outcome.as_ref()));
    Arc::new(outcomes.map(|outcome| outcome.map(get)).collect::<StringArray>())
}

fn segment_count(waits: &Waiting) -> Option<u32> {
    segments_of(waits).map(|segments| segments.len() as u32)
}

fn segments_of(waits: &Waiting) -> Option<&[Segment]> {
    match waits {
        Waiting::Prediction { segments, .. } => Some(segments),
        Waiting::Query(query) => Some(&query.segments),
        Waiting::Label { .. } => None,
    }
}

fn pairs(waits: &Waiting) -> Vec<(u32, &str, &str)> {
    let numbered = segments_of(waits).unwrap_or_default().iter().zip(0..);
    numbered
        .flat_map(|(segment, number)| {
            segment.iter().map(move |(column, value)| (number, column.as_str(), value.as_str()))
        })
        .collect()
}

/// Columns of the record batch, found once.
struct Reader<'a> {
    model: Typed<'a, StringArray>,
    version: Typed<'a, StringArray>,
    id: Typed<'a, UInt64Array>,
    outcome_kind: Typed<'a, StringArray>,
    outcome: Typed<'a, StringArray>,
    is_label: Typed<'a, BooleanArray>,
    time: Typed<'a, Int64Array>,
    waits_since: Typed<'a, Int64Array>,
    score: Typed<'a, Float64Array>,
    /// Absent from older files.
    weight: Option<Typed<'a, Float64Array>>,
    labelled: Typed<'a, BooleanArray>,
    truth: Option<TruthColumns<'a>>,
    segments: Typed<'a, UInt32Array>,
    segment_number: Typed<'a, ListArray>,
    segment_column: Typed<'a, ListArray>,
    segment_value: Typed<'a, ListArray>,
    /// These two are absent from files of a time that did not know lists.
    query: Option<Typed<'a, UInt64Array>>,
    queries: Option<QueryColumns<'a>>,
    /// Absent from older files.
    sources: Option<SourceColumns<'a>>,
}

/// The label that a prediction has.
struct TruthColumns<'a> {
    kind: Typed<'a, StringArray>,
    text: Typed<'a, StringArray>,
    time: Typed<'a, Int64Array>,
}

impl<'a> TruthColumns<'a> {
    /// `None` in files of before labels could be corrected.
    fn find(batch: &'a RecordBatch) -> Result<Option<Self>> {
        let Some(kind) = Typed::find_later(batch, "truth_kind")? else { return Ok(None) };
        Ok(Some(Self { kind, text: Typed::find(batch, "truth")?, time: Typed::find(batch, "truth_time")? }))
    }

    fn get(&self, row: usize) -> Result<WaitingTruth> {
        let outcome = match self.kind.optional(row) {
            Some(kind) => Some((kind.to_owned(), self.text.get(row)?.to_owned())),
            None => None,
        };
        Ok(WaitingTruth { outcome, time: self.time.optional(row) })
    }
}

/// The entries that [`to_record_batch`] wrote.
///
/// # Errors
/// `Schema` for a missing column or a wrong type, `SnapshotRow` for content that no entry has.
pub fn from_record_batch(batch: &RecordBatch) -> Result<Vec<PendingEntry>> {
    let reader = Reader {
        model: Typed::find(batch, "model")?,
        version: Typed::find(batch, "version")?,
        id: Typed::find(batch, "id")?,
        outcome_kind: Typed::find(batch, "outcome_kind")?,
        outcome: Typed::find(batch, "outcome")?,
        is_label: Typed::find(batch, "is_label")?,
        time: Typed::find(batch, "time")?,
        waits_since: Typed::find(batch, "waits_since")?,
        score: Typed::find(batch, "score")?,
        weight: Typed::find_later(batch, "weight")?,
        labelled: Typed::find(batch, "labelled")?,
        truth: TruthColumns::find(batch)?,
        segments: Typed::find(batch, "segments")?,
        segment_number: Typed::find(batch, "segment_number")?,
        segment_column: Typed::find(batch, "segment_column")?,
        segment_value: Typed::find(batch, "segment_value")?,
        query: Typed::find_later(batch, "query")?,
        queries: QueryColumns::find(batch)?,
        sources: SourceColumns::find(batch)?,
    };
    (0..batch.num_rows()).map(|row| reader.entry(row)).collect()
}

impl Reader<'_> {
    fn entry(&self, row: usize) -> Result<PendingEntry> {
        let queries = self.queries.as_ref().filter(|queries| queries.is_present(row));
        let waits = if let Some(queries) = queries {
            Waiting::Query(queries.get(row, self.segments(row)?)?)
        } else if self.is_label.array.is_valid(row) && self.is_label.array.value(row) {
            let sources = self.sources.as_ref();
            Waiting::Label {
                time: self.time.optional(row),
                waits_since: self.waits_since.get(row)?,
                source: sources.and_then(|sources| sources.source(row)),
                corrected: sources.map_or(Ok(Vec::new()), |sources| sources.corrected(row))?,
            }
        } else {
            Waiting::Prediction {
                time: self.time.get(row)?,
                score: self.score.optional(row).unwrap_or(f64::NAN),
                weight: self.weight(row)?,
                label: self.label(row)?,
                query: self.query.as_ref().and_then(|query| query.optional(row)),
                segments: self.segments(row)?,
            }
        };
        Ok(PendingEntry {
            model: self.model.get(row)?.to_owned(),
            version: self.version.get(row)?.to_owned(),
            id: self.id.get(row)?,
            outcome: (self.outcome_kind.get(row)?.to_owned(), self.outcome.get(row)?.to_owned()),
            waits,
        })
    }

    fn weight(&self, row: usize) -> Result<Option<f64>> {
        let Some(column) = &self.weight else { return Ok(None) };
        match column.optional(row) {
            Some(weight) if !(0.0..f64::INFINITY).contains(&weight) => {
                Err(column.refuse(row, format!("must be at least 0 and finite, got {weight}")))
            }
            found => Ok(found),
        }
    }

    fn label(&self, row: usize) -> Result<Option<WaitingTruth>> {
        let is_labelled = self.labelled.array.is_valid(row) && self.labelled.array.value(row);
        match &self.truth {
            Some(truth) if is_labelled => truth.get(row).map(Some),
            _ => Ok(is_labelled.then_some(WaitingTruth { outcome: None, time: None })),
        }
    }

    fn segments(&self, row: usize) -> Result<Vec<Segment>> {
        const MOST_SEGMENTS: u32 = 64;
        let count = self.segments.get(row)?;
        if count > MOST_SEGMENTS {
            let message = format!("must be at most {MOST_SEGMENTS}, got {count}");
            return Err(self.segments.refuse(row, message));
        }
        let mut segments = vec![Segment::new(); count as usize];
        let numbers = self.segment_number.numbers::<UInt32Type>(row)?.unwrap_or_default();
        let columns = self.segment_column.texts(row)?.unwrap_or_default();
        let values = self.segment_value.texts(row)?.unwrap_or_default();
        if numbers.len() != columns.len() || numbers.len() != values.len() {
            return Err(self
                .segment_number
                .refuse(row, "must be as long as segment_column and segment_value"));
        }
        for ((number, column), value) in numbers.into_iter().zip(columns).zip(values) {
            let segment = segments.get_mut(number as usize).ok_or_else(|| {
                self.segment_number.refuse(row, format!("must be below {count}, got {number}"))
            })?;
            segment.push((column, value));
        }
        Ok(segments)
    }
}

#[cfg(test)]
mod tests {
    use driftline_engine::ranking::{QueryItem, WaitingQuery};

    use super::*;

    fn entry(id: u64, waits: Waiting) -> PendingEntry {
        let outcome = ("integer".to_owned(), "1".to_owned());
        PendingEntry { model: "m".into(), version: "1".into(), id, outcome, waits }
    }

    fn item(id: u64, score: f64, relevance: Option<f64>) -> QueryItem {
        QueryItem { id, score, relevance }
    }

    fn query(items: Vec<QueryItem>, segments: Vec<Segment>) -> Waiting {
        Waiting::Query(WaitingQuery { window: -60, is_first: true, rules: 7, items, segments })
    }

    #[test]
    fn entries_come_back_as_they_were() -> Result<()> {
        let pair = |value: &str| vec![("carrier".to_owned(), value.to_owned())];
        let entries = vec![
            entry(
                1,
                Waiting::Prediction {
                    time: -5,
                    score: 0.25,
                    weight: Some(1.5),
                    label: Some(WaitingTruth {
                        outcome: Some(("class".to_owned(), "fraud".to_owned())),
                        time: Some(8),
                    }),
                    query: Some(u64::MAX),
                    segments: vec![vec![], pair("AA"), pair("")],
                },
            ),
            entry(
                5,
                query(vec![item(0, f64::INFINITY, None), item(4, -1.5, Some(0.0))], vec![vec![], pair("AA")]),
            ),
            entry(6, query(vec![], vec![])),
            entry(u64::MAX, Waiting::Label { time: None, waits_since: 7, source: None, corrected: vec![] }),
            entry(3, Waiting::Label { time: Some(1), waits_since: 7, source: None, corrected: vec![] }),
        ];
        assert_eq!(from_record_batch(&to_record_batch(&entries)?)?, entries);
        assert_eq!(from_record_batch(&to_record_batch(&[])?)?, []);
        Ok(())
    }

    #[test]
    fn a_score_that_is_missing_stays_missing() -> Result<()> {
        let prediction = Waiting::Prediction {
            time: 0,
            score: f64::NAN,
            weight: None,
            label: None,
            query: None,
            segments: vec![],
        };
        let back = from_record_batch(&to_record_batch(&[entry(1, prediction)])?)?;
        assert!(matches!(back[0].waits, Waiting::Prediction { score, .. } if score.is_nan()));
        Ok(())
    }

    #[test]
    fn a_file_of_before_corrections_says_only_that_there_is_a_label() -> Result<()> {
        let truth = WaitingTruth { outcome: Some(("integer".to_owned(), "1".to_owned())), time: Some(8) };
        let predictions = [None, Some(truth)].map(|label| {
            entry(
                1,
                Waiting::Prediction {
                    time: 0,
                    score: 0.5,
                    weight: None,
                    label,
                    query: None,
                    segments: vec![vec![]],
                },
            )
        });
        let mut batch = to_record_batch(&predictions)?;
        for name in ["truth_kind", "truth", "truth_time"] {
            let index = batch.schema().index_of(name).map_err(|error| defect(&error))?;
            batch.remove_column(index);
        }
        let labels: Vec<_> =
            from_record_batch(&batch)?.iter().map(|entry| truth_of(&entry.waits).cloned()).collect();
        assert_eq!(labels, [None, Some(WaitingTruth { outcome: None, time: None })]);
        Ok(())
    }

    #[test]
    fn a_file_of_before_lists_has_none() -> Result<()> {
        let prediction = |query| Waiting::Prediction {
            time: 0,
            score: 0.5,
            weight: None,
            label: None,
            query,
            segments: vec![],
        };
        let mut batch = to_record_batch(&[entry(1, prediction(Some(9)))])?;
        for name in ["query", "query_window", "query_is_first", "query_rules"] {
            let index = batch.schema().index_of(name).map_err(|error| defect(&error))?;
            batch.remove_column(index);
        }
        assert_eq!(from_record_batch(&batch)?, [entry(1, prediction(None))]);
        Ok(())
    }

    #[test]
    fn items_that_no_list_has_are_refused() -> Result<()> {
        for (wrong, said) in [
            (item(1, f64::NAN, None), "item_score"),
            (item(1, 0.5, Some(-1.0)), "item_relevance"),
            (item(1, 0.5, Some(f64::INFINITY)), "item_relevance"),
        ] {
            let batch = to_record_batch(&[entry(1, query(vec![wrong], vec![vec![]]))])?;
            let refusal = from_record_batch(&batch).map_err(|error| error.to_string());
            assert!(refusal.as_ref().is_err_and(|refusal| refusal.contains(said)), "{refusal:?}");
        }
        Ok(())
    }
}
