//! The `column_set` struct of rows about columns together, both ways.

use std::sync::Arc;

use arrow_array::types::{Float64Type, UInt64Type};
use arrow_array::{
    ArrayRef, BinaryArray, Float64Array, ListArray, PrimitiveArray, RecordBatch, StringArray, StructArray,
    UInt64Array,
};
use driftline_engine::snapshot::{SnapshotContent, SnapshotRow};
use driftline_sketches::joint::{
    Comoments, FeatureSums, KnownCombinations, ScaledSums, Scales, UnseenCombinations,
};
use driftline_sketches::{Hll, JointColumns, JointProfile, Tally};

use super::nested::{number_lists, structs, text_lists};
use super::schema::column_set_fields;
use super::typed::{Columns, Typed};
use crate::error::Result;

/// The kind of such rows.
pub(super) const KIND: &str = "column_set";

/// The column for all rows.
pub(super) fn write(rows: &[SnapshotRow]) -> Result<ArrayRef> {
    let sets: Vec<Option<&JointProfile>> = rows
        .iter()
        .map(|row| match &row.content {
            SnapshotContent::Set { profile } => Some(profile.as_ref()),
            _ => None,
        })
        .collect();
    let is_set: Vec<bool> = sets.iter().map(Option::is_some).collect();
    let scaled: Vec<_> = sets.iter().map(|set| set.and_then(|set| set.scaled.known())).collect();
    let unseen: Vec<_> = sets.iter().map(|set| set.and_then(|set| set.unseen.known())).collect();
    let names = |get: fn(&JointColumns) -> &[String]| {
        text_lists(
            sets.iter().map(|set| set.map(|set| get(set.columns()).iter().map(String::as_str).collect())),
        )
    };
    let of_sets = |get: fn(&JointProfile) -> &[f64]| {
        number_lists::<Float64Type>(sets.iter().map(|set| set.map(|set| get(set).to_vec())))
    };
    let of_scales = |get: fn(&Scales) -> &[f64]| {
        number_lists::<Float64Type>(scaled.iter().map(|sums| sums.map(|sums| get(sums.scales()).to_vec())))
    };
    let text = |values: Vec<Option<String>>| -> ArrayRef { Arc::new(StringArray::from_iter(values)) };
    let id = |fingerprint: u64| format!("{fingerprint:016x}");
    let outside = |sums: &ScaledSums| sums.outside()[..=sums.scales().columns().numeric().len()].to_vec();
    let complete: UInt64Array = sets.iter().map(|set| set.map(|set| set.moments.count())).collect();
    let feature_counts: UInt64Array =
        scaled.iter().map(|sums| sums.map(|sums| sums.features().count())).collect();
    let fourth_powers: Float64Array = scaled.iter().map(|sums| sums.map(ScaledSums::fourth_powers)).collect();
    let checked: UInt64Array = unseen.iter().map(|unseen| unseen.map(UnseenCombinations::records)).collect();
    let counts: UInt64Array = unseen.iter().map(|unseen| unseen.map(UnseenCombinations::unseen)).collect();
    let known: BinaryArray =
        unseen.iter().map(|unseen| unseen.and_then(|each| each.known().to_bytes())).collect();
    let columns: Vec<ArrayRef> = vec![
        names(JointColumns::numeric)?,
        names(JointColumns::categorical)?,
        Arc::new(complete),
        of_sets(|set| set.moments.means())?,
        of_sets(|set| set.moments.products())?,
        text(sets.iter().map(|set| set.and_then(|set| state(&set.scaled)).map(str::to_owned)).collect()),
        text(scaled.iter().map(|sums| sums.map(|sums| id(sums.scales().fingerprint()))).collect()),
        of_scales(Scales::means)?,
        of_scales(Scales::deviations)?,
        of_scales(Scales::lows)?,
        of_scales(Scales::highs)?,
        number_lists::<UInt64Type>(scaled.iter().map(|sums| sums.map(outside)))?,
        Arc::new(feature_counts),
        number_lists::<Float64Type>(
            scaled.iter().map(|sums| sums.map(|sums| sums.features().sums().to_vec())),
        )?,
        Arc::new(fourth_powers),
        text(sets.iter().map(|set| set.and_then(|set| state(&set.unseen)).map(str::to_owned)).collect()),
        text(unseen.iter().map(|unseen| unseen.map(|each| id(each.known().fingerprint()))).collect()),
        Arc::new(checked),
        Arc::new(counts),
        Arc::new(known),
    ];
    structs(column_set_fields(), columns, &is_set)
}

fn state<T>(tally: &Tally<T>) -> Option<&'static str> {
    match tally {
        Tally::Empty => None,
        Tally::Known(_) => Some("known"),
        Tally::Mixed => Some("mixed"),
    }
}

type Numbers<'a> = Typed<'a, PrimitiveArray<UInt64Type>>;
type Lists<'a> = Typed<'a, ListArray>;
type Texts<'a> = Typed<'a, StringArray>;

/// The struct's columns, found once.
pub(super) struct SetColumns<'a> {
    all: Typed<'a, StructArray>,
    numeric: Lists<'a>,
    categorical: Lists<'a>,
    complete: Numbers<'a>,
    means: Lists<'a>,
    comoments: Lists<'a>,
    scales_state: Texts<'a>,
    scale_means: Lists<'a>,
    scale_deviations: Lists<'a>,
    scale_lows: Lists<'a>,
    scale_highs: Lists<'a>,
    outside: Lists<'a>,
    feature_count: Numbers<'a>,
    feature_sums: Lists<'a>,
    fourth_powers: Typed<'a, PrimitiveArray<Float64Type>>,
    unseen_state: Texts<'a>,
    combinations_id: Texts<'a>,
    checked: Numbers<'a>,
    unseen: Numbers<'a>,
    known: Typed<'a, BinaryArray>,
}

