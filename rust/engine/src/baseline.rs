//! Baselines: named profiles that others are compared with.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use driftline_sketches::hash::hash_of_bytes;
use driftline_sketches::{
    BinCounts, CategoricalProfile, CategoryCounts, ColumnProfile, JointColumns, JointProfile, NumericProfile,
    Performance, Tally,
};
use driftline_stats::drift::Prepared;

use crate::error::{EngineError, Result};
use crate::query::Coverage;
use crate::role::Role;
use crate::segment::{Segment, is_by};
use crate::snapshot::{SnapshotContent, SnapshotRow};

/// One baseline: the rows of all records (no segment), merged by column.
#[derive(Debug, Clone)]
pub struct Baseline {
    /// The rows it came as, which are what is stored.
    pub rows: Vec<SnapshotRow>,
    columns: BTreeMap<String, (Role, ColumnProfile)>,
    /// By column, for all of them, once something was compared with it.
    prepared: BTreeMap<String, OnceLock<Prepared>>,
    sets: BTreeMap<JointColumns, JointProfile>,
    performance: Performance,
    coverage: Coverage,
    versions: Vec<String>,
    fingerprint: u128,
}

impl Baseline {
    /// Merges rows by column; rows of segments are kept but not compared with.
    ///
    /// # Errors
    /// [`EngineError::InvalidArgument`] without a column, or when a column has two kinds.
    pub fn new(rows: Vec<SnapshotRow>) -> Result<Self> {
        let mut columns: BTreeMap<String, (Role, ColumnProfile)> = BTreeMap::new();
        let mut sets: BTreeMap<JointColumns, JointProfile> = BTreeMap::new();
        let mut performance = Performance::new();
        let mut coverage = Coverage::default();
        let mut versions = BTreeSet::new();
        for row in rows.iter().filter(|row| row.segment.is_empty()) {
            match &row.content {
                SnapshotContent::Cell { records, performance: of_cell } => {
                    performance.merge(of_cell);
                    coverage.include((row.window_start, row.window_length), *records);
                    versions.insert(row.version.clone());
                }
                SnapshotContent::Set { profile } => match sets.get_mut(profile.columns().as_ref()) {
                    None => {
                        sets.insert(JointColumns::clone(profile.columns()), JointProfile::clone(profile));
                    }
                    Some(merged) => merged
                        .merge(profile)
                        .map_err(|error| EngineError::InvalidArgument(format!("baseline: {error}")))?,
                },
                SnapshotContent::Principals { .. } => {}
                SnapshotContent::Column { name, role, profile } => match columns.get_mut(name) {
                    None => {
                        columns.insert(name.clone(), (*role, profile.clone()));
                    }
                    Some((_, merged)) => merged.merge(profile).map_err(|error| {
                        EngineError::InvalidArgument(format!("baseline column {name:?}: {error}"))
                    })?,
                },
            }
        }
        if columns.is_empty() {
            return Err(EngineError::InvalidArgument(
                "a baseline needs at least one column of all records, got none".into(),
            ));
        }
        versions.remove("");
        let fingerprint = fingerprint(&columns);
        let prepared = columns.keys().map(|name| (name.clone(), OnceLock::new())).collect();
        let versions = versions.into_iter().collect();
        Ok(Self { rows, columns, prepared, sets, performance, coverage, versions, fingerprint })
    }

    /// The same baseline with bins, about as many as this a column, for the columns that have none: a profile that was
    /// merged from windows, say. They are part of its rows from then on, so that they stay what they are.
    #[must_use]
    pub fn with_bins(mut self, bins: usize) -> Self {
        let mut binned = BTreeMap::new();
        for (name, (_, profile)) in &mut self.columns {
            if bin(profile, bins) {
                binned.insert(name.clone(), profile.clone());
            }
        }
        // Of rows that were merged the first takes the place of all.
        let mut placed = BTreeSet::new();
        self.rows.retain_mut(|row| {
            let SnapshotContent::Column { name, profile, .. } = &mut row.content else { return true };
            let Some(merged) = binned.get(name).filter(|_| row.segment.is_empty()) else { return true };
            if !placed.insert(name.clone()) {
                return false;
            }
            *profile = merged.clone();
            true
        });
        self
    }

