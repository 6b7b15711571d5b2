//! Builds batches by hand.
#![allow(dead_code, missing_docs, unreachable_pub, clippy::unwrap_used)]

pub mod disk;
pub mod log_folder;

use std::borrow::Cow;
use std::sync::Arc;

use driftline_engine::batch::{
    Batch, Bitmap, Column, DataType, Dictionary, Field, Keys, Primitive, Schema, Text, TimeUnit, Values,
};
use driftline_engine::engine::{Engine, Header};
use driftline_engine::query::Selection;

pub const SECOND: i64 = 1_000_000_000;
pub const MINUTE: i64 = 60 * SECOND;
/// 2024-01-01T00:00:00Z.
pub const NEW_YEAR: i64 = 1_704_067_200 * SECOND;

/// Columns of one batch.
#[derive(Default, Clone)]
pub struct Table {
    fields: Vec<Field>,
    columns: Vec<Column<'static>>,
    rows: usize,
}

impl Table {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn column(mut self, name: &str, data_type: DataType, rows: usize, column: Column<'static>) -> Self {
        assert!(self.columns.is_empty() || self.rows == rows, "columns of one length");
        self.rows = rows;
        self.fields.push(Field { name: name.into(), data_type, role: None });
        self.columns.push(column);
        self
    }

    /// Sets the metadata role of the last column.
    pub fn role(mut self, role: &str) -> Self {
        self.fields.last_mut().unwrap().role = Some(role.into());
        self
    }

    pub fn primitive(self, name: &str, primitive: Primitive, bytes: Vec<u8>) -> Self {
        let rows = bytes.len() / primitive.width();
        let values = Values::Primitive(primitive, Cow::Owned(bytes));
        self.column(name, DataType::Primitive(primitive), rows, Column { validity: None, values })
    }

    pub fn floats(self, name: &str, values: &[f64]) -> Self {
        self.primitive(name, Primitive::Float64, values.iter().flat_map(|v| v.to_le_bytes()).collect())
    }

    pub fn optional_floats(self, name: &str, values: &[Option<f64>]) -> Self {
        let bytes = values.iter().flat_map(|v| v.unwrap_or(f64::NAN).to_le_bytes()).collect();
        let bits: Vec<bool> = values.iter().map(Option::is_some).collect();
        let column = Column {
            validity: Some(bitmap(&bits)),
            values: Values::Primitive(Primitive::Float64, Cow::Owned(bytes)),
        };
        self.column(name, DataType::Primitive(Primitive::Float64), values.len(), column)
    }

    pub fn integers(self, name: &str, values: &[i64]) -> Self {
        self.primitive(name, Primitive::Int64, values.iter().flat_map(|v| v.to_le_bytes()).collect())
    }

    pub fn times(self, name: &str, nanos: &[i64]) -> Self {
        let bytes = nanos.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.primitive(name, Primitive::Timestamp(TimeUnit::Nanosecond), bytes)
    }

    pub fn booleans(self, name: &str, values: &[bool]) -> Self {
        let column = Column { validity: None, values: Values::Boolean(bitmap(values)) };
        self.column(name, DataType::Boolean, values.len(), column)
    }

    pub fn text(self, name: &str, values: &[&str]) -> Self {
        let mut offsets = vec![0u8; 4];
        let mut bytes = Vec::new();
        for value in values {
            bytes.extend_from_slice(value.as_bytes());
            offsets.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
        }
        let text = Text { offsets: Cow::Owned(offsets), large: false, bytes: Cow::Owned(bytes) };
        let column = Column { validity: None, values: Values::Text(text) };
        self.column(name, DataType::Text, values.len(), column)
    }

    pub fn dictionary(self, name: &str, dictionary: &[&str], keys: &[u8]) -> Self {
        let keys_column = Keys { primitive: Primitive::Int8, bytes: Cow::Owned(keys.to_vec()) };
        let dictionary = Arc::new(Dictionary::new(dictionary.iter().copied()));
        let column = Column { validity: None, values: Values::Dictionary(keys_column, dictionary) };
        self.column(name, DataType::Dictionary, keys.len(), column)
    }

    pub fn build(self) -> Batch<'static> {
        Batch { schema: Arc::new(Schema { fields: self.fields }), rows: self.rows, columns: self.columns }
    }
}

/// Columns `group`, one of three, `timestamp`, so many minutes before the new year, and `x`.
pub fn grouped(rows: &[(u8, i64, f64)]) -> Table {
    Table::new()
        .dictionary("group", &["a", "b", "c"], &rows.iter().map(|row| row.0).collect::<Vec<_>>())
        .times("timestamp", &rows.iter().map(|row| NEW_YEAR - row.1 * MINUTE).collect::<Vec<_>>())
        .floats("x", &rows.iter().map(|row| row.2).collect::<Vec<_>>())
}

pub fn bitmap(bits: &[bool]) -> Bitmap<'static> {
    let mut bytes = vec![0u8; bits.len().div_ceil(8)];
    for (index, &bit) in bits.iter().enumerate() {
        bytes[index / 8] |= u8::from(bit) << (index % 8);
    }
    Bitmap { bytes: Cow::Owned(bytes), offset: 0 }
}

/// Header of a batch without protection against repetition.
pub fn header(model: &str) -> Header {
    Header { model: model.into(), version: "1".into(), ..Header::default() }
}

pub fn send(engine: &Engine, model: &str, batch: Batch<'_>) -> u64 {
    engine.ingest(&header(model), &[batch], NEW_YEAR).unwrap().records
}

pub fn all(model: &str) -> Selection {
    Selection { model: model.into(), ..Selection::default() }
}

pub fn segment(model: &str, values: &[(&str, &str)]) -> Selection {
    Selection { segment: values.iter().map(|&(c, v)| (c.to_owned(), v.to_owned())).collect(), ..all(model) }
}

/// Numbers in [0, 1) that look as if drawn, the same with every run: splitmix64.
pub fn drawn(number: usize) -> f64 {
    let mut state = (number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((state ^ (state >> 31)) >> 11) as f64 * 2.0_f64.powi(-53)
}
