//! Labelled records by what the model said of them.

use std::collections::BTreeMap;

use driftline_sketches::performance::{OTHER_CLASS, Residuals, SCORE_BINS};
use driftline_sketches::{Classification, ScoreHistogram};

use super::judged::Judged;
use super::predictions::{self, ErrorOutcome};
use crate::evidence::{Laws, Rate};

/// The fewest and the most strata that scores are cut into.
const LEAST: usize = 2;
const MOST: usize = 100;

/// What the model said, and of which outcome the share is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// A score in these bins of a [`ScoreHistogram`], and the label is the positive class.
    Score {
        /// The first of the bins.
        first: u16,
        /// The last.
        last: u16,
    },
    /// A class, and the label is this one.
    Class {
        /// What was predicted.
        predicted: String,
        /// What is true.
        label: String,
    },
    /// A number in these bins of [`Residuals`], and the error is such.
    Prediction {
        /// The first of the bins.
        first: u16,
        /// The last.
        last: u16,
        /// Of the bins.
        level: u8,
        /// Which errors.
        outcome: ErrorOutcome,
    },
}

/// Why there is nothing to watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NotWatched {
    /// The reference has no labelled predictions.
    NoLabels,
    /// The reference, or a window, is of a time before errors were counted by prediction.
    Uncounted,
    /// There are more classes than are told apart, and which of them are may differ.
    TooManyClasses,
}

impl NotWatched {
    /// The name in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoLabels => "no_labels",
            Self::Uncounted => "uncounted",
            Self::TooManyClasses => "too_many_classes",
        }
    }
}

impl Condition {
    /// The least and the largest score that it is about.
    pub fn scores(&self) -> Option<(f64, f64)> {
        match self {
            Self::Score { first, last } => {
                let edge = |bin: u16| f64::from(bin) / SCORE_BINS as f64;
                Some((edge(*first), edge(*last + 1)))
            }
            _ => None,
        }
    }

    /// The least and the largest prediction that it is about.
    pub fn predictions(&self) -> Option<(f64, f64)> {
        match self {
            Self::Prediction { first, last, level, .. } => {
                Some((Residuals::range(*first, *level).0, Residuals::range(*last, *level).1))
            }
            _ => None,
        }
    }

    /// The absolute error from which on it is the outcome.
    pub fn error_from(&self) -> Option<f64> {
        match self {
            Self::Prediction { level, outcome: ErrorOutcome::From(bin), .. } => {
                Some(Residuals::range(Residuals::zero(*level) + bin, *level).0)
            }
            _ => None,
        }
    }

    /// How many different records some conditions with these rates are about: of a record's several outcomes one counts.
    pub(super) fn records(&self, rate: Rate) -> u64 {
        match self {
            Self::Class { .. } => rate.hits,
            Self::Prediction { outcome: ErrorOutcome::From(_), .. } => 0,
            _ => rate.hits.saturating_add(rate.misses),
        }
    }
}

/// Records of one stratum of the reference, and the rates that count as "not moved".
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stratum {
    pub(super) condition: Condition,
    pub(super) reference: Rate,
    pub(super) low: f64,
    pub(super) high: f64,
    /// The strata with which it may be bet on together: no record has the outcome of two of them, or is a miss of two.
    pub(super) group: Option<usize>,
}

/// Cuts a reference: by scores or predicted numbers where it has them, else by predicted class and label.
pub(super) fn cut(reference: Judged<'_>, error: f64) -> Result<Vec<Stratum>, NotWatched> {
    match reference {
        Judged::Classes(counts) => cut_classes(counts, error),
        Judged::Numbers(residuals) => predictions::cut(residuals, error),
        Judged::Uncounted => Err(NotWatched::Uncounted),
        Judged::Nothing => Err(NotWatched::NoLabels),
    }
}

fn cut_classes(reference: &Classification, error: f64) -> Result<Vec<Stratum>, NotWatched> {
    let conditions = match scores_of(reference) {
        Some(scores) => by_score(scores),
        None => by_class(reference)?,
    };
    let rates = of_classes(&conditions, reference);
    // Shares of labels of one class are not draws of their own: there is nothing to multiply.
    let group = scores_of(reference).map(|_| 0);
    let error = error / conditions.len().max(1) as f64;
    let known = conditions.into_iter().zip(rates).filter_map(|(condition, reference)| {
        let (low, high) = range(reference, error)?;
        Some(Stratum { condition, reference, low, high, group })
    });
    let mut strata: Vec<Stratum> = known.collect();
    widen(&mut strata);
    if strata.is_empty() { Err(NotWatched::NoLabels) } else { Ok(strata) }
}

