//! Which columns of a schema are kept, worked out once per schema and configuration.

use super::settings::{RecordLogSettings, Redaction};
use crate::batch::{DataType, Primitive, Schema};
use crate::numbers::is_integer;
use crate::role::Role;

/// What the values of a column are in a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordedKind {
    /// Only nulls.
    Null,
    /// Booleans.
    Boolean,
    /// Whole numbers.
    Integer,
    /// Whole numbers from 0, of 64 bits.
    Unsigned,
    /// Other numbers; decimals as the nearest double.
    Float,
    /// Text.
    Text,
    /// Days since the Unix epoch.
    Date,
    /// Nanoseconds since the Unix epoch, UTC.
    Time,
    /// Nanoseconds since midnight.
    TimeOfDay,
    /// Nanoseconds.
    Duration,
}

/// One column that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedColumn {
    /// Its name.
    pub name: String,
    /// What its values are in a record.
    pub kind: RecordedKind,
    /// Its place in the batch.
    pub(crate) index: usize,
    /// What stands in place of its values; `None`: they themselves.
    pub(crate) redaction: Option<Redaction>,
}

/// The columns of a schema that are kept, in the order of the configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordedColumns {
    /// At least one.
    pub columns: Vec<RecordedColumn>,
}

impl RecordedColumns {
    /// `None` where nothing is kept.
    pub(crate) fn find(schema: &Schema, settings: Option<&RecordLogSettings>) -> Option<Self> {
        let settings = settings?;
        let find = |name: &String| {
            let index = schema.fields.iter().position(|field| field.name == *name)?;
            let redaction = settings.redact.get(name).copied();
            let own = kind_of(schema.fields[index].data_type);
            let kind = if redaction.is_some() { RecordedKind::Text } else { own };
            Some(RecordedColumn { name: name.clone(), kind, index, redaction })
        };
        let columns: Vec<_> = settings.columns.iter().filter_map(find).collect();
        (!columns.is_empty()).then_some(Self { columns })
    }

    /// Place among these of a column of the batch, if it is kept as it is.
    pub(crate) fn plain(&self, index: usize) -> Option<u16> {
        let place = self.columns.iter().position(|column| column.index == index)?;
        self.columns[place].redaction.is_none().then_some(place as u16)
    }

    /// Whether values of a column of the batch are needed to make a record.
    pub(crate) fn needs(&self, index: usize) -> bool {
        self.columns.iter().any(|column| column.index == index && column.redaction != Some(Redaction::Mask))
    }
}

/// Whether ids of predictions are to be logged as they were sent: their records show them.
pub(crate) fn shows_identifier(columns: Option<&RecordedColumns>, identifier: Option<usize>) -> bool {
    columns.zip(identifier).is_some_and(|(columns, index)| columns.plain(index).is_some())
}

/// Columns whose values are looked at for anomalies: those of a role that is profiled, kept as they are.
pub(crate) fn is_looked_at(column: &RecordedColumn, roles: &[Role]) -> bool {
    column.redaction.is_none() && roles[column.index].is_profiled()
}

fn kind_of(data_type: DataType) -> RecordedKind {
    let primitive = match data_type {
        DataType::Null => return RecordedKind::Null,
        DataType::Boolean => return RecordedKind::Boolean,
        DataType::Text | DataType::Dictionary => return RecordedKind::Text,
        DataType::Primitive(primitive) => primitive,
    };
    match primitive {
        Primitive::UInt64 => RecordedKind::Unsigned,
        Primitive::Date32 => RecordedKind::Date,
        Primitive::Date64 | Primitive::Timestamp(_) => RecordedKind::Time,
        Primitive::Time32(_) | Primitive::Time64(_) => RecordedKind::TimeOfDay,
        Primitive::Duration(_) => RecordedKind::Duration,
        other if is_integer(other) => RecordedKind::Integer,
        _ => RecordedKind::Float,
    }
}
