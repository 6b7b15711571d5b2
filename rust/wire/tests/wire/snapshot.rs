//! Snapshot rows to Arrow and back.

use std::io::Cursor;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{
    Array, ArrayRef, BinaryArray, Float64Array, Int32Array, RecordBatch, StringArray, StructArray,
    UInt16Array, UInt64Array, new_null_array,
};
use arrow_ipc::reader::StreamReader;
use arrow_schema::{Field, Fields};
use driftline_engine::role::Role;
use driftline_engine::snapshot::{SnapshotContent, SnapshotRow};
use driftline_sketches::{ColumnProfile, Kll, NumericProfile, Performance, TDigest, canonical_float_key};
use driftline_stats::performance::weighted as weighted_figures;
use driftline_wire::WireError;
use driftline_wire::snapshot::{from_record_batch, schema, to_ipc, to_record_batch};
use proptest::prelude::*;

use crate::state::row;

/// The row with the digest's buffered values gathered and the KLL sketch compacted, as they are stored.
fn gathered(row: &SnapshotRow) -> SnapshotRow {
    let mut row = row.clone();
    if let SnapshotContent::Column { profile: ColumnProfile::Numeric(profile), .. } = &mut row.content {
        let digest = profile.digest();
        let gathered = TDigest::from_centroids(digest.compression(), &digest.centroids()).unwrap();
        assert_eq!(gathered.centroids(), digest.centroids());
        profile.set_digest(gathered);
        if let Some(kll) = profile.kll() {
            let compacted = Kll::from_bytes(&kll.to_bytes()).unwrap();
            assert_eq!((compacted.count(), compacted.k()), (profile.moments.count(), kll.k()));
            profile.set_kll(compacted).unwrap();
        }
    }
    row
}

