//! Rows to a record batch, column by column.

use std::sync::Arc;

use arrow_array::types::{Float64Type, Int32Type, UInt16Type, UInt64Type};
use arrow_array::{
    ArrayRef, ArrowPrimitiveType, BinaryArray, DurationNanosecondArray, Float64Array, Int32Array,
    PrimitiveArray, RecordBatch, StringArray, TimestampNanosecondArray, UInt32Array, UInt64Array,
};
use driftline_engine::principals::ROW_NAME;
use driftline_engine::snapshot::{FORMAT_VERSION, SnapshotContent, SnapshotRow};
use driftline_sketches::{
    CategoricalProfile, Centroid, ColumnProfile, ExponentialHistogram, FrequentItems, Hll, NumericProfile,
    Tally,
};

use super::nested::{defect, number_lists, number_maps, text_lists, text_maps};
use super::schema::schema;
use super::{column_set, performance, principals};
use crate::error::Result;

/// Rows as one record batch of [`schema`].
///
/// # Errors
/// `Limit` if they hold more nested values than Arrow's 32-bit offsets count.
pub fn to_record_batch(rows: &[SnapshotRow]) -> Result<RecordBatch> {
    let own_histograms: Vec<_> = rows.iter().map(|row| numeric(row).map(NumericProfile::histogram)).collect();
    let columns = [
        keys(rows)?,
        counts(rows),
        moments(rows),
        histograms(own_histograms.iter().map(Option::as_deref))?,
        baselines(rows)?,
        digests(rows)?,
        distinct_and_frequent(rows)?,
        vec![performance::write(rows)?, column_set::write(rows)?, principals::write(rows)?],
    ];
    RecordBatch::try_new(schema(), columns.concat()).map_err(|error| defect(&error))
}

fn numeric(row: &SnapshotRow) -> Option<&NumericProfile> {
    match &row.content {
        SnapshotContent::Column { profile: ColumnProfile::Numeric(profile), .. } => Some(profile),
        _ => None,
    }
}

fn categorical(row: &SnapshotRow) -> Option<&CategoricalProfile> {
    match &row.content {
        SnapshotContent::Column { profile: ColumnProfile::Categorical(profile), .. } => Some(profile),
        _ => None,
    }
}

fn text<'r>(rows: &'r [SnapshotRow], get: impl Fn(&'r SnapshotRow) -> &'r str) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(rows.iter().map(get)))
}

fn numbers<T: ArrowPrimitiveType>(rows: &[SnapshotRow], get: impl Fn(&SnapshotRow) -> T::Native) -> ArrayRef {
    Arc::new(PrimitiveArray::<T>::from_iter_values(rows.iter().map(get)))
}

fn keys(rows: &[SnapshotRow]) -> Result<Vec<ArrayRef>> {
    let segments = rows.iter().map(|row| {
        Some(row.segment.iter().map(|(column, value)| (column.as_str(), value.as_str())).collect())
    });
    let starts = rows.iter().map(|row| row.window_start);
    let lengths = rows.iter().map(|row| row.window_length);
    Ok(vec![
        numbers::<UInt16Type>(rows, |_| FORMAT_VERSION),
        text(rows, |row| &row.model),
        text(rows, |row| &row.version),
        text_maps(segments, |values| Arc::new(StringArray::from_iter_values(values)))?,
        Arc::new(TimestampNanosecondArray::from_iter_values(starts).with_timezone("UTC")),
        Arc::new(DurationNanosecondArray::from_iter_values(lengths)),
        text(rows, |row| match &row.content {
            SnapshotContent::Column { name, .. } => name,
            SnapshotContent::Set { profile } => profile.columns().name(),
            SnapshotContent::Principals { .. } => ROW_NAME,
            SnapshotContent::Cell { .. } => "",
        }),
        text(rows, |row| match &row.content {
            SnapshotContent::Column { role, .. } => role.name(),
            _ => "",
        }),
        text(rows, |row| match &row.content {
            SnapshotContent::Column { profile: ColumnProfile::Numeric(_), .. } => "numeric",
            SnapshotContent::Column { profile: ColumnProfile::Categorical(_), .. } => "categorical",
            SnapshotContent::Set { .. } => column_set::KIND,
            SnapshotContent::Principals { .. } => principals::KIND,
            SnapshotContent::Cell { .. } => "cell",
        }),
        text(rows, |row| &row.writer_id),
        numbers::<UInt64Type>(rows, |row| row.flush_sequence),
    ])
}

