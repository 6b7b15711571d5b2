//! Labelled records by the number that the model said of them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use driftline_sketches::performance::Residuals;

use super::strata::{Condition, NotWatched, Stratum, depths, range};
use crate::evidence::Rate;

/// The shares of a stratum's records whose errors are smaller than those that are watched.
const SMALLER: [f64; 2] = [0.5, 0.9];

/// What is watched of numbers: the side of the errors, and two of their sizes.
pub(super) const OUTCOMES: usize = 1 + SMALLER.len();

/// Which errors of a prediction count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorOutcome {
    /// The label is above the prediction.
    Above,
    /// The absolute error is in this bin of magnitudes, or a larger one.
    From(u16),
}

impl ErrorOutcome {
    fn includes(self, error: u16, level: u8) -> bool {
        match self {
            Self::Above => error > Residuals::zero(level),
            Self::From(bin) => Residuals::magnitude(error, level) >= bin,
        }
    }
}

/// Cuts a reference by predictions, into strata of about equal depth.
///
/// The sizes that are watched were chosen by the reference's own errors: their rates are known as surely as those of all bins are.
/// Where inputs move inside a stratum its rates move with them: between those that the strata beside it have, as far as the
/// rate at a prediction lies between those at a lower and a higher one.
pub(super) fn cut(reference: &Residuals, error: f64) -> Result<Vec<Stratum>, NotWatched> {
    let level = reference.level();
    let mut bins: BTreeMap<u16, u64> = BTreeMap::new();
    for (prediction, _, count) in reference.iter() {
        *bins.entry(prediction).or_default() += count;
    }
    let bins: Vec<(u16, u64)> = bins.into_iter().collect();
    let cuts = depths(&bins);
    // Of each rate, and of those beside it.
    let error = error / (3 * OUTCOMES * cuts.len().max(1)) as f64;
    let mut strata = Vec::new();
    for (place, &(first, last)) in cuts.iter().enumerate() {
        let inside = reference.iter().filter(|(prediction, ..)| (first..=last).contains(prediction));
        let sizes = magnitudes(inside.map(|(_, error, count)| (error, count)), level);
        let from = SMALLER.map(|share| ErrorOutcome::From(share_below(&sizes, share)));
        for (group, outcome) in [ErrorOutcome::Above].into_iter().chain(from).enumerate() {
            let of = |(first, last)| Condition::Prediction { first, last, level, outcome };
            let beside = &cuts[place.saturating_sub(1)..cuts.len().min(place + 2)];
            let conditions: Vec<Condition> = beside.iter().copied().map(of).collect();
            let rates = rates(conditions.iter(), reference);
            let choices = if outcome == ErrorOutcome::Above { 1 } else { Residuals::zero(level) };
            let ranges = rates.iter().filter_map(|&rate| range(rate, error / f64::from(choices)));
            let (low, high) =
                ranges.fold((1.0, 0.0), |sum: (f64, f64), next| (sum.0.min(next.0), sum.1.max(next.1)));
            let own = place - place.saturating_sub(1);
            let (condition, reference) = (conditions[own].clone(), rates[own]);
            strata.push(Stratum { condition, reference, low, high, group: Some(group) });
        }
    }
    if strata.is_empty() { Err(NotWatched::NoLabels) } else { Ok(strata) }
}

/// The rates of each condition; of one that is not about predictions, none.
pub(super) fn rates<'c>(
    conditions: impl Iterator<Item = &'c Condition> + Clone,
    counts: &Residuals,
) -> Vec<Rate> {
    let level = conditions.clone().find_map(|condition| match condition {
        Condition::Prediction { level, .. } => Some(*level),
        _ => None,
    });
    let counts: Cow<'_, Residuals> = counts.at_level(level.unwrap_or(0));
    let cells: Vec<(u16, u16, u64)> = counts.iter().collect();
    let rate = |condition: &Condition| {
        let mut rate = Rate::default();
        if let Condition::Prediction { first, last, level, outcome } = condition {
            let from = cells.partition_point(|(prediction, ..)| prediction < first);
            let until = cells.partition_point(|(prediction, ..)| prediction <= last);
            for &(_, error, count) in &cells[from..until] {
                let sum = if outcome.includes(error, *level) { &mut rate.hits } else { &mut rate.misses };
                *sum = sum.saturating_add(count);
            }
        }
        rate
    };
    conditions.map(rate).collect()
}

/// Counts by rising size, of errors in bins.
pub(super) fn magnitudes(errors: impl Iterator<Item = (u16, u64)>, level: u8) -> Vec<(u16, u64)> {
    let mut sizes: BTreeMap<u16, u64> = BTreeMap::new();
    for (error, count) in errors {
        *sizes.entry(Residuals::magnitude(error, level)).or_default() += count;
    }
    sizes.into_iter().collect()
}

/// The first bin below which there is at least this share of the counts.
pub(super) fn share_below(sizes: &[(u16, u64)], share: f64) -> u16 {
    let total: f64 = sizes.iter().map(|(_, count)| *count as f64).sum();
    let mut below = 0.0;
    for (bin, count) in sizes {
        below += *count as f64;
        if below >= share * total {
            return bin + 1;
        }
    }
    0
}