/// The rates of each condition in some counts.
pub(super) fn rates<'c>(
    conditions: impl Iterator<Item = &'c Condition> + Clone,
    counts: Judged<'_>,
) -> Vec<Rate> {
    match counts {
        Judged::Classes(counts) => of_classes(conditions, counts),
        Judged::Numbers(residuals) => predictions::rates(conditions, residuals),
        Judged::Uncounted | Judged::Nothing => conditions.map(|_| Rate::default()).collect(),
    }
}

/// Those that are not about classes have no records here.
fn of_classes<'c>(conditions: impl IntoIterator<Item = &'c Condition>, counts: &Classification) -> Vec<Rate> {
    let scores: Vec<_> = counts.scores.iter().flat_map(ScoreHistogram::iter).collect();
    let mut predictions: BTreeMap<&str, u64> = BTreeMap::new();
    let mut confusion: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for (label, predicted, count) in counts.confusion() {
        *predictions.entry(predicted).or_default() += count;
        confusion.insert((predicted, label), count);
    }
    let rate = |condition: &Condition| match condition {
        Condition::Score { first, last } => {
            let from = scores.partition_point(|(bin, ..)| bin < first);
            let until = scores.partition_point(|(bin, ..)| bin <= last);
            let mut rate = Rate::default();
            for (_, negatives, positives) in &scores[from..until] {
                rate.misses = rate.misses.saturating_add(*negatives);
                rate.hits = rate.hits.saturating_add(*positives);
            }
            rate
        }
        Condition::Class { predicted, label } => {
            let all = predictions.get(predicted.as_str()).copied().unwrap_or(0);
            let hits = confusion.get(&(predicted.as_str(), label.as_str())).copied().unwrap_or(0);
            Rate { hits, misses: all - hits }
        }
        Condition::Prediction { .. } => Rate::default(),
    };
    conditions.into_iter().map(rate).collect()
}

/// Scores, where there are any inside their range.
pub(super) fn scores_of(counts: &Classification) -> Option<&ScoreHistogram> {
    counts.scores.as_ref().filter(|scores| scores.iter().next().is_some())
}

/// Whether classes were put together, so that which of them are told apart may change.
pub(super) fn has_other_class(counts: &Classification) -> bool {
    counts.confusion().any(|(label, predicted, _)| label == OTHER_CLASS || predicted == OTHER_CLASS)
}

/// Strata of about equal depth.
fn by_score(scores: &ScoreHistogram) -> Vec<Condition> {
    let bins: Vec<(u16, u64)> = scores.iter().map(|(bin, no, yes)| (bin, no.saturating_add(yes))).collect();
    let records: f64 = bins.iter().map(|(_, count)| *count as f64).sum();
    let depth = depth(records);
    let (mut conditions, mut first, mut below) = (Vec::new(), None, 0.0);
    for (place, (bin, count)) in bins.iter().enumerate() {
        let from = *first.get_or_insert(*bin);
        below += *count as f64;
        let asked = (conditions.len() + 1) as f64 * depth;
        if below >= asked || place + 1 == bins.len() {
            // No bin may make several strata full.
            conditions.push(Condition::Score { first: from, last: *bin });
            first = None;
        }
    }
    conditions
}

/// Records of a stratum, of which there are about as many as the cube root of the records: with `B` of `N` the rate differs by
/// about `1 / B` between neighbours and is known to `sqrt(B / N)`, whose sum is least in that order.
pub(super) fn depth(records: f64) -> f64 {
    records / (records.cbrt().round() as usize).clamp(LEAST, MOST) as f64
}

fn by_class(reference: &Classification) -> Result<Vec<Condition>, NotWatched> {
    if has_other_class(reference) {
        return Err(NotWatched::TooManyClasses);
    }
    let seen = reference.confusion().filter(|(.., count)| *count > 0);
    let condition = |(label, predicted, _): (&str, &str, u64)| Condition::Class {
        predicted: predicted.to_owned(),
        label: label.to_owned(),
    };
    Ok(seen.map(condition).collect())
}

/// The rates that the reference may come from, all but a chance of `error`.
pub(super) fn range(reference: Rate, error: f64) -> Option<(f64, f64)> {
    Laws::of_baseline(&[reference.misses, reference.hits], error, 0.0)?.ranges().nth(1)
}

/// Where inputs move inside a stratum its rate moves with them: as far as the score rises with the chance of a positive
/// label, to no less than the rate of the stratum below and to no more than that of the one above. A stratum of a
/// single bin has no inside.
fn widen(strata: &mut [Stratum]) {
    let ranges: Vec<(f64, f64)> = strata.iter().map(|stratum| (stratum.low, stratum.high)).collect();
    for (place, stratum) in strata.iter_mut().enumerate() {
        match stratum.condition {
            Condition::Score { first, last } if first < last => {
                let below = place.checked_sub(1).map_or(0.0, |below| ranges[below].0);
                let above = ranges.get(place + 1).map_or(1.0, |range| range.1);
                stratum.low = stratum.low.min(below);
                stratum.high = stratum.high.max(above);
            }
            _ => {}
        }
    }
}