impl<'a> SetColumns<'a> {
    /// `None` for rows of a time that knew no column sets.
    pub(super) fn new(batch: &'a RecordBatch) -> Result<Option<Self>> {
        if batch.find("column_set").is_none() {
            return Ok(None);
        }
        let all = Typed::<StructArray>::find(batch, "column_set")?;
        Ok(Some(Self {
            numeric: Typed::find(all.array, "column_set.numeric_columns")?,
            categorical: Typed::find(all.array, "column_set.categorical_columns")?,
            complete: Typed::find(all.array, "column_set.complete")?,
            means: Typed::find(all.array, "column_set.means")?,
            comoments: Typed::find(all.array, "column_set.comoments")?,
            scales_state: Typed::find(all.array, "column_set.scales_state")?,
            scale_means: Typed::find(all.array, "column_set.scale_means")?,
            scale_deviations: Typed::find(all.array, "column_set.scale_deviations")?,
            scale_lows: Typed::find(all.array, "column_set.scale_lows")?,
            scale_highs: Typed::find(all.array, "column_set.scale_highs")?,
            outside: Typed::find(all.array, "column_set.outside")?,
            feature_count: Typed::find(all.array, "column_set.feature_count")?,
            feature_sums: Typed::find(all.array, "column_set.feature_sums")?,
            fourth_powers: Typed::find(all.array, "column_set.fourth_powers")?,
            unseen_state: Typed::find(all.array, "column_set.unseen_state")?,
            combinations_id: Typed::find(all.array, "column_set.combinations_id")?,
            checked: Typed::find(all.array, "column_set.checked")?,
            unseen: Typed::find(all.array, "column_set.unseen")?,
            known: Typed::find(all.array, "column_set.known_combinations")?,
            all,
        }))
    }

    /// The profile of a row, given the name of the set, its records and its distinct combinations.
    pub(super) fn get(
        &self,
        row: usize,
        name: &str,
        records: u64,
        combinations: Hll,
    ) -> Result<JointProfile> {
        self.all.required(row, self.all.is_present(row).then_some(()))?;
        let texts = |list: &Lists<'_>| list.required(row, list.texts(row)?);
        let (numeric, categorical) = (texts(&self.numeric)?, texts(&self.categorical)?);
        // Columns are stored in the order in which they are kept, so that numbers stay beside theirs.
        if !(numeric.is_sorted() && categorical.is_sorted()) {
            return Err(self.numeric.refuse(row, "columns must ascend"));
        }
        let columns = self.numeric.check(row, JointColumns::new(name.to_owned(), numeric, categorical))?;
        let columns = Arc::new(columns);
        let moments = Comoments::from_parts(
            self.complete.get(row)?,
            numbers(row, &self.means)?,
            numbers(row, &self.comoments)?,
        );
        let moments = self.comoments.check(row, moments)?;
        let scaled = self.scaled(row, &columns)?;
        let unseen = self.unseen(row, &columns)?;
        let profile = JointProfile::from_parts(columns, records, moments, combinations, scaled, unseen);
        self.complete.check(row, profile)
    }

    fn scaled(&self, row: usize, columns: &Arc<JointColumns>) -> Result<Tally<ScaledSums>> {
        tally(row, &self.scales_state, || {
            let scales = Scales::new(
                Arc::clone(columns),
                numbers(row, &self.scale_means)?,
                numbers(row, &self.scale_deviations)?,
                numbers(row, &self.scale_lows)?,
                numbers(row, &self.scale_highs)?,
            );
            let scales = Arc::new(self.scale_means.check(row, scales)?);
            let sums = numbers(row, &self.feature_sums)?;
            let features = FeatureSums::from_parts(self.feature_count.get(row)?, sums);
            let features = self.feature_sums.check(row, features)?;
            let outside = self.outside.required(row, self.outside.numbers::<UInt64Type>(row)?)?;
            let sums = ScaledSums::from_parts(scales, features, self.fourth_powers.get(row)?, &outside);
            self.outside.check(row, sums)
        })
    }

    fn unseen(&self, row: usize, columns: &Arc<JointColumns>) -> Result<Tally<UnseenCombinations>> {
        tally(row, &self.unseen_state, || {
            let columns = Arc::clone(columns);
            let known = if let Some(bytes) = self.known.optional(row) {
                self.known.check(row, KnownCombinations::from_bytes(columns, bytes))?
            } else {
                let id = self.combinations_id.get(row)?;
                let fingerprint = u64::from_str_radix(id, 16).map_err(|_| {
                    self.combinations_id.refuse(row, format!("must be hexadecimal digits, got {id:?}"))
                })?;
                KnownCombinations::elsewhere(columns, fingerprint)
            };
            let (checked, unseen) = (self.checked.get(row)?, self.unseen.get(row)?);
            self.unseen.check(row, UnseenCombinations::from_parts(Arc::new(known), checked, unseen))
        })
    }
}

fn numbers(row: usize, list: &Lists<'_>) -> Result<Vec<f64>> {
    list.required(row, list.numbers::<Float64Type>(row)?)
}

fn tally<T>(row: usize, state: &Texts<'_>, known: impl FnOnce() -> Result<T>) -> Result<Tally<T>> {
    match state.optional(row) {
        None => Ok(Tally::Empty),
        Some("mixed") => Ok(Tally::Mixed),
        Some("known") => known().map(Tally::Known),
        Some(other) => Err(state.refuse(row, format!("must be known, mixed or null, got {other:?}"))),
    }
}
