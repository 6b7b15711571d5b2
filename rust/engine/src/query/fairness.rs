//! Whether groups of records are treated alike.

use std::cmp::Ordering::Equal;

use driftline_stats::fairness::{Comparison, GroupCounts, Spread, compare, spreads};
use driftline_stats::multiplicity::adjusted_for_any;

use super::gathering::{Asked, Gathering, Part};
use super::performance::positive_class;
use super::selection::{Coverage, Merged, Selection};
use crate::engine::{Engine, not_found};
use crate::error::{EngineError, Result};
use crate::segment::Segment;

/// A group beside the reference.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupFairness {
    /// Its values.
    pub segment: Segment,
    /// Records that carry a prediction.
    pub predictions: u64,
    /// Those of them whose label has come.
    pub labels: u64,
    /// By criterion, each with its p-value adjusted for all comparisons of the answer (Holm).
    pub comparisons: Vec<(Comparison, f64)>,
}

/// How far the groups of one declared segment lie apart.
#[derive(Debug, Clone, PartialEq)]
pub struct SetSpread {
    /// Its columns.
    pub by: Vec<String>,
    /// By how much.
    pub spread: Spread,
    /// The group with the least share.
    pub lowest: Segment,
    /// The group with the largest.
    pub highest: Segment,
}

/// What is to be said of all groups.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FairnessAnswer {
    /// Worst first: by the least adjusted p-value, then by the largest difference.
    pub groups: Vec<GroupFairness>,
    /// By declared segment and criterion.
    pub spreads: Vec<SetSpread>,
    /// Groups that no criterion has enough records of.
    pub too_small: Vec<GroupFairness>,
    /// Comparisons in all.
    pub comparisons: u64,
    /// The class that is taken for the favourable outcome; empty where none is known.
    pub positive_class: String,
    /// Where the records come from.
    pub coverage: Coverage,
}

/// How groups are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FairnessTerms {
    /// The group that the others are compared with; empty: each with all others.
    pub reference: Segment,
    /// Records that both sides need for a criterion.
    pub least: u64,
}

impl Engine {
    /// Gathers what [`Gathering::fairness`] compares: the groups of a declared segment, or of all there are.
    ///
    /// # Errors
    /// [`EngineError::NotFound`]; [`EngineError::InvalidArgument`] when `by` is not a declared segment set or the
    /// selection has a segment too; [`EngineError::FailedPrecondition`] when no segment is declared.
    pub fn gather_fairness(&self, selection: &Selection, by: &[String]) -> Result<Gathering> {
        let mut sets = vec![by.to_vec()];
        if by.is_empty() {
            let model = self.model(&selection.model)?;
            sets.clone_from(&model.read()?.monitor.segments);
        }
        if sets.is_empty() {
            return Err(EngineError::FailedPrecondition(format!(
                "model {:?} has no declared segments whose values could be compared",
                selection.model
            )));
        }
        let asked = |by| Asked { by, apart: false, ..Asked::records(selection) };
        self.gather(&sets.iter().map(|set| asked(set)).collect::<Vec<_>>())
    }
}

/// The records of one group.
struct Group {
    segment: Segment,
    counts: GroupCounts,
    predictions: u64,
    labels: u64,
}

impl Gathering {
    /// Compares the groups that [`Engine::gather_fairness`] asked for.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] for a reference that is no group.
    pub fn fairness(self, terms: &FairnessTerms) -> Result<FairnessAnswer> {
        let mut answer = FairnessAnswer::default();
        let mut found = Vec::new();
        for part in self.into_parts() {
            let groups = groups_of(part, &mut answer);
            found.extend(compared(&groups, terms)?);
            answer.spreads.extend(spread(&groups, terms.least));
        }
        adjust(&mut found);
        answer.comparisons = found.iter().map(|group| group.comparisons.len() as u64).sum();
        let has_said = |group: &GroupFairness| !group.comparisons.is_empty();
        (answer.groups, answer.too_small) = found.into_iter().partition(has_said);
        answer.groups.sort_by(|left, right| badness(left).partial_cmp(&badness(right)).unwrap_or(Equal));
        Ok(answer)
    }
}

fn groups_of(part: Part, answer: &mut FairnessAnswer) -> Vec<Group> {
    let mut merged = part.merged.into_iter();
    if let Some((_, own)) = merged.next() {
        answer.coverage = own.coverage;
        answer.positive_class = positive_class(&part.positive_class, &own.performance.net());
    }
    let positive = &answer.positive_class;
    let group = |(segment, merged): (Segment, Merged)| {
        let performance = merged.performance.net();
        Group {
            segment,
            counts: GroupCounts::new(&performance, positive),
            predictions: performance.predictions,
            labels: performance.labels,
        }
    };
    merged.filter(|(_, merged)| merged.coverage.windows > 0).map(group).collect()
}

fn compared(groups: &[Group], terms: &FairnessTerms) -> Result<Vec<GroupFairness>> {
    let whole = groups.iter().fold(GroupCounts::default(), |sum, group| sum.plus(group.counts));
    let reference = groups.iter().find(|group| group.segment == terms.reference);
    if reference.is_none() && !terms.reference.is_empty() {
        let names: Vec<String> = groups.iter().map(|group| name(&group.segment)).collect();
        return Err(not_found("group", &name(&terms.reference), names.iter()));
    }
    let others = groups.iter().filter(|group| Some(&group.segment) != reference.map(|of| &of.segment));
    let beside = others.map(|group| {
        let against = reference.map_or_else(|| whole.minus(group.counts), |reference| reference.counts);
        let comparisons = compare(&group.counts, &against, terms.least);
        GroupFairness {
            segment: group.segment.clone(),
            predictions: group.predictions,
            labels: group.labels,
            comparisons: comparisons.into_iter().map(|comparison| (comparison, 1.0)).collect(),
        }
    });
    Ok(beside.collect())
}

fn spread(groups: &[Group], least: u64) -> Vec<SetSpread> {
    let counts: Vec<GroupCounts> = groups.iter().map(|group| group.counts).collect();
    let segment = |place: usize| groups[place].segment.clone();
    let spread = |spread: Spread| SetSpread {
        by: segment(spread.lowest).into_iter().map(|(column, _)| column).collect(),
        lowest: segment(spread.lowest),
        highest: segment(spread.highest),
        spread,
    };
    spreads(&counts, least).into_iter().map(spread).collect()
}

fn adjust(groups: &mut [GroupFairness]) {
    let mut all: Vec<&mut (Comparison, f64)> =
        groups.iter_mut().flat_map(|group| group.comparisons.iter_mut()).collect();
    let p_values: Vec<f64> = all.iter().map(|(comparison, _)| comparison.p_value).collect();
    for (comparison, adjusted) in all.iter_mut().zip(adjusted_for_any(&p_values)) {
        comparison.1 = adjusted;
    }
}

/// Sorts the worst first.
fn badness(group: &GroupFairness) -> (f64, f64) {
    let least = group.comparisons.iter().map(|(_, adjusted)| *adjusted).fold(1.0, f64::min);
    let largest = group.comparisons.iter().map(|(each, _)| each.difference.value.abs()).fold(0.0, f64::max);
    (least, -largest)
}

fn name(segment: &Segment) -> String {
    let parts: Vec<_> = segment.iter().map(|(column, value)| format!("{column}={value}")).collect();
    parts.join(", ")
}
