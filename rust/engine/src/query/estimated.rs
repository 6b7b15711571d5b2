//! How good predictions are likely to be before their labels come.

use std::collections::BTreeMap;

use driftline_sketches::{Classification, Performance, ScoreHistogram};
use driftline_stats::estimated::{Calibration, Differences, Period, Stratum, estimate, realised, reweighted};
use driftline_stats::performance::Figure;

use super::gathering::{Asked, Gathering, Part};
use super::kept_windows::KeptWindows;
use super::performance::positive_class;
use super::performance_periods::PerformancePeriods;
use super::periods::Cut;
use super::reference::{Compared, Reference, Resolved};
use super::selection::{Columns, Coverage, Merged, Selection};
use crate::engine::Engine;
use crate::error::{EngineError, Result};
use crate::segment::Segment;

/// Quality that is expected, beside what labels say so far.
#[derive(Debug, Clone)]
pub struct EstimatedAnswer {
    /// Predictions, and those of them that have a label.
    pub predictions: u64,
    /// Predictions whose label has come.
    pub labels: u64,
    /// From the scores of all predictions and the reference's calibration; none where there are no scores.
    pub estimated: Vec<Figure>,
    /// Predictions with a score in `[0, 1]`.
    pub scored: u64,
    /// The reference's labelled scores that the calibration was learnt from.
    pub calibrated_by: u64,
    /// Periods of the reference, as long as the selection, that say how far periods are from what is expected of them.
    pub periods: u64,
    /// From the reference's quality in each segment and the mix of segments; none where no segments were named.
    pub reweighted: Vec<Figure>,
    /// Predictions in segments that have labels in the reference.
    pub reweighted_predictions: u64,
    /// From the labels that have come.
    pub realised: Vec<Figure>,
    /// The positive class; empty when none is known.
    pub positive_class: String,
    /// Where the predictions come from.
    pub coverage: Coverage,
    /// What taught the relation of scores, or segments, and labels.
    pub reference: Compared,
}

impl Engine {
    /// Expected quality of the predictions of a selection; by segments too when `by` names declared segment columns.
    ///
    /// # Errors
    /// As [`Engine::performance`] and [`Engine::resolve`]; [`EngineError::FailedPrecondition`] when the reference has nothing
    /// that says how labels depend on scores or segments.
    pub fn estimated(
        &self,
        selection: &Selection,
        reference: &Reference,
        by: &[String],
    ) -> Result<EstimatedAnswer> {
        let reference = self.resolve(reference, selection)?;
        let gathering = self.gather_estimated(selection, &reference, by)?;
        gathering.check_complete()?;
        gathering.estimated(&reference, by)
    }

    /// Gathers what [`Gathering::estimated`] tells of.
    ///
    /// # Errors
    /// As [`Engine::performance`].
    pub fn gather_estimated(
        &self,
        selection: &Selection,
        reference: &Resolved,
        by: &[String],
    ) -> Result<Gathering> {
        let mut asked = vec![Asked::merged_records(selection, by)];
        if let Resolved::Records(records) = reference {
            asked.push(Asked::merged_records(records, by));
            if let (Some(start), Some(end)) = (selection.start, selection.end) {
                let cut = Cut { every: end.saturating_sub(start), offset: start };
                let periods = KeptWindows::Performance(PerformancePeriods::new(cut));
                asked.push(Asked::kept(records, Columns::None, periods));
            }
        }
        self.gather(&asked)
    }
}

impl Gathering {
    /// See [`Engine::estimated`].
    ///
    /// # Errors
    /// As [`Engine::estimated`].
    pub fn estimated(self, reference: &Resolved, by: &[String]) -> Result<EstimatedAnswer> {
        let mut parts = self.into_parts().into_iter();
        let Some(current) = parts.next() else {
            return Err(EngineError::Internal("nothing was gathered to estimate".into()));
        };
        let gathered = parts.next();
        let known = match (reference, gathered) {
            (Resolved::Records(_), Some(part)) => Known::of_parts(part, parts.next()),
            (Resolved::Baseline { baseline, .. }, _) => Known {
                all: baseline.performance().net().into_owned(),
                segments: of_each(baseline.performance_by(by)),
                periods: BTreeMap::new(),
                merged: None,
            },
            (Resolved::Records(_), None) => {
                return Err(EngineError::Internal("no reference was gathered to learn from".into()));
            }
        };
        known.answer(current, reference)
    }
}

