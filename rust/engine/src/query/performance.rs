//! How good the predictions are.

use std::collections::BTreeSet;

use driftline_sketches::Performance;
use driftline_stats::performance::{
    ClassificationReport, Estimate, RegressionReport, classification, coverage, regression,
};

use super::selection::{Coverage, Selection};
use crate::engine::Engine;
use crate::error::{EngineError, Result};
use crate::model::Model;
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
    /// labels / predictions.
    pub coverage: Option<Estimate>,
    /// Seconds from prediction to label: median and 99th percentile.
    pub delay: Option<(f64, f64)>,
    /// When labels are classes.
    pub classification: Option<ClassificationReport>,
    /// The positive class that the report is about; empty when none is known.
    pub positive_class: String,
    /// When labels are numbers.
    pub regression: Option<RegressionReport>,
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
    /// Quality of a selection, broken down by declared segment columns when `by` names some.
    ///
    /// # Errors
    /// [`EngineError::NotFound`]; [`EngineError::InvalidArgument`] when `by` is not a declared segment set or
    /// the selection has a segment too.
    pub fn performance(&self, selection: &Selection, by: &[String]) -> Result<PerformanceAnswer> {
        let merged = self.merge(selection, &[])?;
        let model = self.model(&selection.model)?;
        let model = model.read()?;
        if by.is_empty() {
            let segment = selection.segment.clone().into_iter().collect();
            let only = report(&model, segment, &merged.performance);
            return Ok(PerformanceAnswer { segments: vec![only], coverage: merged.coverage });
        }
        check_by(&model, selection, by)?;
        let mut segments = Vec::new();
        for values in segments_by(&model, selection, by)? {
            let narrowed = Selection { segment: values.iter().cloned().collect(), ..selection.clone() };
            let merged = model.merge(&narrowed, &[])?;
            if merged.coverage.windows > 0 {
                segments.push(report(&model, values, &merged.performance));
            }
        }
        segments.sort_by(|left, right| badness(right).total_cmp(&badness(left)));
        Ok(PerformanceAnswer { segments, coverage: merged.coverage })
    }
}

fn check_by(model: &Model, selection: &Selection, by: &[String]) -> Result<()> {
    if !selection.segment.is_empty() {
        return Err(EngineError::InvalidArgument(
            "`by` and a segment in the selection exclude each other".into(),
        ));
    }
    let is_declared = model
        .monitor
        .segments
        .iter()
        .any(|set| set.len() == by.len() && by.iter().all(|column| set.contains(column)));
    if is_declared {
        return Ok(());
    }
    let declared: Vec<_> = model.monitor.segments.iter().map(|set| set.join(" + ")).collect();
    Err(EngineError::InvalidArgument(format!(
        "{} is not a declared segment of model {:?}; declared: {}",
        by.join(" + "),
        model.monitor.model,
        if declared.is_empty() { "none".to_owned() } else { declared.join("; ") }
    )))
}

fn segments_by(model: &Model, selection: &Selection, by: &[String]) -> Result<Vec<Segment>> {
    let mut found = BTreeSet::new();
    for version in selection.versions(model)? {
        for (_, segment) in version.segments.iter() {
            let matches = segment.len() == by.len() && segment.iter().all(|(column, _)| by.contains(column));
            if matches {
                found.insert(segment.clone());
            }
        }
    }
    Ok(found.into_iter().collect())
}

fn report(model: &Model, segment: Segment, performance: &Performance) -> SegmentPerformance {
    let delay = &performance.delay;
    let positive_class = positive_class(model, performance);
    SegmentPerformance {
        segment,
        predictions: performance.predictions,
        labels: performance.labels,
        coverage: (performance.predictions > 0)
            .then(|| coverage(performance.labels, performance.predictions)),
        delay: delay.quantile(0.5).zip(delay.quantile(0.99)),
        classification: performance
            .classification
            .as_ref()
            .map(|counts| classification(counts, &positive_class)),
        positive_class,
        regression: performance.regression.as_ref().map(regression),
    }
}

/// The configured positive class, else `true` or `1` where such a class was seen.
fn positive_class(model: &Model, performance: &Performance) -> String {
    if !model.monitor.positive_class.is_empty() {
        return model.monitor.positive_class.clone();
    }
    let Some(classification) = &performance.classification else { return String::new() };
    let is_seen = |name: &str| {
        classification.confusion().any(|(label, predicted, _)| label == name || predicted == name)
    };
    ["true", "1"].into_iter().find(|name| is_seen(name)).unwrap_or_default().to_owned()
}

/// Sorts the worst first: by error rate, else by mean absolute error, those without labels last.
fn badness(segment: &SegmentPerformance) -> f64 {
    let error_rate = segment
        .classification
        .as_ref()
        .and_then(|report| report.accuracy.as_ref())
        .map(|accuracy| 1.0 - accuracy.value);
    let mean_error = segment.regression.as_ref().and_then(|report| report.mae.as_ref()).map(|mae| mae.value);
    error_rate.or(mean_error).unwrap_or(f64::NEG_INFINITY)
}
