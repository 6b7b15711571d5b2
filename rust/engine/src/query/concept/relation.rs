//! The relation of labels to predictions, window by window.

use driftline_stats::concept::{CalibrationWatch, Condition, Judged, NotWatched};
use driftline_stats::evidence::{ErrorBudget, Rate};
use driftline_stats::performance::{Estimate, proportion};

use super::ready::Observed;
use crate::rollup::Window;

/// Evidence that labels follow from predictions in another way than in the reference.
#[derive(Debug, Clone, PartialEq)]
pub struct Relation {
    /// Logarithm of the e-value after the last window.
    pub log_e_value: f64,
    /// The largest there has been, and after which window.
    pub largest: Option<(f64, Window)>,
    /// The window after which it had first reached what it needs.
    pub reached: Option<Window>,
    /// Whether it has what it needs now.
    pub has_moved: bool,
    /// The window with which the relation likely began to move, where it has moved.
    pub since: Option<Window>,
    /// Labelled records of the reference that are in a stratum.
    pub reference_labels: u64,
    /// The strata, the surest to have moved first.
    pub strata: Vec<RelationStratum>,
}

/// Records of which the model said the same, or nearly.
#[derive(Debug, Clone, PartialEq)]
pub struct RelationStratum {
    /// What it said, and of which outcome this is the share.
    pub condition: Condition,
    /// In the reference.
    pub reference: Option<Estimate>,
    /// Records of it.
    pub reference_records: u64,
    /// The least and the largest share that counts as not moved.
    pub range: (f64, f64),
    /// Since it likely began to move, or where nothing has moved in all windows.
    pub current: Option<Estimate>,
    /// Records of it.
    pub current_records: u64,
    /// Logarithm of the e-value of this stratum alone.
    pub log_e_value: f64,
}

impl Relation {
    pub(super) fn new(
        reference: Judged<'_>,
        observed: &[Observed<'_>],
        level: f64,
    ) -> Result<Self, NotWatched> {
        let budget = ErrorBudget::new(level, 1);
        let asked = -budget.of_discoveries().ln();
        let mut watch = CalibrationWatch::new(reference, budget.of_one_baseline())?;
        observed.iter().try_for_each(|(_, counts)| watch.check(Judged::of(counts)))?;
        let (mut largest, mut reached): (Option<(f64, Window)>, Option<Window>) = (None, None);
        for (window, counts) in observed {
            watch.observe(Judged::of(counts));
            let found = watch.log_e_value();
            if largest.is_none_or(|(largest, _)| found > largest) {
                largest = Some((found, *window));
            }
            if found >= asked {
                reached = reached.or(Some(*window));
            }
        }
        let has_moved = watch.log_e_value() >= asked;
        let since = watch.since().filter(|_| has_moved).map(|number| number as usize);
        let strata = strata(&watch, &observed[since.unwrap_or(0)..]);
        Ok(Self {
            log_e_value: watch.log_e_value(),
            largest,
            reached,
            has_moved,
            since: since.map(|number| observed[number].0),
            reference_labels: watch.reference_records(),
            strata,
        })
    }
}

fn strata(watch: &CalibrationWatch, observed: &[Observed<'_>]) -> Vec<RelationStratum> {
    let mut now = vec![Rate::default(); watch.strata().len()];
    for (_, counts) in observed {
        for (sum, rate) in now.iter_mut().zip(watch.rates(Judged::of(counts))) {
            sum.hits = sum.hits.saturating_add(rate.hits);
            sum.misses = sum.misses.saturating_add(rate.misses);
        }
    }
    let records = |rate: Rate| rate.hits.saturating_add(rate.misses);
    let mut strata: Vec<RelationStratum> = watch
        .strata()
        .zip(now)
        .map(|(found, now)| RelationStratum {
            condition: found.condition,
            reference: proportion(found.reference.hits, records(found.reference)),
            reference_records: records(found.reference),
            range: found.range,
            current: proportion(now.hits, records(now)),
            current_records: records(now),
            log_e_value: found.log_e_value,
        })
        .collect();
    // Stable: strata of equal evidence stay in their order.
    strata.sort_by(|one, other| other.log_e_value.total_cmp(&one.log_e_value));
    strata
}
