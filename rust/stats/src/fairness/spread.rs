use super::Criterion;
use super::comparison::{difference, distance, larger, ratio};
use super::counts::GroupCounts;
use crate::performance::Estimate;
use crate::special::normal_quantile;

/// How far the groups of one column lie apart by one criterion.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// What is compared.
    pub criterion: Criterion,
    /// Groups that have enough records.
    pub groups: usize,
    /// The one with the least share, by its place in what was given; of equalised odds by the rate that is further apart.
    pub lowest: usize,
    /// The one with the largest share.
    pub highest: usize,
    /// The largest share minus the least. The interval holds for all pairs of groups at once (Bonferroni).
    pub difference: Estimate,
    /// The least share over the largest; none where all are 0, and of equalised odds.
    pub ratio: Option<Estimate>,
}

/// The spreads of all criteria that at least two groups have `least` records of.
pub fn spreads(groups: &[GroupCounts], least: u64) -> Vec<Spread> {
    let at = |error: f64| move |criterion| spread(criterion, groups, least, error);
    let mut found: Vec<Spread> = Criterion::SHARES.into_iter().filter_map(at(0.05)).collect();
    let odds = [Criterion::EqualOpportunity, Criterion::FalsePositiveRate].map(at(0.025));
    if let [Some(hits), Some(alarms)] = odds {
        let further = if hits.difference.value >= alarms.difference.value { hits } else { alarms };
        found.push(Spread {
            criterion: Criterion::EqualizedOdds,
            difference: larger(hits.difference, alarms.difference),
            ratio: None,
            ..further
        });
    }
    found
}

fn spread(criterion: Criterion, groups: &[GroupCounts], least: u64, error: f64) -> Option<Spread> {
    let shares: Vec<(usize, (u64, u64))> = groups
        .iter()
        .map(|group| group.share(criterion))
        .enumerate()
        .filter(|(_, share)| share.1 >= least.max(1))
        .collect();
    let value = |share: (u64, u64)| share.0 as f64 / share.1 as f64;
    let by_value =
        |left: &&(usize, (u64, u64)), right: &&(usize, (u64, u64))| value(left.1).total_cmp(&value(right.1));
    let (lowest, highest) = (shares.iter().min_by(by_value)?, shares.iter().max_by(by_value)?);
    if shares.len() < 2 {
        return None;
    }
    let pairs = (shares.len() * (shares.len() - 1) / 2) as f64;
    let z = normal_quantile(1.0 - 0.5 * error / pairs);
    let mut found = distance(difference(highest.1, lowest.1, z));
    let mut least_ratio = ratio(lowest.1, highest.1, z);
    for (at, (_, left)) in shares.iter().enumerate() {
        for (_, right) in &shares[..at] {
            found = larger(found, distance(difference(*left, *right, z)));
            for (above, below) in [(left, right), (right, left)] {
                // None where the second share is 0: the least ratio is of another pair then.
                let Some(other) = ratio(*above, *below, z) else { continue };
                least_ratio = least_ratio.map(|least| Estimate {
                    value: least.value.min(other.value),
                    low: least.low.min(other.low),
                    high: least.high.min(other.high),
                });
            }
        }
    }
    Some(Spread {
        criterion,
        groups: shares.len(),
        lowest: lowest.0,
        highest: highest.0,
        difference: found,
        ratio: least_ratio,
    })
}
