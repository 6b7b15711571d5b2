//! How good the predictions are.

use driftline_sketches::{Classification, Performance};
use driftline_stats::performance::{
    ClassificationReport, Curves, Estimate, OutcomeValue, RankingReport, RegressionReport, WeightedFigure,
    classification, coverage, curves, outcome_value, ranking, regression, weighted,
};

use super::gathering::{Asked, Gathering};
use super::selection::{Coverage, Selection};
use crate::engine::Engine;
use crate::error::Result;
use crate::segment::Segment;

/// Quality in one segment.
#[derive(Debug, Clone)]
pub struct SegmentPerformance {
    /// Its values.
    pub segment: Segment,
    /// Records that carry a prediction.
    pub predictions: u64,
    /// Those of them whose label has come.
    pub labels: u64,
    /// How often a label took the place of another one.
    pub corrections: u64,
    /// When the newest label became known, where that was said; nanoseconds since the Unix epoch.
    pub newest_label: Option<i64>,
    /// labels / predictions.
    pub coverage: Option<Estimate>,
    /// Seconds from prediction to label: median and 99th percentile.
    pub delay: Option<(f64, f64)>,
    /// When labels are classes.
    pub classification: Option<ClassificationReport>,
    /// The positive class that the report is about; empty when none is known.
    pub positive_class: String,
    /// Of the scores, where there are any and curves were asked for.
    pub curves: Option<Curves>,
    /// When labels are numbers.
    pub regression: Option<RegressionReport>,
    /// When records are items of lists.
    pub ranking: Option<RankingReport>,
    /// Labelled records that have a weight.
    pub weighted_records: u64,
    /// The figures that they give by their weights.
    pub weighted: Vec<WeightedFigure>,
}

/// Quality in all segments asked for.
#[derive(Debug, Clone)]
pub struct PerformanceAnswer {
    /// Worst first.
    pub segments: Vec<SegmentPerformance>,
    /// Where they come from.
    pub coverage: Coverage,
}

impl Engine {
    /// Quality of a selection with curves, broken down by declared segment columns when `by` names some.
    ///
    /// # Errors
    /// [`EngineError::NotFound`]; [`EngineError::InvalidArgument`] when `by` is not a declared segment set or
    /// the selection has a segment too.
    pub fn performance(&self, selection: &Selection, by: &[String]) -> Result<PerformanceAnswer> {
        Ok(self.gather_all(&[Asked::merged_records(selection, by)])?.performance(true))
    }

    /// Gathers what [`Gathering::performance`] tells of.
    ///
    /// # Errors
    /// As [`Engine::performance`].
    pub fn gather_performance(&self, selection: &Selection, by: &[String]) -> Result<Gathering> {
        self.gather(&[Asked::merged_records(selection, by)])
    }
}

impl Gathering {
    /// See [`Engine::performance`].
    pub fn performance(self, with_curves: bool) -> PerformanceAnswer {
        let mut answer = PerformanceAnswer { segments: Vec::new(), coverage: Coverage::default() };
        for part in self.into_parts() {
            let terms = Terms {
                positive_class: part.positive_class,
                outcome_values: part.outcome_values,
                with_curves,
            };
            let mut merged = part.merged.into_iter();
            let Some((segment, own)) = merged.next() else { continue };
            answer.coverage = own.coverage;
            if !part.is_broken_down {
                answer.segments.push(report(&terms, segment, &own.performance));
            }
            for (segment, merged) in merged.filter(|(_, merged)| merged.coverage.windows > 0) {
                answer.segments.push(report(&terms, segment, &merged.performance));
            }
        }
        answer.segments.sort_by(|left, right| badness(right).total_cmp(&badness(left)));
        answer
    }
}

/// How a segment is judged.
struct Terms {
    /// The configured positive class.
    positive_class: String,
    outcome_values: Vec<OutcomeValue>,
    with_curves: bool,
}

fn report(terms: &Terms, segment: Segment, counted: &Performance) -> SegmentPerformance {
    let performance = &*counted.net();
    let delay = &performance.delay;
    let positive_class = positive_class(&terms.positive_class, performance);
    SegmentPerformance {
        segment,
        predictions: performance.predictions,
        labels: performance.labels,
        corrections: counted.corrections(),
        newest_label: performance.newest_label,
        coverage: (performance.predictions > 0)
            .then(|| coverage(performance.labels, performance.predictions)),
        delay: delay.quantile(0.5).zip(delay.quantile(0.99)),
        classification: performance
            .classification
            .as_ref()
            .map(|counts| judged(counts, &positive_class, terms, performance.predictions)),
        weighted_records: performance.weighted.as_ref().map_or(0, |weighted| weighted.records),
        weighted: weighted(performance, &positive_class),
        positive_class,
        curves: performance.classification.as_ref().filter(|_| terms.with_curves).and_then(curves),
        regression: performance.regression.as_ref().map(regression),
        ranking: performance.ranking.as_deref().map(ranking),
    }
}

fn judged(counts: &Classification, positive: &str, terms: &Terms, predictions: u64) -> ClassificationReport {
    let mut report = classification(counts, positive);
    report.figures.extend(outcome_value(counts, positive, &terms.outcome_values, predictions));
    report
}

/// The configured positive class, else `true` or `1` where such a class was seen.
pub(super) fn positive_class(configured: &str, performance: &Performance) -> String {
    if !configured.is_empty() {
        return configured.to_owned();
    }
    let Some(classification) = &performance.classification else { return String::new() };
    let is_seen = |name: &str| {
        classification.confusion().any(|(label, predicted, _)| label == name || predicted == name)
    };
    ["true", "1"].into_iter().find(|name| is_seen(name)).unwrap_or_default().to_owned()
}

/// Sorts the worst first: by error rate, else by mean absolute error, else by what lists lack of the best order, those without
/// labels last.
fn badness(segment: &SegmentPerformance) -> f64 {
    let error_rate = segment
        .classification
        .as_ref()
        .and_then(|report| report.get("accuracy"))
        .map(|accuracy| 1.0 - accuracy.value);
    let mean_error = segment.regression.as_ref().and_then(|report| report.get("mae")).map(|mae| mae.value);
    let lacking = segment.ranking.as_ref().and_then(|report| {
        let ndcg = report.figures.iter().rfind(|figure| figure.name == "ndcg");
        ndcg.map(|figure| 1.0 - figure.estimate.value)
    });
    error_rate.or(mean_error).or(lacking).unwrap_or(f64::NEG_INFINITY)
}
