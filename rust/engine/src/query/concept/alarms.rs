//! What the detectors of the literature say of the windows.

use driftline_stats::concept::{Adwin, Ddm, ErrorRule, ErrorWindow, Judged, Kswin, PageHinkley, Signal};

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
        let judged = || observed.iter().map(|(_, counts)| Judged::of(counts));
        let errors: Vec<ErrorWindow> = judged().map(|counts| rule.count(counts)).collect();
        vec![
            Self::by("ddm", observed, errors.iter().map(|&window| ddm.observe(window))),
            Self::by("page_hinkley", observed, errors.iter().map(|&window| page_hinkley.observe(window))),
            Self::by("adwin", observed, errors.iter().map(|&window| adwin.observe(window))),
            Self::by("kswin", observed, judged().map(|counts| kswin.observe(rule.residuals(counts)))),
        ]
    }

    /// Of what it says after each of the windows.
    fn by(detector: &'static str, observed: &[Observed<'_>], signals: impl Iterator<Item = Signal>) -> Self {
        let mut alarms = Self { detector, warnings: Vec::new(), drifts: Vec::new() };
        for ((window, _), signal) in observed.iter().zip(signals) {
            match signal {
                Signal::Steady => {}
                Signal::Warning => alarms.warnings.push(*window),
                Signal::Drift => alarms.drifts.push(*window),
            }
        }
        alarms
    }
}
