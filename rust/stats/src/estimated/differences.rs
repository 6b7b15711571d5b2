//! How far periods are from what is expected of them.

use driftline_sketches::{Classification, ScoreHistogram};

use super::calibration::Calibration;
use super::expected::{Expected, NAMES, realised};
use crate::performance::Figure;
use crate::special::halve;

/// With fewer periods nothing is said.
const LEAST_PERIODS: usize = 5;
/// Of a period's predictions so many must have labels.
const LEAST_LABELLED: f64 = 0.9;
/// Halvings until a variance is known to a billionth.
const HALVINGS: usize = 40;

/// One period of the reference.
#[derive(Debug, Clone, Copy)]
pub struct Period<'p> {
    /// Scores of all predictions, by whether the positive class was predicted.
    pub scores: &'p ScoreHistogram,
    /// What labels say of them.
    pub labelled: &'p Classification,
}

/// Variances of figures between periods, beyond chance: the relation of scores and labels is never quite the same, and what
/// happens on one day happens to all of its records.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Differences {
    variances: [f64; NAMES.len()],
    periods: u64,
}

impl Differences {
    /// From periods whose labels have come, as long as the one that is asked about. Each variance is the one with which the
    /// squared differences of what was realised from what was expected are, over their variances, as many as there are periods
    /// (Paule and Mandel 1982).
    pub fn learn<'p>(
        calibration: &Calibration,
        periods: impl IntoIterator<Item = Period<'p>>,
        positive: &str,
    ) -> Self {
        let shares = calibration.shares();
        let mut found: [Vec<(f64, f64)>; NAMES.len()] = Default::default();
        let mut number = 0;
        for period in periods.into_iter().filter(Period::is_labelled) {
            number += 1;
            let expected = Expected::new(period.scores, &shares);
            let realised = realised(period.labelled, positive);
            for (place, found) in found.iter_mut().enumerate() {
                let of_name = |figure: &&Figure| figure.name == NAMES[place];
                let realised = realised.iter().find(of_name).map(|figure| figure.estimate.value);
                if let (Some(expected_value), Some(realised)) = (expected.figures[place], realised) {
                    found.push(((realised - expected_value).powi(2), expected.chance[place]));
                }
            }
        }
        Self { variances: found.map(|found| between(&found)), periods: number }
    }

    /// Periods it was learnt from.
    pub fn periods(&self) -> u64 {
        self.periods
    }

    pub(super) fn variances(&self) -> [f64; NAMES.len()] {
        self.variances
    }
}

impl Period<'_> {
    fn is_labelled(&self) -> bool {
        let (negative, positive) = self.scores.totals();
        let scored = self.labelled.scored() as f64;
        scored > 0.0 && scored >= LEAST_LABELLED * negative.saturating_add(positive) as f64
    }
}

/// The variance that squared differences show beyond their own.
fn between(squares: &[(f64, f64)]) -> f64 {
    if squares.len() < LEAST_PERIODS {
        return 0.0;
    }
    let is_too_much = |variance: f64| {
        let ratio = |&(square, chance): &(f64, f64)| {
            let all = chance + variance;
            if all > 0.0 { square / all } else { 0.0 }
        };
        squares.iter().map(ratio).sum::<f64>() > squares.len() as f64
    };
    if !is_too_much(f64::MIN_POSITIVE) {
        return 0.0;
    }
    // No share varies more than between 0 and 1.
    halve(0.0, 1.0, HALVINGS, is_too_much).1
}
