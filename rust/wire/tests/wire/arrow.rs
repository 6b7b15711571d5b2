//! Batches that Arrow holds: read with Arrow's own reader, they must say what our decoder says.

use std::collections::HashMap;
use std::io::Cursor;
use std::sync::Arc;

use arrow_array::types::{Int8Type, Int32Type};
use arrow_array::{
    Array, ArrayRef, DictionaryArray, Float64Array, Int8Array, Int32Array, ListArray, NullArray, RecordBatch,
    StringArray, StringViewArray,
};
use arrow_ipc::reader::StreamReader;
use arrow_schema::{DataType, Field, Schema};
use driftline_engine::batch::{Batch, Values};
use driftline_wire::Limits;
use driftline_wire::arrow::{batch_from_arrow, schema_from_arrow};
use driftline_wire::ipc::IpcDecoder;

use crate::table::{assert_holds, golden, show};

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter(columns).unwrap()
}

fn column(batch: &Batch<'_>, column: usize) -> Vec<String> {
    (0..batch.rows).map(|row| show(&batch.columns[column], row)).collect()
}

#[test]
fn both_doors_see_the_same_values() {
    for name in
        ["every_type", "sliced", "empty", "no_nulls", "dictionary_replaced", "dictionary_null_entries"]
    {
        let bytes = golden(&format!("{name}.arrows"));
        let read: Vec<_> =
            StreamReader::try_new(Cursor::new(&bytes[..]), None).unwrap().map(Result::unwrap).collect();
        let ours: Vec<_> =
            read.iter().map(|batch| batch_from_arrow(batch, &Limits::default()).unwrap()).collect();
        assert_holds(&ours, name);
        let decoded = IpcDecoder::new(Limits::default()).decode(&bytes).unwrap().len();
        assert_eq!(decoded, ours.len());
    }
}

#[test]
fn slices_at_any_offset_hold_their_own_rows() {
    let bytes = golden("every_type.arrows");
    let whole = StreamReader::try_new(Cursor::new(&bytes[..]), None).unwrap().next().unwrap().unwrap();
    let limits = Limits::default();
    let all = batch_from_arrow(&whole, &limits).unwrap();
    for (offset, length) in [(1, 5), (7, 9), (8, 40), (60, 7), (66, 1), (67, 0)] {
        let slice = whole.slice(offset, length);
        let ours = batch_from_arrow(&slice, &limits).unwrap();
        assert_eq!(ours.rows, length);
        for (part, full) in ours.columns.iter().zip(&all.columns) {
            for row in 0..length {
                assert_eq!(show(part, row), show(full, offset + row));
            }
            if let Values::Primitive(primitive, bytes) = &part.values {
                assert_eq!(bytes.len(), length * primitive.width());
            }
        }
    }
}

#[test]
fn views_and_their_dictionaries_are_laid_out_anew() {
    let long = "a text that is too long to be kept inside its view";
    let views: StringViewArray = [Some("short"), None, Some(long), Some("")].into_iter().collect();
    let keys = Int8Array::from(vec![Some(2), Some(1), None, Some(0)]);
    let dictionary = DictionaryArray::<Int8Type>::try_new(keys, Arc::new(views.clone())).unwrap();
    let batch = batch(vec![("views", Arc::new(views)), ("words", Arc::new(dictionary))]);
    let ours = batch_from_arrow(&batch, &Limits::default()).unwrap();
    assert_eq!(column(&ours, 0), ["short", "\\N", long, ""]);
    assert_eq!(column(&ours, 1), [long, "\\N", "\\N", "short"]);
    let sliced = batch.slice(2, 2);
    assert_eq!(column(&batch_from_arrow(&sliced, &Limits::default()).unwrap(), 0), [long, ""]);
    let limits = Limits { max_decompressed_bytes: 20, ..Limits::default() };
    assert_eq!(batch_from_arrow(&batch, &limits).unwrap_err().reason(), "limit");
}

#[test]
fn types_off_the_list_are_refused() {
    let lists = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1)])]);
    let error = batch_from_arrow(&batch(vec![("l", Arc::new(lists))]), &Limits::default()).unwrap_err();
    assert!(error.to_string().starts_with("column \"l\" has type list, expected"), "{error}");
    let values: ArrayRef = Arc::new(Float64Array::from(vec![1.0]));
    let dictionary = DictionaryArray::<Int32Type>::try_new(Int32Array::from(vec![0]), values).unwrap();
    let error = batch_from_arrow(&batch(vec![("d", Arc::new(dictionary))]), &Limits::default()).unwrap_err();
    assert!(error.to_string().contains("cast it to the type of its values"), "{error}");
}

#[test]
fn limits_hold_here_too() {
    let rows =
        batch(vec![("n", Arc::new(NullArray::new(6))), ("x", Arc::new(Float64Array::from(vec![0.0; 6])))]);
    let refused = |limits: Limits| batch_from_arrow(&rows, &limits).unwrap_err().to_string();
    let defaults = Limits::default();
    assert!(refused(Limits { max_rows: 5, ..defaults }).contains("at most 5 rows"));
    assert!(refused(Limits { max_values: 11, ..defaults }).contains("11 values"));
    assert!(refused(Limits { max_columns: 1, ..defaults }).contains("at most 1 columns, got 2"));
    let words: DictionaryArray<Int32Type> = ["red", "green"].into_iter().collect();
    let words = batch(vec![("w", Arc::new(words))]);
    let limits = Limits { max_dictionary_bytes: 23, ..defaults };
    assert!(batch_from_arrow(&words, &limits).unwrap_err().to_string().contains("at most 23 bytes, got 24"));
}

#[test]
fn roles_come_from_the_metadata() {
    let metadata = HashMap::from([("driftline.role".to_owned(), "label".to_owned())]);
    let field = Field::new("truth", DataType::Utf8View, true).with_metadata(metadata);
    let schema = schema_from_arrow(&Schema::new(vec![field]), &Limits::default()).unwrap();
    assert_eq!(schema.fields[0].role.as_deref(), Some("label"));
    let text: ArrayRef = Arc::new(StringArray::from(vec![None::<&str>]));
    assert_eq!(text.null_count(), 1);
    assert_eq!(column(&batch_from_arrow(&batch(vec![("s", text)]), &Limits::default()).unwrap(), 0), ["\\N"]);
}
