use std::sync::Arc;

use driftline_sketches::joint::{
    Frame, KnownCombinationsBuilder, LARGEST_VALUE, ScaledSums, Scales, UnseenCombinations,
};
use driftline_sketches::{ColumnProfile, JointColumns, JointProfile, NumericProfile, Tally};

use super::planned::PlannedSet;
use super::records::SetRecords;
use crate::baseline::Baseline;
use crate::batch::Batch;
use crate::model::Model;
use crate::read::Rows;

/// Shares of the baseline below and above which a value is strange.
const TAILS: (f64, f64) = (0.001, 0.999);

/// What a baseline says about a set: by its own profile of the set, or else by those of the columns.
pub(crate) fn frame_of(columns: &Arc<JointColumns>, baseline: Option<&Baseline>) -> Frame {
    let Some(baseline) = baseline else { return Frame::default() };
    let own = baseline.set(columns);
    let scales = match own.map(|own| &own.scaled) {
        Some(Tally::Known(scaled)) => Some(Arc::clone(scaled.scales())),
        _ => scales_of(columns, |name| baseline.column(name)),
    };
    let known = own.and_then(|own| own.unseen.known()).map(UnseenCombinations::known);
    Frame { scales, known: known.filter(|known| known.is_here()).map(Arc::clone) }
}

/// Scales by the profiles of the columns; none unless all numeric columns of the set have one.
fn scales_of<'p>(
    columns: &Arc<JointColumns>,
    find: impl Fn(&str) -> Option<&'p ColumnProfile>,
) -> Option<Arc<Scales>> {
    let of = |name: &String| match find(name)? {
        ColumnProfile::Numeric(numeric) => scale_of(numeric),
        ColumnProfile::Categorical(_) => None,
    };
    let scales: Vec<[f64; 4]> = columns.numeric().iter().map(of).collect::<Option<_>>()?;
    let [means, deviations, lows, highs] =
        [0, 1, 2, 3].map(|part| scales.iter().map(|scale| scale[part]).collect());
    Scales::new(Arc::clone(columns), means, deviations, lows, highs).ok().map(Arc::new)
}

/// The same scales with the range that values have, given column by column.
fn with_range(scales: &Scales, values: &mut [Vec<f64>]) -> Option<Arc<Scales>> {
    let mut ranges = values.iter_mut().map(|values| {
        values.retain(|value| value.is_finite());
        values.sort_unstable_by(f64::total_cmp);
        let last = values.len().checked_sub(1)?;
        let at = |share: f64| values[(share * last as f64).round() as usize];
        Some((at(TAILS.0), at(TAILS.1)))
    });
    let ranges: Vec<(f64, f64)> = ranges.by_ref().collect::<Option<_>>()?;
    let (lows, highs) = ranges.into_iter().unzip();
    let (means, deviations) = (scales.means().to_vec(), scales.deviations().to_vec());
    Scales::new(Arc::clone(scales.columns()), means, deviations, lows, highs).ok().map(Arc::new)
}

/// Mean, deviation, and the range of what is not strange.
pub(crate) fn scale_of(numeric: &NumericProfile) -> Option<[f64; 4]> {
    let digest = numeric.digest();
    let (low, high) = (digest.quantile(TAILS.0)?, digest.quantile(TAILS.1)?);
    let mean = numeric.moments.mean()?.clamp(-LARGEST_VALUE, LARGEST_VALUE);
    let deviation = numeric.moments.std_dev().unwrap_or(0.0).min(LARGEST_VALUE);
    // A column without spread is measured in its own unit.
    Some([mean, if deviation > 0.0 { deviation } else { 1.0 }, low, high])
}

/// The profile of a set over all records at hand, beside themselves: its own scales, and its own combinations.
///
/// The range outside which values are strange is taken from every other record, and strange records are counted among the
/// rest, so that these are to the range what later ones are.
pub(crate) fn count_known<'p>(
    columns: &Arc<JointColumns>,
    find: impl Fn(&str) -> Option<&'p ColumnProfile>,
    parts: &[(&PlannedSet, &Batch<'_>)],
) -> JointProfile {
    let read = |(set, batch): &(&PlannedSet, &Batch<'_>)| SetRecords::read(set, batch, Rows::All(batch.rows));
    let mut halves = [vec![Vec::new(); columns.numeric().len()], vec![Vec::new(); columns.numeric().len()]];
    let mut first = 0;
    for records in parts.iter().map(read) {
        for (column, values) in records.numeric.iter().enumerate() {
            for (row, value) in (first..).zip(values) {
                halves[row % 2][column].push(*value);
            }
        }
        first += records.numeric.first().map_or(0, Vec::len);
    }
    let scales = scales_of(columns, find).and_then(|scales| with_range(&scales, &mut halves[0]));
    let frame = Frame { scales: scales.clone(), known: None };
    let mut profile = JointProfile::new(Arc::clone(columns), frame);
    let mut builder = KnownCombinationsBuilder::new(Arc::clone(columns));
    for (records, (_, batch)) in parts.iter().map(read).zip(parts) {
        profile.add(batch.rows, &records.numeric, &records.combinations);
        builder.add(records.combinations.iter().map(|hash| hash.0));
    }
    if let (Some(scales), Some(sums)) = (scales, profile.scaled.known()) {
        let outside = &scales.count_outside(&halves[1])[..=columns.numeric().len()];
        let features = sums.features().clone();
        if let Ok(sums) = ScaledSums::from_parts(scales, features, sums.fourth_powers(), outside) {
            profile.scaled = Tally::Known(sums);
        }
    }
    if !columns.categorical().is_empty() && profile.records > 0 {
        profile.unseen = Tally::Known(builder.finish());
    }
    profile
}

impl Model {
    /// Puts the combinations back that profiles were written without, as far as a baseline holds them.
    pub(crate) fn restore_known<'p>(&self, profiles: impl Iterator<Item = &'p mut JointProfile>) {
        for profile in profiles {
            for baseline in self.baselines.values() {
                let own = baseline.set(profile.columns()).and_then(|own| own.unseen.known());
                if let Some(own) = own.filter(|own| own.known().is_here()) {
                    profile.restore_known(own.known());
                }
            }
        }
    }
}
