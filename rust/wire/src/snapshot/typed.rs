//! Columns found by name, with their type checked once, and values taken out of them row by row.

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, UInt64Type};
use arrow_array::{
    Array, ArrayRef, ArrowPrimitiveType, BinaryArray, ListArray, MapArray, PrimitiveArray, RecordBatch,
    StringArray, StructArray,
};

use crate::error::{Result, WireError};

/// Anything whose columns have names.
pub(super) trait Columns {
    fn find(&self, name: &str) -> Option<&ArrayRef>;
}

impl Columns for RecordBatch {
    fn find(&self, name: &str) -> Option<&ArrayRef> {
        self.column_by_name(name)
    }
}

impl Columns for StructArray {
    fn find(&self, name: &str) -> Option<&ArrayRef> {
        self.column_by_name(name)
    }
}

/// One column: its path (`performance.delay.scale`), which names it in errors, and its array.
#[derive(Clone, Copy)]
pub(super) struct Typed<'a, A> {
    path: &'static str,
    pub(super) array: &'a A,
}

impl<'a, A: Array + 'static> Typed<'a, A> {
    /// The column that the last part of the path names.
    pub(super) fn find(columns: &'a impl Columns, path: &'static str) -> Result<Self> {
        let name = path.rsplit('.').next().unwrap_or(path);
        let array = columns
            .find(name)
            .ok_or_else(|| WireError::Schema(format!("snapshot rows lack the column {path:?}")))?;
        Self::of(array, path)
    }

    /// The same; `None` for rows of a time that did not know the column.
    pub(super) fn find_later(columns: &'a impl Columns, path: &'static str) -> Result<Option<Self>> {
        let name = path.rsplit('.').next().unwrap_or(path);
        columns.find(name).map(|array| Self::of(array, path)).transpose()
    }

    fn of(array: &'a ArrayRef, path: &'static str) -> Result<Self> {
        let typed = array.as_any().downcast_ref::<A>().ok_or_else(|| {
            WireError::Schema(format!(
                "column {path:?} of snapshot rows has type {}, see the schema of snapshot rows for the one expected",
                array.data_type()
            ))
        })?;
        Ok(Self { path, array: typed })
    }

    /// A refusal of a row's content.
    pub(super) fn refuse(&self, row: usize, message: impl Into<String>) -> WireError {
        WireError::SnapshotRow { row, column: self.path, message: message.into() }
    }

    /// Maps an error of the sketches to a refusal.
    pub(super) fn check<T>(&self, row: usize, result: driftline_sketches::Result<T>) -> Result<T> {
        result.map_err(|error| self.refuse(row, error.to_string()))
    }

    /// The value, or a refusal of null.
    pub(super) fn required<T>(&self, row: usize, value: Option<T>) -> Result<T> {
        value.ok_or_else(|| self.refuse(row, "must not be null in a row of this kind"))
    }
}

impl<T: ArrowPrimitiveType> Typed<'_, PrimitiveArray<T>> {
    pub(super) fn optional(&self, row: usize) -> Option<T::Native> {
        self.array.is_valid(row).then(|| self.array.value(row))
    }

    pub(super) fn get(&self, row: usize) -> Result<T::Native> {
        self.required(row, self.optional(row))
    }
}

impl<'a> Typed<'a, StringArray> {
    pub(super) fn optional(&self, row: usize) -> Option<&'a str> {
        self.array.is_valid(row).then(|| self.array.value(row))
    }

    pub(super) fn get(&self, row: usize) -> Result<&'a str> {
        self.required(row, self.optional(row))
    }
}

impl<'a> Typed<'a, BinaryArray> {
    pub(super) fn optional(&self, row: usize) -> Option<&'a [u8]> {
        self.array.is_valid(row).then(|| self.array.value(row))
    }

    pub(super) fn get(&self, row: usize) -> Result<&'a [u8]> {
        self.required(row, self.optional(row))
    }
}

impl Typed<'_, StructArray> {
    pub(super) fn is_present(&self, row: usize) -> bool {
        self.array.is_valid(row)
    }
}

