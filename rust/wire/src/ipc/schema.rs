//! The schema message.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_ipc::{DictionaryKind, Endianness};
use driftline_engine::batch::{DataType, Field, Primitive, Schema};

use super::types::{integer, precision, value_type};
use crate::ROLE_KEY;
use crate::column::ranges::Range;
use crate::error::{Result, WireError};
use crate::limits::Limits;
use crate::schema::{
    DECODE, check_column_count, check_names_are_unique, checked_name, checked_role, unsupported,
};

/// A schema with what the engine need not know: how columns lie in a message.
#[derive(Debug)]
pub(super) struct StreamSchema {
    pub(super) schema: Arc<Schema>,
    /// One a field.
    pub(super) layouts: Vec<Layout>,
    /// Buffers of one record batch.
    pub(super) buffers: usize,
    /// By dictionary id, whether offsets of its text have 64 bits.
    pub(super) dictionaries: BTreeMap<i64, bool>,
}

/// How a column lies in a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    Null,
    Boolean,
    Primitive(Primitive, Range),
    Text { is_large: bool },
    Dictionary { id: i64, key: Primitive },
}

impl Layout {
    fn buffers(self) -> usize {
        match self {
            Self::Null => 0,
            Self::Boolean | Self::Primitive(..) | Self::Dictionary { .. } => 2,
            Self::Text { .. } => 3,
        }
    }
}

impl StreamSchema {
    pub(super) fn decode(message: &arrow_ipc::Message<'_>, limits: &Limits) -> Result<Self> {
        let header = message
            .header_as_schema()
            .ok_or_else(|| WireError::Corrupt("the schema message has no schema".to_owned()))?;
        if header.endianness() != Endianness::Little {
            return Err(WireError::Schema(
                "the schema is big-endian, expected little-endian: swap the bytes before sending".to_owned(),
            ));
        }
        let Some(fields) = header.fields() else {
            return Err(WireError::Schema("the schema has no list of columns".to_owned()));
        };
        check_column_count(fields.len(), limits)?;
        let mut stream = Self {
            schema: Arc::new(Schema { fields: Vec::new() }),
            layouts: Vec::with_capacity(fields.len()),
            buffers: 0,
            dictionaries: BTreeMap::new(),
        };
        let mut decoded = Vec::with_capacity(fields.len());
        for field in fields {
            decoded.push(stream.add_field(&field, limits)?);
        }
        check_names_are_unique(&decoded)?;
        stream.schema = Arc::new(Schema { fields: decoded });
        Ok(stream)
    }

    /// Whether messages under the one can be read with the other.
    pub(super) fn describes_like(&self, other: &Self) -> bool {
        self.schema == other.schema
            && self.layouts == other.layouts
            && self.dictionaries == other.dictionaries
    }

    fn add_field(&mut self, field: &arrow_ipc::Field<'_>, limits: &Limits) -> Result<Field> {
        let name = checked_name(field.name().unwrap_or_default(), limits)?;
        let (mut data_type, is_large) = match field.dictionary() {
            Some(_) => dictionary_value_type(&name, field)?,
            None => value_type(&name, field)?,
        };
        if field.children().is_some_and(|children| !children.is_empty()) {
            return Err(WireError::Schema(format!("column {name:?} has child columns, its type has none")));
        }
        let layout = match (field.dictionary(), data_type) {
            (Some(encoding), _) => {
                data_type = DataType::Dictionary;
                self.add_dictionary(&name, &encoding, is_large)?
            }
            (None, DataType::Boolean) => Layout::Boolean,
            (None, DataType::Primitive(primitive)) => {
                Layout::Primitive(primitive, Range::of(primitive, precision(field)))
            }
            (None, DataType::Text) => Layout::Text { is_large },
            (None, DataType::Null | DataType::Dictionary) => Layout::Null,
        };
        self.buffers += layout.buffers();
        self.layouts.push(layout);
        let role = checked_role(&name, role_of(field), limits)?;
        Ok(Field { name, data_type, role })
    }

    fn add_dictionary(
        &mut self,
        column: &str,
        encoding: &arrow_ipc::DictionaryEncoding<'_>,
        is_large: bool,
    ) -> Result<Layout> {
        let key = encoding.indexType().and_then(|int| integer(&int));
        let (Some(key), DictionaryKind::DenseArray) = (key, encoding.dictionaryKind()) else {
            return Err(WireError::Schema(format!("column {column:?}: no such type of dictionary keys")));
        };
        let id = encoding.id();
        if self.dictionaries.insert(id, is_large).is_some_and(|other| other != is_large) {
            return Err(WireError::Schema(format!(
                "column {column:?} shares dictionary {id} with a column of another type"
            )));
        }
        Ok(Layout::Dictionary { id, key })
    }
}

fn dictionary_value_type(column: &str, field: &arrow_ipc::Field<'_>) -> Result<(DataType, bool)> {
    let kind = || field.type_type().variant_name().unwrap_or("unknown values").to_ascii_lowercase();
    match value_type(column, field) {
        Ok((DataType::Text, is_large)) => Ok((DataType::Text, is_large)),
        _ => Err(unsupported(column, format!("dictionary of {}", kind()), DECODE)),
    }
}

fn role_of<'a>(field: &arrow_ipc::Field<'a>) -> Option<&'a str> {
    let metadata = field.custom_metadata()?;
    metadata.iter().find(|entry| entry.key() == Some(ROLE_KEY)).and_then(|entry| entry.value())
}
