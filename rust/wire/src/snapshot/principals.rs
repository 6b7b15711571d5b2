//! The `principals` struct of rows about what principals ask, both ways.

use std::sync::Arc;

use arrow_array::types::{UInt32Type, UInt64Type};
use arrow_array::{
    Array, ArrayRef, BinaryArray, ListArray, PrimitiveArray, RecordBatch, StringArray, StructArray,
    UInt32Array, UInt64Array,
};
use driftline_engine::snapshot::{SnapshotContent, SnapshotRow};
use driftline_sketches::Hll;
use driftline_sketches::principals::{Frame, PrincipalProfile, Principals};

use super::nested::{Nesting, structs};
use super::schema::{principal_fields, principals_fields};
use super::typed::{Columns, Typed};
use crate::error::Result;

/// The kind of such rows.
pub(super) const KIND: &str = "principals";

/// A principal of a row; the last one of a row, without a name, is all others together.
struct Entry<'r> {
    name: Option<&'r str>,
    missed: u64,
    profile: &'r PrincipalProfile,
}

fn entries(principals: &Principals) -> Vec<Entry<'_>> {
    let named = principals.named().zip(principals.missed()).map(|((name, profile), missed)| Entry {
        name: Some(name),
        missed,
        profile,
    });
    named.chain([Entry { name: None, missed: 0, profile: principals.other() }]).collect()
}

/// The column for all rows.
pub(super) fn write(rows: &[SnapshotRow]) -> Result<ArrayRef> {
    let all: Vec<Option<&Principals>> = rows
        .iter()
        .map(|row| match &row.content {
            SnapshotContent::Principals { principals } => Some(principals.as_ref()),
            _ => None,
        })
        .collect();
    let lists: Vec<Option<Vec<Entry<'_>>>> = all.iter().map(|each| each.map(entries)).collect();
    let nesting = Nesting::new(lists.iter().map(|list| list.as_ref().map(Vec::len)))?;
    let items: Vec<Entry<'_>> = lists.into_iter().flatten().flatten().collect();
    let counts = |get: fn(&PrincipalProfile) -> u64| -> ArrayRef {
        Arc::new(items.iter().map(|item| Some(get(item.profile))).collect::<UInt64Array>())
    };
    let bytes = |get: fn(&PrincipalProfile) -> Option<Vec<u8>>| -> ArrayRef {
        Arc::new(items.iter().map(|item| get(item.profile)).collect::<BinaryArray>())
    };
    let columns: Vec<ArrayRef> = vec![
        Arc::new(items.iter().map(|item| item.name).collect::<StringArray>()),
        Arc::new(items.iter().map(|item| Some(item.missed)).collect::<UInt64Array>()),
        counts(|profile| profile.records),
        bytes(|profile| Some(profile.queries.to_bytes())),
        bytes(|profile| profile.queries.extra_bytes()),
        bytes(|profile| Some(profile.rounded.to_bytes())),
        bytes(|profile| profile.rounded.extra_bytes()),
        counts(|profile| profile.scored),
        counts(|profile| profile.near_boundary),
        counts(|profile| profile.measured),
        counts(|profile| profile.outside),
        counts(|profile| profile.labels),
        counts(|profile| profile.flips),
    ];
    let profiles = structs(principal_fields(), columns, &vec![true; items.len()])?;
    let frame = |principals: &Principals| match principals.frame() {
        Frame::None => (None, None),
        Frame::Known(id) => (Some("known"), Some(format!("{id:016x}"))),
        Frame::Mixed => (Some("mixed"), None),
    };
    let frames: Vec<_> = all.iter().map(|each| each.map_or((None, None), frame)).collect();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(all.iter().map(|each| each.map(|each| each.most() as u32)).collect::<UInt32Array>()),
        Arc::new(frames.iter().map(|(state, _)| *state).collect::<StringArray>()),
        Arc::new(frames.iter().map(|(_, id)| id.as_deref()).collect::<StringArray>()),
        Arc::new(all.iter().map(|each| each.map(Principals::floor)).collect::<UInt64Array>()),
        nesting.list(profiles)?,
    ];
    let is_valid: Vec<bool> = all.iter().map(Option::is_some).collect();
    structs(principals_fields(), columns, &is_valid)
}

/// The struct's columns, found once.
pub(super) struct PrincipalColumns<'a> {
    all: Typed<'a, StructArray>,
    most: Typed<'a, PrimitiveArray<UInt32Type>>,
    frame_state: Typed<'a, StringArray>,
    frame_id: Typed<'a, StringArray>,
    floor: Typed<'a, PrimitiveArray<UInt64Type>>,
    profiles: Typed<'a, ListArray>,
}

