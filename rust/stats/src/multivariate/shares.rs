//! Records that are strange beside a baseline.

use driftline_sketches::JointProfile;

use super::{Finding, Metric};
use crate::special::Z_95_TWO_SIDED;
use crate::two_shares::TwoShares;

/// Mean of an absolute standard normal variable.
const MEAN_ABSOLUTE: f64 = 0.797_884_560_802_865_4;

/// Records with at least one column outside the baseline's range.
pub(super) fn strange_records(reference: &JointProfile, current: &JointProfile) -> Option<Finding> {
    let (before, after) = (reference.scaled.known()?, current.scaled.known()?);
    if before.scales() != after.scales() {
        return None;
    }
    let [before, after] = [before, after].map(|sums| (sums.records() - sums.outside()[0], sums.records()));
    finding(Metric::StrangeRecords, before, after, after.0)
}

/// Records whose combination of categories the baseline does not know. Of the baseline's own records, if it was made of
/// records at hand, those count whose combination no other of them has: what share of others would be new to it (Good
/// 1953).
pub(super) fn unseen_combinations(reference: &JointProfile, current: &JointProfile) -> Option<Finding> {
    let (before, after) = (reference.unseen.known()?, current.unseen.known()?);
    if before.known() != after.known() {
        return None;
    }
    let rate = before.known().false_positive_rate().or_else(|| after.known().false_positive_rate());
    // Of unknown combinations so many are taken for known.
    let most = after.unseen() as f64 / (1.0 - rate.unwrap_or(0.0)).max(f64::MIN_POSITIVE);
    let most = (most.ceil() as u64).min(after.records());
    let sides = [before, after].map(|unseen| (unseen.unseen(), unseen.records()));
    finding(Metric::UnseenCombinations, sides[0], sides[1], most)
}

fn finding(metric: Metric, before: (u64, u64), after: (u64, u64), most: u64) -> Option<Finding> {
    let shares = TwoShares::new(before, after)?;
    let value = (shares.current - shares.reference).abs();
    let farthest = most as f64 / after.1 as f64;
    let other = (farthest - shares.reference).abs();
    let crosses = shares.current <= shares.reference && shares.reference <= farthest;
    Some(Finding {
        metric,
        value,
        low: if crosses { 0.0 } else { value.min(other) },
        high: value.max(other),
        noise_floor: MEAN_ABSOLUTE * shares.deviation,
        noise_q95: Z_95_TWO_SIDED * shares.deviation,
        p_value: Some(shares.p_value),
        reference: Some(shares.reference),
        current: Some(shares.current),
        columns: Vec::new(),
        n_reference: before.1,
        n_current: after.1,
    })
}