    /// The profile of one column.
    pub fn column(&self, name: &str) -> Option<&ColumnProfile> {
        self.columns.get(name).map(|(_, profile)| profile)
    }

    /// The place for what all that is compared with a column has in common, for each of [`columns`](Self::columns).
    pub fn prepared(&self) -> impl Iterator<Item = &OnceLock<Prepared>> {
        self.prepared.values()
    }

    /// The profile of one column set.
    pub fn set(&self, columns: &JointColumns) -> Option<&JointProfile> {
        self.sets.get(columns)
    }

    /// Its column sets.
    pub fn sets(&self) -> &BTreeMap<JointColumns, JointProfile> {
        &self.sets
    }

    /// Its predictions, labels, and how they compare.
    pub fn performance(&self) -> &Performance {
        &self.performance
    }

    /// The same of the segments whose columns are these.
    pub fn performance_by(&self, by: &[String]) -> BTreeMap<Segment, Performance> {
        let mut segments: BTreeMap<Segment, Performance> = BTreeMap::new();
        for row in &self.rows {
            let SnapshotContent::Cell { performance, .. } = &row.content else { continue };
            if !by.is_empty() && is_by(&row.segment, by) {
                segments.entry(row.segment.clone()).or_default().merge(performance);
            }
        }
        segments
    }

    /// Its columns by name.
    pub fn columns(&self) -> &BTreeMap<String, (Role, ColumnProfile)> {
        &self.columns
    }

    /// Where its records come from.
    pub fn coverage(&self) -> Coverage {
        self.coverage
    }

    /// Versions of the model whose records it was made of, as far as its rows tell.
    pub fn versions(&self) -> &[String] {
        &self.versions
    }

    /// Equal for equal data; see [`ColumnProfile::fingerprint`].
    pub fn fingerprint(&self) -> u128 {
        self.fingerprint
    }
}

fn fingerprint(columns: &BTreeMap<String, (Role, ColumnProfile)>) -> u128 {
    let mut bytes = Vec::new();
    for (name, (role, profile)) in columns {
        for text in [name.as_str(), role.name()] {
            bytes.extend((text.len() as u64).to_le_bytes());
            bytes.extend(text.as_bytes());
        }
        bytes.extend(profile.fingerprint().to_le_bytes());
    }
    hash_of_bytes(&bytes)
}

/// Gives a profile bins of its own, if it has none and its sketches know their counts exactly.
fn bin(profile: &mut ColumnProfile, bins: usize) -> bool {
    match profile {
        ColumnProfile::Numeric(numeric) => bin_numbers(numeric, bins),
        ColumnProfile::Categorical(categorical) => bin_categories(categorical),
    }
}

fn bin_numbers(numeric: &mut NumericProfile, bins: usize) -> bool {
    if matches!(*numeric.bins(), Tally::Known(_)) {
        return false;
    }
    let counts = BinCounts::from_histogram(&numeric.histogram(), bins);
    // Buckets are as wide as a share of their values: of values far from zero that lie close together there are few, and
    // the digest tells them apart better.
    let needed = (bins as f64 / 2.0).min(numeric.distinct.bounds(2.0).0);
    let Some(counts) = counts.filter(|counts| counts.counts().len() as f64 >= needed) else { return false };
    numeric.set_bins(Tally::Known(counts));
    true
}

fn bin_categories(categorical: &mut CategoricalProfile) -> bool {
    if matches!(categorical.categories, Tally::Known(_)) {
        return false;
    }
    let Some(counts) = CategoryCounts::of_frequent(&categorical.frequent) else { return false };
    categorical.categories = Tally::Known(counts);
    true
}
