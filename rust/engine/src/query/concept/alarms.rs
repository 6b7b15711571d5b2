//! What the detectors of the literature say of the windows.

use driftline_sketches::Classification;
use driftline_stats::concept::{Adwin, Ddm, ErrorWindow, Kswin, PageHinkley, Signal, residuals};

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
    /// Of all detectors.
    pub(super) fn of(observed: &[Observed<'_>]) -> Vec<Self> {
        let (mut ddm, mut page_hinkley) = (Ddm::new(), PageHinkley::new());
        let (mut adwin, mut kswin) = (Adwin::new(), Kswin::new());
        vec![
            Self::by("ddm", observed, |counts| ddm.observe(ErrorWindow::of(counts))),
            Self::by("page_hinkley", observed, |counts| page_hinkley.observe(ErrorWindow::of(counts))),
            Self::by("adwin", observed, |counts| adwin.observe(ErrorWindow::of(counts))),
            Self::by("kswin", observed, |counts| kswin.observe(residuals(counts))),
        ]
    }

    fn by(
        detector: &'static str,
        observed: &[Observed<'_>],
        mut observe: impl FnMut(&Classification) -> Signal,
    ) -> Self {
        let mut alarms = Self { detector, warnings: Vec::new(), drifts: Vec::new() };
        for (window, counts) in observed {
            let window = *window;
            match observe(counts) {
                Signal::Steady => {}
                Signal::Warning => alarms.warnings.push(window),
                Signal::Drift => alarms.drifts.push(window),
            }
        }
        alarms
    }
}
