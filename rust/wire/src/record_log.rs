//! Records that are kept, as Arrow, and Arrow as lines of JSON.
//!
//! One row a record: `timestamp`, `model`, `version`, `window_start`, `window_length`, `id` (16 hexadecimal digits, in the
//! order of the numbers), `is_sampled`, `sample_size`, `anomalous_size`, `anomalies` (a list of `column` and `reason`) and
//! `record`, a struct with one field for each column that is kept. A column that had several types has the one that holds
//! all of them: doubles for numbers, else text.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder, StructBuilder};
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, DurationNanosecondType, Float64Type, Int64Type, Time64NanosecondType,
    TimestampNanosecondType, UInt64Type,
};
use arrow_array::{
    ArrayRef, BooleanArray, NullArray, PrimitiveArray, RecordBatch, StringArray, StructArray, UInt32Array,
};
use arrow_json::LineDelimitedWriter;
use arrow_schema::{ArrowError, DataType, Field, Fields};
use driftline_engine::record_log::{RecordValue, RecordedKind, TakenRecord, TakenRecords};

use crate::error::{Result, WireError};

const UTC: &str = "UTC";

/// The records of one model, its versions one after the other.
///
/// # Errors
/// None but those of a defect.
pub fn to_record_batch(versions: &[TakenRecords]) -> Result<RecordBatch> {
    let rows: Vec<(&TakenRecords, &TakenRecord)> =
        versions.iter().flat_map(|version| version.records.iter().map(move |each| (version, each))).collect();
    let times = |get: fn(&TakenRecord) -> i64| -> ArrayRef {
        let times = rows.iter().map(|(_, each)| get(each));
        Arc::new(PrimitiveArray::<TimestampNanosecondType>::from_iter_values(times).with_timezone(UTC))
    };
    let texts = |get: fn(&TakenRecords) -> &str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(rows.iter().map(|(version, _)| get(version))))
    };
    let sizes = |get: fn(&TakenRecords) -> u32| -> ArrayRef {
        Arc::new(UInt32Array::from_iter_values(rows.iter().map(|(version, _)| get(version))))
    };
    let lengths = rows.iter().map(|(version, _)| version.window_length);
    let lengths = PrimitiveArray::<DurationNanosecondType>::from_iter_values(lengths);
    let ids = rows.iter().map(|(_, each)| format!("{:016x}", each.record.id));
    let sampled: BooleanArray = rows.iter().map(|(_, each)| Some(each.is_sampled)).collect();
    let fields: Vec<(&str, ArrayRef)> = vec![
        ("timestamp", times(|each| each.record.time)),
        ("model", texts(|version| &version.model)),
        ("version", texts(|version| &version.version)),
        ("window_start", times(|each| each.window)),
        ("window_length", Arc::new(lengths)),
        ("id", Arc::new(StringArray::from_iter_values(ids))),
        ("is_sampled", Arc::new(sampled)),
        ("sample_size", sizes(|version| version.sizes.0)),
        ("anomalous_size", sizes(|version| version.sizes.1)),
        ("anomalies", anomalies(&rows)),
        ("record", records(&rows)?),
    ];
    RecordBatch::try_from_iter_with_nullable(fields.into_iter().map(|(name, array)| (name, array, true)))
        .map_err(|error| defect(&error))
}

fn anomalies(rows: &[(&TakenRecords, &TakenRecord)]) -> ArrayRef {
    let fields = Fields::from_iter(["column", "reason"].map(|name| Field::new(name, DataType::Utf8, true)));
    let mut lists = ListBuilder::new(StructBuilder::from_fields(fields, 0));
    for (_, each) in rows {
        for anomaly in &each.record.anomalies {
            let name = &each.record.columns.columns[anomaly.column as usize].name;
            let item = lists.values();
            for (place, text) in [name.as_str(), anomaly.reason.name()].into_iter().enumerate() {
                if let Some(texts) = item.field_builder::<StringBuilder>(place) {
                    texts.append_value(text);
                }
            }
            item.append(true);
        }
        lists.append(true);
    }
    Arc::new(lists.finish())
}

