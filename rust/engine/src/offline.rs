//! Profiles a table at once, as one window; made to be a baseline, or to be compared with one.

use std::collections::BTreeMap;
use std::sync::Arc;

use driftline_sketches::{
    BinCounts, Binning, CategoricalProfile, Categories, CategoryCounts, ColumnProfile, NumericProfile, Tally,
};

use crate::baseline::Baseline;
use crate::batch::{Batch, Column};
use crate::counted::{Counted, Counter};
use crate::engine::no_key;
use crate::error::{EngineError, Result};
use crate::joint::count_known;
use crate::memory::Treatment;
use crate::model::Model;
use crate::monitor::Monitor;
use crate::numbers::Numbers;
use crate::plan::Plan;
use crate::query::{Asked, Merged, MergedColumn, Selection};
use crate::read::{Rows, read_times};
use crate::segment::ALL;
use crate::snapshot::SnapshotRow;

/// A window that holds all times.
const ENDLESS: i64 = i64::MAX / 4;

/// Profiles all records of the batches as one window and gives its snapshot rows.
///
/// Without a baseline, a second pass counts every column exactly on bins of its own: equi-depth for numbers, the
/// most frequent items for categories; those of segments in the bins of all records. With one, values are counted on the
/// baseline's bins in the only pass.
///
/// # Errors
/// As [`crate::engine::Engine::ingest`]; [`EngineError::InvalidArgument`] for a source without batches.
pub fn profile(
    batches: &[Batch<'_>],
    mut monitor: Monitor,
    baseline: Option<Vec<SnapshotRow>>,
) -> Result<Vec<SnapshotRow>> {
    if batches.is_empty() {
        return Err(EngineError::InvalidArgument("the source has no record batch".into()));
    }
    (monitor.window, monitor.max_future, monitor.label_horizon) = (ENDLESS, ENDLESS, ENDLESS);
    monitor.baseline.clear();
    monitor.validate()?;
    let bins = monitor.baseline_bins as usize;
    if !monitor.hashed_columns.is_empty() {
        return Err(no_key(&monitor));
    }
    let mut model = Model::new(monitor.clone());
    let has_baseline = baseline.is_some();
    if let Some(rows) = baseline {
        model.set_baseline("baseline".into(), Baseline::new(rows)?, true);
    }
    let plans = model.check("", batches)?;
    model.ingest("", batches, &plans, ("", 0), Treatment::default(), None)?;
    let range = time_range(&mut model, batches)?;
    let mut rows = Vec::new();
    // Known once all records, which come first, are: without a column of theirs nothing is counted in bins.
    let mut are_segments_binned = false;
    for (id, segment) in model.versions[0].segments.iter() {
        if id != ALL && are_segments_binned {
            continue;
        }
        let selection = Selection {
            model: model.monitor.model.clone(),
            segment: segment.iter().cloned().collect(),
            ..Selection::default()
        };
        let mut merged = model.gather(&Asked::all(&selection))?.into_merged();
        if id == ALL && !has_baseline {
            bin_columns(&mut merged.columns, batches, bins);
            count_sets(&mut merged, batches, &plans);
            are_segments_binned = !merged.columns.is_empty() && !monitor.segments.is_empty();
        }
        (merged.coverage.start, merged.coverage.end) = range;
        rows.extend(merged.into_rows(&selection, ""));
    }
    if are_segments_binned {
        let of_segments = profile(batches, monitor, Some(rows.clone()))?;
        rows.extend(of_segments.into_iter().filter(|row| !row.segment.is_empty()));
    }
    Ok(rows)
}

/// First event time, and the nanosecond after the last one; the epoch's first where there is none.
fn time_range(model: &mut Model, batches: &[Batch<'_>]) -> Result<(i64, i64)> {
    let mut range: Option<(i64, i64)> = None;
    for batch in batches {
        let Some(column) = model.plan(&batch.schema)?.timestamp else { continue };
        for time in read_times(&batch.columns[column], batch.rows).into_iter().flatten() {
            let (first, last) = range.unwrap_or((time, time));
            range = Some((first.min(time), last.max(time)));
        }
    }
    Ok(range.map_or((0, 1), |(first, last)| (first, last.saturating_add(1))))
}

/// Counts every column set on scales, and beside combinations, of its own.
fn count_sets(merged: &mut Merged, batches: &[Batch<'_>], plans: &[Arc<Plan>]) {
    for (columns, profile) in &mut merged.sets {
        let parts: Vec<_> = plans
            .iter()
            .zip(batches)
            .filter_map(|(plan, batch)| Some((plan.sets.iter().find(|set| set.columns == *columns)?, batch)))
            .collect();
        *profile = count_known(columns, |name| Some(&merged.columns.get(name)?.profile), &parts);
    }
}

fn bin_columns(columns: &mut BTreeMap<String, MergedColumn>, batches: &[Batch<'_>], bins: usize) {
    for (name, column) in columns {
        let parts = || {
            batches.iter().filter_map(|batch| {
                let index = batch.schema.fields.iter().position(|field| field.name == *name)?;
                Some((&batch.columns[index], Rows::All(batch.rows)))
            })
        };
        match &mut column.profile {
            ColumnProfile::Numeric(numeric) => bin_numbers(numeric, parts(), bins),
            ColumnProfile::Categorical(categorical) => count_categories(categorical, parts()),
        }
    }
}

fn bin_numbers<'a, 'b: 'a>(
    numeric: &mut NumericProfile,
    parts: impl Iterator<Item = (&'a Column<'b>, Rows<'a>)>,
    bins: usize,
) {
    let Some(binning) = Binning::from_digest(numeric.digest(), bins) else { return };
    let mut counts = BinCounts::new(Arc::new(binning));
    let mut numbers = Numbers::default();
    for (column, rows) in parts {
        numbers.read(column, rows);
        numbers.values.retain(|value| value.is_finite());
        counts.add_slice(&numbers.values);
    }
    numeric.set_bins(Tally::Known(counts));
}

fn count_categories<'a, 'b: 'a>(
    categorical: &mut CategoricalProfile,
    parts: impl Iterator<Item = (&'a Column<'b>, Rows<'a>)>,
) {
    if let Some(counts) = CategoryCounts::of_frequent(&categorical.frequent) {
        categorical.categories = Tally::Known(counts);
        return;
    }
    let names = categorical.frequent.items().into_iter().map(|(item, _)| item.to_owned()).collect();
    let Ok(categories) = Categories::new(names) else { return };
    let mut counts = CategoryCounts::new(Arc::new(categories));
    let mut counter = Counter::default();
    for (column, rows) in parts {
        counter.count(column, rows, |counted| match counted {
            Counted::Different(items, times) => {
                for (index, (coupon, times)) in items.coupons.iter().zip(times).enumerate() {
                    counts.add_hashed(*coupon, items.get(index), *times);
                }
            }
            Counted::Rows { items, .. } => {
                for (index, coupon) in items.coupons.iter().enumerate() {
                    counts.add_short(*coupon, || items.get(index));
                }
            }
        });
    }
    categorical.categories = Tally::Known(counts);
}