impl<'a> PrincipalColumns<'a> {
    /// `None` for rows of a time that knew no principals.
    pub(super) fn new(batch: &'a RecordBatch) -> Result<Option<Self>> {
        if batch.find("principals").is_none() {
            return Ok(None);
        }
        let all = Typed::<StructArray>::find(batch, "principals")?;
        Ok(Some(Self {
            most: Typed::find(all.array, "principals.most")?,
            frame_state: Typed::find(all.array, "principals.frame_state")?,
            frame_id: Typed::find(all.array, "principals.frame_id")?,
            floor: Typed::find(all.array, "principals.floor")?,
            profiles: Typed::find(all.array, "principals.profiles")?,
            all,
        }))
    }

    /// The principals of a row.
    pub(super) fn get(&self, row: usize) -> Result<Principals> {
        self.all.required(row, self.all.is_present(row).then_some(()))?;
        let frame = match self.frame_state.optional(row) {
            None => Frame::None,
            Some("mixed") => Frame::Mixed,
            Some("known") => {
                let id = self.frame_id.get(row)?;
                Frame::Known(u64::from_str_radix(id, 16).map_err(|_| {
                    self.frame_id.refuse(row, format!("must be hexadecimal digits, got {id:?}"))
                })?)
            }
            Some(other) => {
                let message = format!("must be known, mixed or null, got {other:?}");
                return Err(self.frame_state.refuse(row, message));
            }
        };
        let items = self.profiles.required(row, self.profiles.structs(row)?)?;
        let items = Items::new(&items)?;
        let (mut named, mut other) = (Vec::new(), PrincipalProfile::default());
        for item in 0..items.len() {
            let profile = items.profile(item)?;
            match items.principal.optional(item) {
                Some(name) => named.push((name.to_owned(), profile, items.missed.get(item)?)),
                None => other.merge(&profile),
            }
        }
        let most = self.most.get(row)? as usize;
        self.profiles.check(row, Principals::from_parts(most, frame, named, other, self.floor.get(row)?))
    }
}

/// The profiles of one row.
struct Items<'a> {
    principal: Typed<'a, StringArray>,
    missed: Typed<'a, PrimitiveArray<UInt64Type>>,
    counts: [Typed<'a, PrimitiveArray<UInt64Type>>; 7],
    queries: [Typed<'a, BinaryArray>; 2],
    rounded: [Typed<'a, BinaryArray>; 2],
}

impl<'a> Items<'a> {
    fn new(items: &'a StructArray) -> Result<Self> {
        let count = |path| Typed::find(items, path);
        Ok(Self {
            principal: Typed::find(items, "principals.profiles.principal")?,
            missed: count("principals.profiles.missed")?,
            counts: [
                count("principals.profiles.records")?,
                count("principals.profiles.scored")?,
                count("principals.profiles.near_boundary")?,
                count("principals.profiles.measured")?,
                count("principals.profiles.outside")?,
                count("principals.profiles.labels")?,
                count("principals.profiles.flips")?,
            ],
            queries: [
                Typed::find(items, "principals.profiles.queries")?,
                Typed::find(items, "principals.profiles.queries_extra")?,
            ],
            rounded: [
                Typed::find(items, "principals.profiles.rounded")?,
                Typed::find(items, "principals.profiles.rounded_extra")?,
            ],
        })
    }

    fn len(&self) -> usize {
        self.principal.array.len()
    }

    fn profile(&self, item: usize) -> Result<PrincipalProfile> {
        let [records, scored, near_boundary, measured, outside, labels, flips] = &self.counts;
        let profile = PrincipalProfile {
            records: records.get(item)?,
            queries: counter(item, &self.queries)?,
            rounded: counter(item, &self.rounded)?,
            scored: scored.get(item)?,
            near_boundary: near_boundary.get(item)?,
            measured: measured.get(item)?,
            outside: outside.get(item)?,
            labels: labels.get(item)?,
            flips: flips.get(item)?,
        };
        // Before anything is merged with it.
        records.check(item, profile.check())?;
        Ok(profile)
    }
}

fn counter(item: usize, [bytes, extra]: &[Typed<'_, BinaryArray>; 2]) -> Result<Hll> {
    let counter = bytes.check(item, Hll::from_bytes(bytes.get(item)?))?;
    match extra.optional(item) {
        None => Ok(counter),
        Some(bytes) => extra.check(item, counter.with_extra_bytes(bytes)),
    }
}
