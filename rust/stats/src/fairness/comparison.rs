use super::Criterion;
use driftline_sketches::performance::SCORE_ERROR;

use super::counts::GroupCounts;
use crate::performance::{Estimate, proportion};
use crate::special::{Z_95_TWO_SIDED, fisher_exact, normal_cdf, normal_quantile};

/// A group beside a reference by one criterion.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// What is compared.
    pub criterion: Criterion,
    /// The group's share (of calibration: mean); none of equalised odds, which are two.
    pub group: Option<Estimate>,
    /// Records that it is of; of equalised odds the fewer.
    pub group_rows: u64,
    /// The same of the reference.
    pub reference: Option<Estimate>,
    /// See [`Self::group_rows`].
    pub reference_rows: u64,
    /// Group minus reference; of equalised odds the larger of both distances.
    pub difference: Estimate,
    /// Group over reference, of shares; none where the reference's is 0.
    pub ratio: Option<Estimate>,
    /// The chance of such a difference where there is none: of shares by Fisher's exact test.
    pub p_value: f64,
}

/// A group beside a reference that holds none of its records, by all criteria of which both sides have at least
/// `least` records.
pub fn compare(group: &GroupCounts, reference: &GroupCounts, least: u64) -> Vec<Comparison> {
    let share =
        |criterion| compare_shares(criterion, group.share(criterion), reference.share(criterion), least);
    let mut found: Vec<Comparison> = Criterion::SHARES.into_iter().filter_map(share).collect();
    found.extend(equalized_odds(&found, group, reference));
    found.extend(compare_calibration(group, reference, least));
    found
}

fn compare_shares(
    criterion: Criterion,
    group: (u64, u64),
    reference: (u64, u64),
    least: u64,
) -> Option<Comparison> {
    if group.1.min(reference.1) < least.max(1) {
        return None;
    }
    let misses = (group.1 - group.0, reference.1 - reference.0);
    Some(Comparison {
        criterion,
        group: proportion(group.0, group.1),
        group_rows: group.1,
        reference: proportion(reference.0, reference.1),
        reference_rows: reference.1,
        difference: difference(group, reference, Z_95_TWO_SIDED),
        ratio: ratio(group, reference, Z_95_TWO_SIDED),
        p_value: fisher_exact((group.0, reference.0), misses),
    })
}

/// The difference of two independent shares, `hits` of `trials`, with Newcombe's hybrid score interval (1998, method
/// 10), which is Zou and Donner's of two Wilson intervals.
pub(super) fn difference(left: (u64, u64), right: (u64, u64), z: f64) -> Estimate {
    let share =
        |(hits, trials): (u64, u64)| Estimate::wilson_at(hits as f64 / trials as f64, trials as f64, z);
    let (left, right) = (share(left), share(right));
    let value = left.value - right.value;
    let below = (left.value - left.low).hypot(right.high - right.value);
    let above = (left.high - left.value).hypot(right.value - right.low);
    Estimate { value, low: (value - below).max(-1.0), high: (value + above).min(1.0) }
}

/// The ratio of two independent shares, its logarithm as normal, half a hit more on both sides (Walter 1975) so that no
/// hits have an interval too; none where the second is 0.
pub(super) fn ratio(left: (u64, u64), right: (u64, u64), z: f64) -> Option<Estimate> {
    let raised = |(hits, trials): (u64, u64)| (hits as f64 + 0.5, trials as f64 + 0.5);
    let share = |(hits, trials): (u64, u64)| hits as f64 / trials as f64;
    let ((left_hits, left_trials), (right_hits, right_trials)) = (raised(left), raised(right));
    let centre = (left_hits / left_trials) / (right_hits / right_trials);
    let variance = 1.0 / left_hits - 1.0 / left_trials + 1.0 / right_hits - 1.0 / right_trials;
    let factor = (z * variance.max(0.0).sqrt()).exp();
    Estimate::checked(share(left) / share(right), centre / factor, centre * factor)
}

/// The larger distance of the shares of both rows. Each has a 97.5% interval, so that both hold at once at 95%; the
/// p-value is Bonferroni's.
fn equalized_odds(found: &[Comparison], group: &GroupCounts, reference: &GroupCounts) -> Option<Comparison> {
    let rates = [Criterion::EqualOpportunity, Criterion::FalsePositiveRate];
    let [Some(hit), Some(alarm)] = rates.map(|rate| found.iter().find(|each| each.criterion == rate)) else {
        return None;
    };
    let z = normal_quantile(1.0 - 0.05 / 4.0);
    let [first, second] = rates.map(|rate| distance(difference(group.share(rate), reference.share(rate), z)));
    Some(Comparison {
        criterion: Criterion::EqualizedOdds,
        group: None,
        group_rows: hit.group_rows.min(alarm.group_rows),
        reference: None,
        reference_rows: hit.reference_rows.min(alarm.reference_rows),
        difference: larger(first, second),
        ratio: None,
        p_value: (2.0 * hit.p_value.min(alarm.p_value)).min(1.0),
    })
}

/// The absolute value of a difference.
pub(super) fn distance(of: Estimate) -> Estimate {
    let low = of.low.max(-of.high).max(0.0);
    Estimate { value: of.value.abs(), low, high: of.high.max(-of.low) }
}

/// The larger of two figures whose intervals hold at once.
pub(super) fn larger(left: Estimate, right: Estimate) -> Estimate {
    Estimate {
        value: left.value.max(right.value),
        low: left.low.max(right.low),
        high: left.high.max(right.high),
    }
}

/// Normal intervals of the means; what the score histogram leaves open is added.
fn compare_calibration(group: &GroupCounts, reference: &GroupCounts, least: u64) -> Option<Comparison> {
    if group.scored.min(reference.scored) < least.max(2) {
        return None;
    }
    let (mean, variance) = gap(group);
    let (reference_mean, reference_variance) = gap(reference);
    let around = |value: f64, variance: f64, error: f64, range: f64| {
        let half_width = Z_95_TWO_SIDED * variance.sqrt() + error;
        Estimate { value, low: (value - half_width).max(-range), high: (value + half_width).min(range) }
    };
    let value = mean - reference_mean;
    let both = variance + reference_variance;
    let standardised = if both > 0.0 { value.abs() / both.sqrt() } else { 0.0 };
    Some(Comparison {
        criterion: Criterion::Calibration,
        group: Some(around(mean, variance, SCORE_ERROR, 1.0)),
        group_rows: group.scored,
        reference: Some(around(reference_mean, reference_variance, SCORE_ERROR, 1.0)),
        reference_rows: reference.scored,
        difference: around(value, both, 2.0 * SCORE_ERROR, 2.0),
        ratio: None,
        p_value: (2.0 * normal_cdf(-standardised)).min(1.0),
    })
}

/// The mean of label minus score, and its sampling variance.
fn gap(counts: &GroupCounts) -> (f64, f64) {
    let n = counts.scored as f64;
    let mean = counts.gap / n;
    (mean, (counts.squared_gap - n * mean * mean).max(0.0) / (n - 1.0) / n)
}