/// What a reference says of labels.
struct Known {
    all: Performance,
    segments: BTreeMap<Segment, Performance>,
    /// As long as the range that is asked about.
    periods: BTreeMap<i64, Performance>,
    merged: Option<Merged>,
}

impl Known {
    fn of_parts(part: Part, apart: Option<Part>) -> Self {
        let mut merged = part.merged.into_iter();
        let own = merged.next().map(|(_, own)| own).unwrap_or_default();
        let segments = of_each(merged.map(|(segment, merged)| (segment, merged.performance)));
        let periods = match apart.and_then(|part| part.kept) {
            Some(KeptWindows::Performance(kept)) => of_each(kept.periods),
            _ => BTreeMap::new(),
        };
        Self { all: own.performance.net().into_owned(), segments, periods, merged: Some(own) }
    }

    /// How far periods are from what is expected of them.
    fn differences(&self, calibration: &Calibration, positive: &str) -> Differences {
        let periods = self.periods.values().filter_map(|period| {
            let (scores, labelled) = period.predicted_scores.as_ref().zip(period.classification.as_ref())?;
            Some(Period { scores, labelled })
        });
        Differences::learn(calibration, periods, positive)
    }

    fn answer(self, current: Part, reference: &Resolved) -> Result<EstimatedAnswer> {
        let scores = self.all.classification.as_ref().and_then(|labelled| labelled.scores.as_ref());
        let calibration = scores.and_then(Calibration::learn);
        let is_by_segments =
            current.is_broken_down && self.segments.values().any(|known| known.classification.is_some());
        if calibration.is_none() && !is_by_segments {
            return Err(EngineError::FailedPrecondition(format!(
                "{} has no labelled scores to learn from, and no labels in the segments asked for",
                reference.compared(&Merged::default()).name
            )));
        }
        let positive = positive_class(&current.positive_class, &self.all);
        let mut merged = current.merged.into_iter();
        let own = merged.next().map(|(_, own)| own).unwrap_or_default();
        let performance = own.performance.net();
        let differences = calibration.as_ref().map(|calibration| self.differences(calibration, &positive));
        let differences = differences.unwrap_or_default();
        let estimated = calibration.as_ref().zip(performance.predicted_scores.as_ref());
        let estimated = estimated.map(|(calibration, scores)| estimate(calibration, scores, &differences));
        let empty = Classification::new();
        let strata: Vec<Stratum<'_>> = merged
            .map(|(segment, merged)| {
                let known = self.segments.get(&segment).and_then(|known| known.classification.as_ref());
                Stratum { predictions: merged.performance.predictions, reference: known.unwrap_or(&empty) }
            })
            .collect();
        let by_segments = reweighted(&strata, &positive);
        let (negative, positive_scores) =
            performance.predicted_scores.as_ref().map_or((0, 0), ScoreHistogram::totals);
        let labelled = performance.classification.as_ref();
        Ok(EstimatedAnswer {
            predictions: performance.predictions,
            labels: performance.labels,
            estimated: estimated.unwrap_or_default(),
            scored: negative.saturating_add(positive_scores),
            calibrated_by: calibration.map_or(0, |calibration| calibration.rows()),
            periods: differences.periods(),
            reweighted: by_segments.figures,
            reweighted_predictions: by_segments.predictions,
            realised: labelled.map(|labelled| realised(labelled, &positive)).unwrap_or_default(),
            positive_class: positive,
            coverage: own.coverage,
            reference: reference.compared(&self.merged.unwrap_or_default()),
        })
    }
}

/// What holds of each after corrections.
fn of_each<Key: Ord>(found: impl IntoIterator<Item = (Key, Performance)>) -> BTreeMap<Key, Performance> {
    found.into_iter().map(|(key, performance)| (key, performance.into_net())).collect()
}