fn counts(rows: &[SnapshotRow]) -> Vec<ArrayRef> {
    let of_numeric =
        |get: fn(&NumericProfile) -> u64| numbers::<UInt64Type>(rows, |row| numeric(row).map_or(0, get));
    vec![
        numbers::<UInt64Type>(rows, |row| match &row.content {
            SnapshotContent::Column { profile, .. } => profile.count(),
            SnapshotContent::Set { profile } => profile.records,
            SnapshotContent::Principals { principals } => principals.records(),
            SnapshotContent::Cell { records, .. } => *records,
        }),
        numbers::<UInt64Type>(rows, |row| match &row.content {
            SnapshotContent::Column { profile, .. } => profile.nulls(),
            _ => 0,
        }),
        of_numeric(|profile| profile.nans),
        of_numeric(|profile| profile.pos_infs),
        of_numeric(|profile| profile.neg_infs),
    ]
}

fn moments(rows: &[SnapshotRow]) -> Vec<ArrayRef> {
    let column = |get: fn(&NumericProfile) -> Option<f64>| -> ArrayRef {
        Arc::new(rows.iter().map(|row| numeric(row).and_then(get)).collect::<Float64Array>())
    };
    vec![
        column(|profile| Some(profile.moments.sum())),
        column(|profile| profile.moments.mean()),
        column(|profile| Some(profile.moments.sum_sq_dev())),
        column(|profile| Some(profile.shape.sum_cubed_dev())),
        column(|profile| Some(profile.shape.sum_fourth_dev())),
        column(|profile| profile.moments.min()),
        column(|profile| profile.moments.max()),
    ]
}

/// Scale, zero count, positive and negative buckets.
pub(super) fn histograms<'r>(
    rows: impl Iterator<Item = Option<&'r ExponentialHistogram>> + Clone,
) -> Result<Vec<ArrayRef>> {
    let each = rows.clone();
    let scales: Int32Array = each.map(|histogram| histogram.map(ExponentialHistogram::scale)).collect();
    let each = rows.clone();
    let zeros: UInt64Array = each.map(|histogram| histogram.map(ExponentialHistogram::zero_count)).collect();
    let positive = rows.clone().map(|histogram| histogram.map(ExponentialHistogram::positive));
    let negative = rows.map(|histogram| histogram.map(ExponentialHistogram::negative));
    Ok(vec![
        Arc::new(scales),
        Arc::new(zeros),
        number_maps::<Int32Type, UInt64Type>(positive)?,
        number_maps::<Int32Type, UInt64Type>(negative)?,
    ])
}

/// Counts against a baseline, whatever the kind of the column.
struct BaselineView<'r> {
    state: Option<&'static str>,
    fingerprint: Option<u64>,
    edges: Option<Vec<f64>>,
    categories: Option<&'r [String]>,
    counts: Option<Vec<u64>>,
}

impl<'r> BaselineView<'r> {
    const NONE: Self = Self { state: None, fingerprint: None, edges: None, categories: None, counts: None };

    fn of(row: &'r SnapshotRow) -> Self {
        if let Some(profile) = numeric(row) {
            let tally = profile.bins();
            let Some(bins) = tally.known() else { return Self::unknown(&tally) };
            return Self {
                state: Some("known"),
                fingerprint: Some(bins.binning().fingerprint()),
                edges: Some(bins.binning().edges().to_vec()),
                counts: Some(bins.counts().to_vec()),
                ..Self::NONE
            };
        }
        let Some(profile) = categorical(row) else { return Self::NONE };
        let Some(counts) = profile.categories.known() else {
            return Self::unknown(&profile.categories);
        };
        Self {
            state: Some("known"),
            fingerprint: Some(counts.categories().fingerprint()),
            categories: Some(counts.categories().names()),
            counts: Some([counts.counts(), &[counts.unseen()]].concat()),
            ..Self::NONE
        }
    }

