//! Lists, maps and structs from the rows' parts.

use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, ArrowPrimitiveType, ListArray, MapArray, PrimitiveArray, StringArray, StructArray,
};
use arrow_buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, DataType, Field, Fields};

use super::schema::entry_fields;
use crate::error::{Result, WireError};

/// Where the items of each row end, and which rows have none at all.
pub(super) struct Nesting {
    offsets: Vec<i32>,
    is_valid: Vec<bool>,
}

impl Nesting {
    /// From the number of items of each row, `None` for null.
    pub(super) fn new(lengths: impl Iterator<Item = Option<usize>>) -> Result<Self> {
        let mut nesting = Self { offsets: vec![0], is_valid: Vec::new() };
        let mut end = 0_usize;
        for length in lengths {
            end += length.unwrap_or_default();
            nesting.offsets.push(i32::try_from(end).map_err(|_| {
                WireError::Limit(format!(
                    "snapshot rows of one batch may hold at most {} values of a column: write fewer rows",
                    i32::MAX
                ))
            })?);
            nesting.is_valid.push(length.is_some());
        }
        Ok(nesting)
    }

    pub(super) fn list(self, items: ArrayRef) -> Result<ArrayRef> {
        let field = Arc::new(Field::new("item", items.data_type().clone(), true));
        let (offsets, nulls) = self.finish();
        Ok(Arc::new(ListArray::try_new(field, offsets, items, nulls).map_err(|error| defect(&error))?))
    }

    pub(super) fn map(self, keys: ArrayRef, values: ArrayRef) -> Result<ArrayRef> {
        let fields = entry_fields(keys.data_type().clone(), values.data_type().clone());
        let field = Arc::new(Field::new("entries", DataType::Struct(fields.clone()), false));
        let entries =
            StructArray::try_new(fields, vec![keys, values], None).map_err(|error| defect(&error))?;
        let (offsets, nulls) = self.finish();
        Ok(Arc::new(
            MapArray::try_new(field, offsets, entries, nulls, false).map_err(|error| defect(&error))?,
        ))
    }

    fn finish(self) -> (OffsetBuffer<i32>, Option<NullBuffer>) {
        let offsets = OffsetBuffer::new(ScalarBuffer::from(self.offsets));
        (offsets, nulls(&self.is_valid))
    }
}

/// A null buffer, unless all are valid.
pub(super) fn nulls(is_valid: &[bool]) -> Option<NullBuffer> {
    is_valid.contains(&false).then(|| NullBuffer::from(is_valid))
}

/// A list of numbers a row.
pub(super) fn number_lists<T: ArrowPrimitiveType>(
    rows: impl Iterator<Item = Option<Vec<T::Native>>>,
) -> Result<ArrayRef> {
    let rows: Vec<_> = rows.collect();
    let nesting = Nesting::new(rows.iter().map(|row| row.as_ref().map(Vec::len)))?;
    let items = PrimitiveArray::<T>::from_iter_values(rows.into_iter().flatten().flatten());
    nesting.list(Arc::new(items))
}

/// A list of text a row.
pub(super) fn text_lists<'r>(rows: impl Iterator<Item = Option<Vec<&'r str>>>) -> Result<ArrayRef> {
    let rows: Vec<_> = rows.collect();
    let nesting = Nesting::new(rows.iter().map(|row| row.as_ref().map(Vec::len)))?;
    nesting.list(Arc::new(StringArray::from_iter_values(rows.into_iter().flatten().flatten())))
}

/// A map of text to something a row; `values` makes the array of the values of all rows.
pub(super) fn text_maps<'r, V>(
    rows: impl Iterator<Item = Option<Vec<(&'r str, V)>>>,
    values: impl Fn(Vec<V>) -> ArrayRef,
) -> Result<ArrayRef> {
    let rows: Vec<_> = rows.collect();
    let nesting = Nesting::new(rows.iter().map(|row| row.as_ref().map(Vec::len)))?;
    let (keys, items): (Vec<_>, Vec<_>) = rows.into_iter().flatten().flatten().unzip();
    nesting.map(Arc::new(StringArray::from_iter_values(keys)), values(items))
}

/// A map of numbers to numbers a row.
pub(super) fn number_maps<K: ArrowPrimitiveType, V: ArrowPrimitiveType>(
    rows: impl Iterator<Item = Option<Vec<(K::Native, V::Native)>>>,
) -> Result<ArrayRef> {
    let rows: Vec<_> = rows.collect();
    let nesting = Nesting::new(rows.iter().map(|row| row.as_ref().map(Vec::len)))?;
    let (keys, items): (Vec<_>, Vec<_>) = rows.into_iter().flatten().flatten().unzip();
    nesting.map(
        Arc::new(PrimitiveArray::<K>::from_iter_values(keys)),
        Arc::new(PrimitiveArray::<V>::from_iter_values(items)),
    )
}

/// A struct a row.
pub(super) fn structs(fields: Fields, columns: Vec<ArrayRef>, is_valid: &[bool]) -> Result<ArrayRef> {
    Ok(Arc::new(StructArray::try_new(fields, columns, nulls(is_valid)).map_err(|error| defect(&error))?))
}

/// Arrow's refusal of what we have put together is our mistake.
pub(super) fn defect(error: &ArrowError) -> WireError {
    WireError::Internal(format!("snapshot rows do not fit their schema: {error}"))
}
