//! What the detectors of the literature say of the windows.

use driftline_stats::concept::{Adwin, Ddm, ErrorRule, Judged, Kswin, PageHinkley, Signal};

use super::ready::Observed;
use crate::rollup::Window;

/// The alarms of one detector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarms {
    /// Its name.
    pub detector: &'static str,
    /// The windows after which it warned.
    pub warnings: Vec<Window>,
    /// Those after which it said that errors had drifted.
    pub drifts: Vec<Window>,
}

impl Alarms {
    /// Of all detectors, to which that is an error which the rule says.
    pub(super) fn of(rule: ErrorRule, observed: &[Observed<'_>]) -> Vec<Self> {
        let (mut ddm, mut page_hinkley) = (Ddm::new(), PageHinkley::new());
        let (mut adwin, mut kswin) = (Adwin::new(), Kswin::new());
        vec![
            Self::by("ddm", observed, |counts| ddm.observe(rule.count(counts))),
            Self::by("page_hinkley", observed, |counts| page_hinkley.observe(rule.count(counts))),
            Self::by("adwin", observed, |counts| adwin.observe(rule.count(counts))),
            Self::by("kswin", observed, |counts| kswin.observe(rule.residuals(counts))),
        ]
    }

    fn by(
        detector: &'static str,
        observed: &[Observed<'_>],
        mut observe: impl FnMut(Judged<'_>) -> Signal,
    ) -> Self {
        let mut alarms = Self { detector, warnings: Vec::new(), drifts: Vec::new() };
        for (window, counts) in observed {
            let window = *window;
            match observe(Judged::of(counts)) {
                Signal::Steady => {}
                Signal::Warning => alarms.warnings.push(window),
                Signal::Drift => alarms.drifts.push(window),
            }
        }
        alarms
    }
}