/// Columns in the order in which they are first seen, with all that is in them.
fn records(rows: &[(&TakenRecords, &TakenRecord)]) -> Result<ArrayRef> {
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut columns: Vec<(&str, RecordedKind, Vec<&RecordValue>)> = Vec::new();
    for (row, (_, each)) in rows.iter().enumerate() {
        for (column, value) in each.record.columns.columns.iter().zip(&each.record.values) {
            let place = *places.entry(&column.name).or_insert(columns.len());
            if place == columns.len() {
                columns.push((&column.name, RecordedKind::Null, Vec::new()));
            }
            let (_, kind, values) = &mut columns[place];
            *kind = common(*kind, column.kind);
            values.resize(row, &RecordValue::Null);
            values.push(value);
        }
    }
    let mut fields = Vec::new();
    for (name, kind, mut values) in columns {
        values.resize(rows.len(), &RecordValue::Null);
        let array = array(kind, &values);
        fields.push((Arc::new(Field::new(name, array.data_type().clone(), true)), array));
    }
    let (fields, arrays): (Vec<_>, Vec<_>) = fields.into_iter().unzip();
    let records = StructArray::try_new_with_length(fields.into(), arrays, None, rows.len());
    records.map(|records| Arc::new(records) as ArrayRef).map_err(|error| defect(&error))
}

/// The kind that holds the values of both.
fn common(left: RecordedKind, right: RecordedKind) -> RecordedKind {
    let is_number =
        |kind| matches!(kind, RecordedKind::Integer | RecordedKind::Unsigned | RecordedKind::Float);
    match (left, right) {
        (RecordedKind::Null, other) | (other, RecordedKind::Null) => other,
        (left, right) if left == right => left,
        (left, right) if is_number(left) && is_number(right) => RecordedKind::Float,
        _ => RecordedKind::Text,
    }
}

fn array(kind: RecordedKind, values: &[&RecordValue]) -> ArrayRef {
    match kind {
        RecordedKind::Null => Arc::new(NullArray::new(values.len())),
        RecordedKind::Boolean => {
            let values = values.iter().map(|value| match value {
                RecordValue::Boolean(value) => Some(*value),
                _ => None,
            });
            Arc::new(values.collect::<BooleanArray>())
        }
        RecordedKind::Integer => Arc::new(primitives::<Int64Type>(values, whole)),
        RecordedKind::Unsigned => Arc::new(primitives::<UInt64Type>(values, |value| match value {
            RecordValue::Unsigned(value) => Some(*value),
            _ => None,
        })),
        RecordedKind::Float => Arc::new(primitives::<Float64Type>(values, |value| match value {
            RecordValue::Float(value) => Some(*value),
            RecordValue::Integer(value) => Some(*value as f64),
            RecordValue::Unsigned(value) => Some(*value as f64),
            _ => None,
        })),
        RecordedKind::Text => Arc::new(values.iter().map(|value| text(value)).collect::<StringArray>()),
        RecordedKind::Date => {
            Arc::new(primitives::<Date32Type>(values, |value| whole(value).map(|days| days as i32)))
        }
        RecordedKind::Time => {
            Arc::new(primitives::<TimestampNanosecondType>(values, whole).with_timezone(UTC))
        }
        RecordedKind::TimeOfDay => Arc::new(primitives::<Time64NanosecondType>(values, whole)),
        RecordedKind::Duration => Arc::new(primitives::<DurationNanosecondType>(values, whole)),
    }
}

fn primitives<T: ArrowPrimitiveType>(
    values: &[&RecordValue],
    get: impl Fn(&RecordValue) -> Option<T::Native>,
) -> PrimitiveArray<T> {
    values.iter().map(|value| get(value)).collect()
}

fn whole(value: &RecordValue) -> Option<i64> {
    match value {
        RecordValue::Integer(value) => Some(*value),
        _ => None,
    }
}

fn text(value: &RecordValue) -> Option<String> {
    match value {
        RecordValue::Null => None,
        RecordValue::Boolean(value) => Some(value.to_string()),
        RecordValue::Integer(value) => Some(value.to_string()),
        RecordValue::Unsigned(value) => Some(value.to_string()),
        RecordValue::Float(value) => Some(value.to_string()),
        RecordValue::Text(value) => Some(value.to_string()),
    }
}

/// Rows as JSON, an object a line; nulls are left out, and numbers that JSON does not have are null.
///
/// # Errors
/// [`WireError::Value`] for a type that JSON cannot show.
pub fn to_json_lines(batches: &[RecordBatch]) -> Result<Vec<u8>> {
    let mut writer = LineDelimitedWriter::new(Vec::new());
    let write = |batches: &[RecordBatch], writer: &mut LineDelimitedWriter<Vec<u8>>| {
        batches.iter().try_for_each(|batch| writer.write(batch))?;
        writer.finish()
    };
    match write(batches, &mut writer) {
        Ok(()) => Ok(writer.into_inner()),
        Err(error) => Err(WireError::Value(format!("the rows cannot be shown as JSON: {error}"))),
    }
}

fn defect(error: &ArrowError) -> WireError {
    WireError::Internal(format!("records as Arrow: {error}"))
}
