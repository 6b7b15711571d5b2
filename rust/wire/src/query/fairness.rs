//! Answers about fairness.

use driftline_engine::engine::Engine;
use driftline_engine::query::{FairnessTerms, GroupFairness, SetSpread};
use driftline_stats::fairness::Comparison;

use super::answers::coverage;
use super::quality::estimate;
use super::request::selection;
use super::{Question, question};
use crate::error::Result;
use crate::proto::driftline_v1 as pb;

/// Records that both sides need if nothing is said.
const DEFAULT_LEAST: u64 = 100;

pub(super) fn fairness(engine: &Engine, request: pb::FairnessRequest) -> Result<Question> {
    let gathering = engine.gather_fairness(&selection(request.selection.as_ref())?, &request.by)?;
    let terms = FairnessTerms {
        reference: request.reference.into_iter().collect(),
        least: if request.min_records == 0 { DEFAULT_LEAST } else { request.min_records },
    };
    Ok(question(gathering, move |_, gathering| {
        let answer = gathering.fairness(&terms)?;
        Ok(pb::FairnessResponse {
            groups: answer.groups.into_iter().map(group).collect(),
            spreads: answer.spreads.into_iter().map(spread).collect(),
            too_small: answer.too_small.into_iter().map(small).collect(),
            comparisons: answer.comparisons,
            positive_class: answer.positive_class,
            coverage: Some(coverage(answer.coverage)),
        })
    }))
}

fn group(group: GroupFairness) -> pb::GroupFairness {
    pb::GroupFairness {
        segment: group.segment.into_iter().collect(),
        predictions: group.predictions,
        labels: group.labels,
        comparisons: group.comparisons.iter().map(comparison).collect(),
    }
}

fn comparison((of, adjusted): &(Comparison, f64)) -> pb::FairnessComparison {
    pb::FairnessComparison {
        criterion: of.criterion.name().into(),
        group: of.group.map(estimate),
        reference: of.reference.map(estimate),
        group_n: of.group_rows,
        reference_n: of.reference_rows,
        difference: Some(estimate(of.difference)),
        ratio: of.ratio.map(estimate),
        p_value: of.p_value,
        adjusted_p_value: *adjusted,
    }
}

fn spread(set: SetSpread) -> pb::FairnessSpread {
    pb::FairnessSpread {
        by: set.by,
        criterion: set.spread.criterion.name().into(),
        groups: set.spread.groups as u64,
        lowest: set.lowest.into_iter().collect(),
        highest: set.highest.into_iter().collect(),
        difference: Some(estimate(set.spread.difference)),
        ratio: set.spread.ratio.map(estimate),
    }
}

fn small(group: GroupFairness) -> pb::SmallGroup {
    pb::SmallGroup {
        segment: group.segment.into_iter().collect(),
        predictions: group.predictions,
        labels: group.labels,
    }
}
