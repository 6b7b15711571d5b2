//! Dictionaries, and columns of keys into them.

use std::borrow::Cow;
use std::sync::Arc;

use driftline_engine::batch::{Bitmap, Column, Dictionary, Primitive, Text, Values};

use super::{bits, keys};
use crate::error::Result;
use crate::limits::DICTIONARY_ENTRY_BYTES;

/// A dictionary ready for the engine.
#[derive(Debug, Clone)]
pub(crate) struct StoredDictionary {
    pub(crate) values: Arc<Dictionary>,
    /// Which entries are null; `None` when none is.
    nulls: Option<Arc<[bool]>>,
    /// What it costs against the limit.
    pub(crate) bytes: usize,
}

/// Entries of a dictionary as they came.
pub(crate) struct Entries<'a> {
    pub(crate) length: usize,
    pub(crate) validity: Option<Bitmap<'a>>,
    pub(crate) text: Text<'a>,
}

impl Entries<'_> {
    /// What they cost against the limit.
    pub(crate) fn bytes(&self) -> usize {
        let text: usize = (0..self.length).map(|entry| self.text.get(entry).len()).sum();
        text + self.length * DICTIONARY_ENTRY_BYTES
    }

    fn is_null(&self, entry: usize) -> bool {
        self.validity.as_ref().is_some_and(|bitmap| !bitmap.get(entry))
    }

    fn get(&self, entry: usize) -> &str {
        if self.is_null(entry) {
            return "";
        }
        std::str::from_utf8(self.text.get(entry)).unwrap_or_default()
    }
}

impl StoredDictionary {
    /// The entries alone, or after those of `before`.
    pub(crate) fn new(before: Option<&Self>, entries: &Entries<'_>) -> Self {
        let known = before.map_or(0, |dictionary| dictionary.values.len());
        let earlier = before.into_iter().flat_map(|b| (0..b.values.len()).map(|entry| b.values.get(entry)));
        let later = (0..entries.length).map(|entry| entries.get(entry));
        let is_null = |entry: usize| match entry.checked_sub(known) {
            Some(entry) => entries.is_null(entry),
            None => before.is_some_and(|dictionary| dictionary.is_null(entry)),
        };
        let nulls: Vec<bool> = (0..known + entries.length).map(is_null).collect();
        Self {
            values: Arc::new(Dictionary::new(earlier.chain(later))),
            nulls: nulls.contains(&true).then(|| nulls.into()),
            bytes: entries.bytes() + before.map_or(0, |dictionary| dictionary.bytes),
        }
    }

    fn is_null(&self, entry: usize) -> bool {
        self.nulls.as_ref().is_some_and(|nulls| nulls.get(entry) == Some(&true))
    }
}

/// A column of keys. Rows that point to a null entry become null.
pub(crate) fn dictionary_column<'a>(
    name: &str,
    rows: usize,
    primitive: Primitive,
    keys: Cow<'a, [u8]>,
    validity: Option<Bitmap<'a>>,
    dictionary: &StoredDictionary,
) -> Result<Column<'a>> {
    let entries = dictionary.values.len();
    let keys = keys::keys(name, rows, primitive, keys, entries, validity.as_ref())?;
    let validity = match dictionary.nulls {
        Some(_) => {
            let added = bits::with_nulls(validity.as_ref(), rows, |row| dictionary.is_null(keys.get(row)));
            (bits::count_ones(&added.bytes, 0, rows) < rows).then_some(added)
        }
        None => validity,
    };
    Ok(Column { validity, values: Values::Dictionary(keys, Arc::clone(&dictionary.values)) })
}
