//! Which windows have enough of their labels.

use std::borrow::Cow;
use std::collections::BTreeMap;

use driftline_sketches::Performance;

use super::ConceptRequest;
use crate::rollup::Window;

/// Half of the reference's share of predictions with a label: labels of one kind may come sooner than those of another,
/// and a window of which just the first have come would seem to have moved.
const OF_REFERENCE: f64 = 0.5;

/// What a window must have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Readiness {
    min_labels: u64,
    min_coverage: f64,
}

/// The windows with predictions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ready {
    /// Those that take part.
    pub windows: u64,
    /// Labels in them.
    pub labels: u64,
    /// Those that do not.
    pub not_ready: Option<NotReady>,
    /// Labels that a window must have, at least one.
    pub min_labels: u64,
    /// The share of its predictions that must have a label.
    pub min_coverage: f64,
}

/// Windows with too few labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotReady {
    /// How many.
    pub windows: u64,
    /// Start of the first.
    pub start: i64,
    /// End of the last.
    pub end: i64,
}

/// A window that takes part, and what it counted.
pub(super) type Observed<'w> = (Window, Cow<'w, Performance>);

impl Readiness {
    pub(super) fn new(request: &ConceptRequest, reference: &Performance) -> Self {
        let of_reference = reference.labels as f64 / reference.predictions.max(1) as f64;
        Self {
            min_labels: request.min_labels.max(1),
            min_coverage: request.min_coverage.unwrap_or(OF_REFERENCE * of_reference.min(1.0)),
        }
    }

    /// The windows that are ready, in the order of time.
    pub(super) fn split(self, windows: &BTreeMap<Window, Performance>) -> (Vec<Observed<'_>>, Ready) {
        let mut observed = Vec::new();
        let mut ready = Ready {
            windows: 0,
            labels: 0,
            not_ready: None,
            min_labels: self.min_labels,
            min_coverage: self.min_coverage,
        };
        for (&window, counted) in windows {
            let net = counted.net();
            if self.includes(&net) {
                ready.windows += 1;
                ready.labels += net.labels;
                observed.push((window, net));
                continue;
            }
            let end = window.0.saturating_add(window.1);
            let none = NotReady { windows: 0, start: window.0, end };
            let not_ready = ready.not_ready.get_or_insert(none);
            not_ready.windows += 1;
            not_ready.end = not_ready.end.max(end);
        }
        (observed, ready)
    }

    fn includes(self, window: &Performance) -> bool {
        window.labels >= self.min_labels
            && window.labels as f64 >= self.min_coverage * window.predictions as f64
    }
}