fn assert_same(found: &SnapshotRow, expected: &SnapshotRow) {
    let key = |row: &SnapshotRow| {
        (
            (row.model.clone(), row.version.clone(), row.segment.clone()),
            (row.window_start, row.window_length, row.writer_id.clone(), row.flush_sequence),
        )
    };
    assert_eq!(key(found), key(expected));
    match (&found.content, &expected.content) {
        (
            SnapshotContent::Column { name, role, profile },
            SnapshotContent::Column { name: name_before, role: role_before, profile: profile_before },
        ) => {
            assert_eq!((name, role), (name_before, role_before));
            assert_eq!(profile, profile_before);
        }
        (
            SnapshotContent::Cell { records, performance },
            SnapshotContent::Cell { records: records_before, performance: performance_before },
        ) => {
            assert_eq!(records, records_before);
            assert_eq!(performance, performance_before);
        }
        (SnapshotContent::Set { profile }, SnapshotContent::Set { profile: before }) => {
            assert_eq!(profile, before);
        }
        (SnapshotContent::Principals { principals }, SnapshotContent::Principals { principals: before }) => {
            assert_eq!(principals, before);
        }
        _ => panic!("a row has changed its kind"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn rows_come_back_equal(rows in proptest::collection::vec(row(), 0..5)) {
        let expected: Vec<_> = rows.iter().map(gathered).collect();
        let batch = to_record_batch(&rows).unwrap();
        let found = from_record_batch(&batch).unwrap();
        prop_assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(&expected) {
            assert_same(found, expected);
        }
        // Once more, from the middle of a larger batch and through the bytes of a stream.
        let stream = to_ipc(&rows).unwrap();
        let read = StreamReader::try_new(Cursor::new(&stream[..]), None).unwrap().next().unwrap().unwrap();
        for (at, expected) in expected.iter().enumerate() {
            assert_same(&from_record_batch(&read.slice(at, 1)).unwrap()[0], expected);
        }
    }

    #[test]
    fn rows_with_holes_are_read_or_refused(row in row(), column in 0_usize..64) {
        let batch = to_record_batch(&[row]).unwrap();
        let column = column % batch.num_columns();
        let field = batch.schema().field(column).clone();
        let hole = new_null_array(field.data_type(), 1);
        match from_record_batch(&replace(&batch, field.name(), &hole)) {
            Ok(rows) => prop_assert_eq!(rows.len(), 1),
            Err(error) => {
                prop_assert!(matches!(error, WireError::SnapshotRow { row: 0, .. }), "{}", error);
                prop_assert!(error.to_string().contains("snapshot row 0, column "), "{}", error);
            }
        }
    }
}

fn replace(batch: &RecordBatch, name: &str, array: &ArrayRef) -> RecordBatch {
    let fields = batch
        .schema()
        .fields()
        .iter()
        .map(|field| (field.name().clone(), field.name() == name))
        .collect::<Vec<_>>();
    assert!(fields.iter().any(|(_, is_it)| *is_it), "no column {name}");
    let columns = fields.into_iter().zip(batch.columns()).map(|((name, is_it), column)| {
        (name, if is_it { Arc::clone(array) } else { Arc::clone(column) }, true)
    });
    RecordBatch::try_from_iter_with_nullable(columns).unwrap()
}

fn plain() -> RecordBatch {
    let mut profile = NumericProfile::new(None);
    let values = [1.0, 2.0, 4.0];
    profile.add_slice(&values, &values.map(canonical_float_key));
    let profile = ColumnProfile::Numeric(Box::new(profile));
    let column = SnapshotContent::Column { name: "x".to_owned(), role: Role::Feature, profile };
    let cell = SnapshotContent::Cell { records: 3, performance: Performance::new() };
    batch_of([column, cell])
}

fn batch_of<const ROWS: usize>(contents: [SnapshotContent; ROWS]) -> RecordBatch {
    let rows = contents.map(|content| SnapshotRow {
        model: "m".to_owned(),
        version: String::new(),
        segment: Vec::new(),
        window_start: 0,
        window_length: 60,
        content,
        writer_id: "w".to_owned(),
        flush_sequence: 1,
    });
    to_record_batch(&rows).unwrap()
}

/// The fields that were there before labels could be corrected.
#[test]
fn rows_of_before_corrections_are_read() {
    let batch = plain();
    let performance = batch.column_by_name("performance").unwrap().as_struct();
    let is_old = |field: &&Arc<Field>| !["newest_label", "retracted"].contains(&field.name().as_str());
    let fields: Fields = performance.fields().iter().filter(is_old).cloned().collect();
    assert_eq!(fields.len() + 2, performance.fields().len());
    let columns = fields.iter().map(|field| Arc::clone(performance.column_by_name(field.name()).unwrap()));
    let older = StructArray::new(fields.clone(), columns.collect(), performance.nulls().cloned());
    let rows = from_record_batch(&replace(&batch, "performance", &(Arc::new(older) as ArrayRef))).unwrap();
    for (found, expected) in rows.iter().zip(&from_record_batch(&batch).unwrap()) {
        assert_same(found, expected);
    }
}

#[test]
fn no_rows_are_a_batch_too() {
    let batch = to_record_batch(&[]).unwrap();
    assert_eq!((batch.num_rows(), batch.schema()), (0, schema()));
    assert!(from_record_batch(&batch).unwrap().is_empty());
}

#[test]
fn sql_can_read_the_plain_columns() {
    let batch = plain();
    let number =
        |name: &str| batch.column_by_name(name).unwrap().as_any().downcast_ref::<UInt64Array>().unwrap();
    let float =
        |name: &str| batch.column_by_name(name).unwrap().as_any().downcast_ref::<Float64Array>().unwrap();
    assert_eq!((number("n").value(0), number("n").value(1)), (3, 3));
    assert_eq!((float("sum").value(0), float("min").value(0), float("max").value(0)), (7.0, 1.0, 4.0));
    assert!(float("sum").is_null(1));
}

#[test]
fn wrong_content_is_refused_by_row_and_column() {
    let batch = plain();
    let refused = |name: &str, array: ArrayRef, parts: [&str; 2]| {
        let error = from_record_batch(&replace(&batch, name, &array)).unwrap_err();
        assert_eq!((error.reason(), error.code()), ("value", 3), "{error}");
        for part in parts {
            assert!(error.to_string().contains(part), "expected {part:?} in {error:?}");
        }
    };
    let text = |words: [&str; 2]| -> ArrayRef { Arc::new(StringArray::from(words.to_vec())) };
    let counts = |counts: [u64; 2]| -> ArrayRef { Arc::new(UInt64Array::from(counts.to_vec())) };
    refused("kind", text(["numeric", "cel"]), ["row 1, column kind", "got \"cel\""]);
    refused("role", text(["feat", ""]), ["row 0, column role", "role must be one of"]);
    refused("n", counts([4, 3]), ["row 0, column", "all 4 finite values, got 3"]);
    refused("nans", counts([9, 0]), ["row 0, column nans", "more NaN"]);
    refused(
        "baseline_state",
        text(["known", "known"]),
        ["row 0, column baseline_counts", "must not be null"],
    );
    refused("baseline_state", text(["other", ""]), ["row 0, column baseline_state", "got \"other\""]);
    refused("mean", Arc::new(Float64Array::from(vec![f64::NAN, 0.0])), ["row 0, column mean", "NaN"]);
    refused("hist_scale", Arc::new(Int32Array::from(vec![99, 0])), ["row 0, column hist_scale", "99"]);
    let sketch = |values: &[f64]| -> ArrayRef {
        let mut kll = Kll::default();
        kll.add_slice(values);
        Arc::new(BinaryArray::from(vec![Some(kll.to_bytes().as_slice()), None]))
    };
    refused("kll", sketch(&[1.0, 2.0]), ["row 0, column kll", "all 3 finite values, got 2"]);
    let cut: ArrayRef = Arc::new(BinaryArray::from(vec![Some(&[2_u8, 1, 15][..]), None]));
    refused("kll", cut, ["row 0, column kll", ""]);
    refused(
        "format_version",
        Arc::new(UInt16Array::from(vec![1, 2])),
        ["row 1, column format_version", "update"],
    );
}

#[test]
fn wrong_tables_are_refused_by_column() {
    let batch = plain();
    let error = from_record_batch(&batch.project(&[0, 1, 2]).unwrap()).unwrap_err();
    assert!(error.to_string().contains("lack the column \"segment\""), "{error}");
    let narrow: ArrayRef = Arc::new(Int32Array::from(vec![3, 3]));
    let error = from_record_batch(&replace(&batch, "n", &narrow)).unwrap_err();
    assert!(error.to_string().contains("column \"n\" of snapshot rows has type Int32"), "{error}");
    assert_eq!(error.reason(), "schema");
}

/// Rows of a time that did not know a field of a struct lack it.
fn without(array: &ArrayRef, path: &[&str]) -> ArrayRef {
    let fields = array.as_struct();
    let kept = fields.fields().iter().zip(fields.columns()).filter_map(|(field, column)| {
        if path != [field.name().as_str()] {
            let column = match path {
                [first, rest @ ..] if first == field.name() => without(column, rest),
                _ => Arc::clone(column),
            };
            return Some((Field::new(field.name(), column.data_type().clone(), true), column));
        }
        None
    });
    let (fields, columns): (Vec<_>, Vec<_>) = kept.unzip();
    Arc::new(StructArray::new(fields.into(), columns, array.nulls().cloned()))
}

#[test]
fn rows_of_a_time_that_knew_fewer_figures_are_read() {
    let mut performance = Performance::new();
    performance.classification.get_or_insert_default().add_scores(&[true, false], &[0.5, 0.25]);
    performance.regression.get_or_insert_default().add_slice(&[1.0, 2.0], &[1.5, 1.5]);
    performance.decisions.made = 2;
    performance.weighted.get_or_insert_default().records = 2;
    performance.predicted_scores.get_or_insert_default().add(true, 0.5);
    performance.ranking.get_or_insert_default().queries = 1;
    let batch = batch_of([SnapshotContent::Cell { records: 2, performance: performance.clone() }]);
    let mut older = Arc::clone(batch.column_by_name("performance").unwrap());
    let later = [
        "log_loss_sum_sq",
        "brier_sum_sq",
        "decisions",
        "positive_decisions",
        "weighted",
        "predicted_score_bins",
        "predicted_score_out_of_range",
        "ranking",
    ]
    .map(|name| vec![name]);
    for path in later.iter().chain([&vec!["regression", "spread"], &vec!["regression", "residuals"]]) {
        older = without(&older, path);
    }
    let rows = from_record_batch(&replace(&batch, "performance", &older)).unwrap();
    let SnapshotContent::Cell { performance: found, .. } = &rows[0].content else { panic!("a cell") };
    let (classification, regression) = (found.classification.as_ref(), found.regression.as_ref());
    assert_eq!((classification.unwrap().scored(), classification.unwrap().squares()), (2, None));
    assert_eq!((regression.unwrap().count(), regression.unwrap().spread.as_ref()), (2, None));
    assert_eq!(regression.unwrap().residuals, None);
    assert_eq!((found.decisions.made, &found.weighted), (0, &None));
    assert_eq!((&found.predicted_scores, &found.ranking), (&None, &None));
    assert!(performance.classification.unwrap().squares().is_some(), "there was something to lose");
    let kept = performance.regression.unwrap();
    assert!(kept.spread.is_some() && kept.residuals.is_some(), "there was something to lose");
}

#[test]
fn weights_of_a_time_that_knew_fewer_sums_are_read() {
    let mut kept = Performance::new();
    let weighted = kept.weighted.get_or_insert_default();
    weighted.add_score(2.0, true, 0.75);
    weighted.add_error(3.0, 2.0, 1.0);
    for row in 0..9 {
        weighted.add_error(1.0, 4.0, 3.5 + f64::from(row));
    }
    let batch = batch_of([SnapshotContent::Cell { records: 11, performance: kept.clone() }]);
    let mut older = Arc::clone(batch.column_by_name("performance").unwrap());
    for name in ["percentage", "symmetric", "score_bins", "labels", "absolute_errors"] {
        older = without(&older, &["weighted", name]);
    }
    let rows = from_record_batch(&replace(&batch, "performance", &older)).unwrap();
    let SnapshotContent::Cell { performance: found, .. } = &rows[0].content else { panic!("a cell") };
    assert_eq!(found.weighted.as_ref().unwrap().squared_error, kept.weighted.as_ref().unwrap().squared_error);
    let figures = |performance: &Performance| -> Vec<&str> {
        weighted_figures(performance, "true").into_iter().map(|figure| figure.name).collect()
    };
    let mut with_older = kept.clone();
    with_older.merge(found);
    assert_eq!(figures(&with_older), ["log_loss", "brier", "mae", "mse", "rmse", "bias"]);
    let mut all = kept.clone();
    all.merge(&kept);
    assert_eq!(figures(&all)[6..], ["pr_auc", "ece", "r2", "mape", "smape", "median_absolute_error"]);
}