    fn unknown<T>(tally: &Tally<T>) -> Self {
        let state = matches!(tally, Tally::Mixed).then_some("mixed");
        Self { state, ..Self::NONE }
    }
}

fn baselines(rows: &[SnapshotRow]) -> Result<Vec<ArrayRef>> {
    let views: Vec<_> = rows.iter().map(BaselineView::of).collect();
    let states: StringArray = views.iter().map(|view| view.state).collect();
    let id = |fingerprint| format!("{fingerprint:016x}");
    let ids: StringArray = views.iter().map(|view| view.fingerprint.map(id)).collect();
    let edges = views.iter().map(|view| view.edges.clone());
    let categories =
        views.iter().map(|view| view.categories.map(|names| names.iter().map(String::as_str).collect()));
    Ok(vec![
        Arc::new(states),
        Arc::new(ids),
        number_lists::<Float64Type>(edges)?,
        text_lists(categories)?,
        number_lists::<UInt64Type>(views.iter().map(|view| view.counts.clone()))?,
    ])
}

fn digests(rows: &[SnapshotRow]) -> Result<Vec<ArrayRef>> {
    let centroids: Vec<_> =
        rows.iter().map(|row| numeric(row).map(|profile| profile.digest().centroids())).collect();
    let floats = |get: fn(&Centroid) -> f64| {
        number_lists::<Float64Type>(
            centroids.iter().map(|row| row.as_ref().map(|row| row.iter().map(get).collect())),
        )
    };
    let weights = centroids
        .iter()
        .map(|row| row.as_ref().map(|row| row.iter().map(|centroid| centroid.weight).collect()));
    let compressions = rows.iter().map(|row| numeric(row).map(|profile| profile.digest().compression()));
    Ok(vec![
        Arc::new(compressions.collect::<PrimitiveArray<UInt16Type>>()),
        floats(|centroid| centroid.mean)?,
        number_lists::<UInt64Type>(weights)?,
        floats(|centroid| centroid.low)?,
        floats(|centroid| centroid.high)?,
    ])
}

fn distinct_and_frequent(rows: &[SnapshotRow]) -> Result<Vec<ArrayRef>> {
    let distinct = || {
        rows.iter().map(|row| match &row.content {
            SnapshotContent::Column { profile: ColumnProfile::Numeric(profile), .. } => {
                Some(&profile.distinct)
            }
            SnapshotContent::Column { profile: ColumnProfile::Categorical(profile), .. } => {
                Some(&profile.distinct)
            }
            SnapshotContent::Set { profile } => Some(&profile.combinations),
            SnapshotContent::Principals { .. } | SnapshotContent::Cell { .. } => None,
        })
    };
    let kll = rows.iter().map(|row| numeric(row)?.kll().map(|kll| kll.to_bytes()));
    let frequent = || rows.iter().map(|row| categorical(row).map(|profile| &profile.frequent));
    let items = frequent().map(|frequent| frequent.map(FrequentItems::items));
    let errors = frequent().map(|frequent| frequent.map(FrequentItems::error));
    let capacities = frequent().map(|frequent| frequent.map(|frequent| frequent.capacity() as u32));
    Ok(vec![
        Arc::new(distinct().map(|distinct| distinct.map(Hll::to_bytes)).collect::<BinaryArray>()),
        Arc::new(distinct().map(|distinct| distinct.and_then(Hll::extra_bytes)).collect::<BinaryArray>()),
        Arc::new(kll.collect::<BinaryArray>()),
        text_maps(items, |counts| Arc::new(UInt64Array::from(counts)))?,
        Arc::new(errors.collect::<UInt64Array>()),
        Arc::new(capacities.collect::<UInt32Array>()),
    ])
}
