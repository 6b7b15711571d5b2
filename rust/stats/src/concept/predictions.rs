//! Labelled records by the number that the model said of them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use driftline_sketches::performance::Residuals;

use super::strata::{Condition, NotWatched, Stratum, depth, range};
use crate::evidence::Rate;

/// The shares of a stratum's records whose errors are smaller than those that are watched.
const SMALLER: [f64; 2] = [0.5, 0.9];

/// What is watched of numbers: the side of the errors, and two of their sizes.
pub(super) const OUTCOMES: usize = 1 + SMALLER.len();

/// Pairs by their bins of prediction and error, rising: see [`Residuals::iter`].
type Cell = (u16, u16, u64);

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
/// rate at a prediction lies between those at a lower and a higher one. A single stratum has none beside it.
pub(super) fn cut(reference: &Residuals, error: f64) -> Result<Vec<Stratum>, NotWatched> {
    let level = reference.level();
    let cells: Vec<Cell> = reference.iter().collect();
    let cuts = cuts(&sums(cells.iter().map(|&(prediction, _, count)| (prediction, count))));
    let inside: Vec<&[Cell]> = cuts.iter().map(|&(first, last)| between(&cells, first, last)).collect();
    // Of each rate, and of those beside it.
    let error = error / (3 * OUTCOMES * cuts.len().max(1)) as f64;
    let mut strata = Vec::new();
    for (place, &(first, last)) in cuts.iter().enumerate() {
        let sizes = magnitudes(inside[place].iter().map(|&(_, error, count)| (error, count)), level);
        let from = SMALLER.map(|share| ErrorOutcome::From(share_below(&sizes, share)));
        for (group, outcome) in [ErrorOutcome::Above].into_iter().chain(from).enumerate() {
            // Where half of the errors are in one bin both sizes are the same.
            if group == 2 && from[0] == from[1] {
                continue;
            }
            let choices = if outcome == ErrorOutcome::Above { 1 } else { Residuals::zero(level) };
            let at = |place: usize| inside.get(place).map(|cells| rate(cells, outcome, level));
            let below = place.checked_sub(1).and_then(at);
            let beside = Beside { below, own: rate(inside[place], outcome, level), above: at(place + 1) };
            let Some((low, high)) = beside.range(error / f64::from(choices)) else { continue };
            let condition = Condition::Prediction { first, last, level, outcome };
            strata.push(Stratum { condition, reference: beside.own, low, high, group: Some(group) });
        }
    }
    if strata.is_empty() { Err(NotWatched::NoLabels) } else { Ok(strata) }
}

/// The first and the last bin of each stratum. Each has a depth or more, but for what is left at the end: that is one of its own
/// from a quarter of a depth on.
fn cuts(bins: &[(u16, u64)]) -> Vec<(u16, u16)> {
    let depth = depth(bins.iter().map(|(_, count)| *count as f64).sum());
    let mut cuts: Vec<(u16, u16)> = Vec::new();
    let (mut first, mut records) = (None, 0.0);
    for &(bin, count) in bins {
        let from = *first.get_or_insert(bin);
        records += count as f64;
        if records >= depth {
            cuts.push((from, bin));
            (first, records) = (None, 0.0);
        }
    }
    if let (Some(from), Some(&(last, _))) = (first, bins.last()) {
        match cuts.last_mut() {
            Some(cut) if records < 0.25 * depth => cut.1 = last,
            _ => cuts.push((from, last)),
        }
    }
    cuts
}

/// The rate of an outcome in a stratum, and in those on both sides of it.
struct Beside {
    below: Option<Rate>,
    own: Rate,
    above: Option<Rate>,
}

impl Beside {
    /// The rates that the stratum may have, its own and as far as those beside it. Where there is none on one side, it may go
    /// as far there as it does on the other.
    fn range(&self, error: f64) -> Option<(f64, f64)> {
        let own = range(self.own, error)?;
        let side = |rate: Option<Rate>| rate.and_then(|rate| range(rate, error));
        let (below, above) = (side(self.below), side(self.above));
        let mirrored = |side: Option<(f64, f64)>| {
            let (low, high) = side.unwrap_or(own);
            ((own.0 - (high - own.1).max(0.0)).max(0.0), (own.1 + (own.0 - low).max(0.0)).min(1.0))
        };
        let sides = [below.unwrap_or_else(|| mirrored(above)), above.unwrap_or_else(|| mirrored(below))];
        Some(sides.into_iter().fold(own, |sum, side| (sum.0.min(side.0), sum.1.max(side.1))))
    }
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
    let cells: Vec<Cell> = counts.iter().collect();
    let rate = |condition: &Condition| match condition {
        Condition::Prediction { first, last, level, outcome } => {
            rate(between(&cells, *first, *last), *outcome, *level)
        }
        _ => Rate::default(),
    };
    conditions.map(rate).collect()
}

/// The cells whose predictions are in these bins and those between them.
fn between(cells: &[Cell], first: u16, last: u16) -> &[Cell] {
    let from = cells.partition_point(|(prediction, ..)| *prediction < first);
    let until = cells.partition_point(|(prediction, ..)| *prediction <= last);
    &cells[from..until]
}

fn rate(cells: &[Cell], outcome: ErrorOutcome, level: u8) -> Rate {
    let mut rate = Rate::default();
    for &(_, error, count) in cells {
        let sum = if outcome.includes(error, level) { &mut rate.hits } else { &mut rate.misses };
        *sum = sum.saturating_add(count);
    }
    rate
}

/// Counts by rising size, of errors in bins.
pub(super) fn magnitudes(errors: impl Iterator<Item = (u16, u64)>, level: u8) -> Vec<(u16, u64)> {
    sums(errors.map(|(error, count)| (Residuals::magnitude(error, level), count)))
}

/// Counts by rising bin, each bin once.
fn sums(counts: impl Iterator<Item = (u16, u64)>) -> Vec<(u16, u64)> {
    let mut sums: BTreeMap<u16, u64> = BTreeMap::new();
    for (bin, count) in counts {
        *sums.entry(bin).or_default() += count;
    }
    sums.into_iter().collect()
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