impl Typed<'_, ListArray> {
    /// The numbers of a row.
    pub(super) fn numbers<T: ArrowPrimitiveType>(&self, row: usize) -> Result<Option<Vec<T::Native>>> {
        let Some(items) = self.items(row) else { return Ok(None) };
        let numbers = self.cast(row, items.as_primitive_opt::<T>())?;
        self.refuse_nulls(row, numbers)?;
        Ok(Some(numbers.values().to_vec()))
    }

    /// The text of a row.
    pub(super) fn texts(&self, row: usize) -> Result<Option<Vec<String>>> {
        let Some(items) = self.items(row) else { return Ok(None) };
        let texts = self.cast(row, items.as_string_opt::<i32>())?;
        self.refuse_nulls(row, texts)?;
        Ok(Some(texts.iter().flatten().map(str::to_owned).collect()))
    }

    /// The structs of a row.
    pub(super) fn structs(&self, row: usize) -> Result<Option<StructArray>> {
        let Some(items) = self.items(row) else { return Ok(None) };
        let structs = self.cast(row, items.as_struct_opt())?;
        self.refuse_nulls(row, structs)?;
        Ok(Some(structs.clone()))
    }

    fn items(&self, row: usize) -> Option<ArrayRef> {
        self.array.is_valid(row).then(|| self.array.value(row))
    }
}

impl Typed<'_, MapArray> {
    /// Counts by number.
    pub(super) fn number_counts(&self, row: usize) -> Result<Option<Vec<(i32, u64)>>> {
        let Some(entries) = self.entries(row) else { return Ok(None) };
        let keys = self.cast(row, entries.column(0).as_primitive_opt::<Int32Type>())?;
        let values = self.cast(row, entries.column(1).as_primitive_opt::<UInt64Type>())?;
        self.refuse_nulls(row, keys)?;
        self.refuse_nulls(row, values)?;
        Ok(Some(keys.values().iter().copied().zip(values.values().iter().copied()).collect()))
    }

    /// Counts by text.
    pub(super) fn text_counts(&self, row: usize) -> Result<Option<Vec<(String, u64)>>> {
        let Some(entries) = self.entries(row) else { return Ok(None) };
        let keys = self.cast(row, entries.column(0).as_string_opt::<i32>())?;
        let values = self.cast(row, entries.column(1).as_primitive_opt::<UInt64Type>())?;
        self.refuse_nulls(row, keys)?;
        self.refuse_nulls(row, values)?;
        let keys = keys.iter().flatten().map(str::to_owned);
        Ok(Some(keys.zip(values.values().iter().copied()).collect()))
    }

    /// Text by text.
    pub(super) fn text_pairs(&self, row: usize) -> Result<Option<Vec<(String, String)>>> {
        let Some(entries) = self.entries(row) else { return Ok(None) };
        let keys = self.cast(row, entries.column(0).as_string_opt::<i32>())?;
        let values = self.cast(row, entries.column(1).as_string_opt::<i32>())?;
        self.refuse_nulls(row, keys)?;
        self.refuse_nulls(row, values)?;
        let keys = keys.iter().flatten().map(str::to_owned);
        Ok(Some(keys.zip(values.iter().flatten().map(str::to_owned)).collect()))
    }

    fn entries(&self, row: usize) -> Option<StructArray> {
        self.array.is_valid(row).then(|| self.array.value(row))
    }
}

impl<A: Array + 'static> Typed<'_, A> {
    fn cast<'b, B: ?Sized>(&self, row: usize, items: Option<&'b B>) -> Result<&'b B> {
        items.ok_or_else(|| {
            self.refuse(row, format!("items have the wrong type in {}", self.array.data_type()))
        })
    }

    fn refuse_nulls(&self, row: usize, items: &dyn Array) -> Result<()> {
        match items.null_count() {
            0 => Ok(()),
            nulls => Err(self.refuse(row, format!("items must not be null, got {nulls} nulls"))),
        }
    }
}
