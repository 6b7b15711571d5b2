use std::collections::VecDeque;

use super::{ErrorWindow, Signal};

/// Adaptive windowing: as many of the last windows as have one error rate.
///
/// Bifet and Gavalda 2007, "Learning from time-changing data with adaptive windowing": while the rates
/// of an older and a newer part differ by `sqrt(2 / m variance ln(2 / d)) + 2 / (3 m) ln(2 / d)` or more,
/// `m` being the harmonic sum `1 / (1 / n0 + 1 / n1)` and `d = delta / ln n`, the oldest window is
/// dropped. Cuts are looked for between windows only, and all of them: windows are the buckets, where
/// the paper keeps buckets of ever more records.
#[derive(Debug, Clone)]
pub struct Adwin {
    kept: VecDeque<ErrorWindow>,
    total: ErrorWindow,
}

impl Adwin {
    /// The confidence value of the paper.
    pub const DELTA: f64 = 0.002;
    /// Records on both sides of a cut.
    pub const LEAST_RECORDS: u64 = 5;

    /// Nothing seen.
    pub fn new() -> Self {
        Self { kept: VecDeque::new(), total: ErrorWindow::default() }
    }

    /// Takes in the next window.
    pub fn observe(&mut self, window: ErrorWindow) -> Signal {
        if window.records == 0 {
            return Signal::Steady;
        }
        self.kept.push_back(window);
        self.total.records += window.records;
        self.total.errors += window.errors;
        let mut signal = Signal::Steady;
        while self.has_cut() {
            let Some(oldest) = self.kept.pop_front() else { break };
            self.total.records -= oldest.records;
            self.total.errors -= oldest.errors;
            signal = Signal::Drift;
        }
        signal
    }

    /// Windows of one rate, the last ones.
    pub fn kept(&self) -> usize {
        self.kept.len()
    }

    fn has_cut(&self) -> bool {
        let total = self.total;
        let rate = total.rate();
        let variance = rate * (1.0 - rate);
        let doubt = (2.0 * (total.records as f64).ln() / Self::DELTA).ln();
        let mut older = ErrorWindow::default();
        self.kept.iter().take(self.kept.len().saturating_sub(1)).any(|window| {
            older.records += window.records;
            older.errors += window.errors;
            let newer =
                ErrorWindow { records: total.records - older.records, errors: total.errors - older.errors };
            if older.records.min(newer.records) < Self::LEAST_RECORDS {
                return false;
            }
            let both = (older.records as f64).recip() + (newer.records as f64).recip();
            let allowed = (2.0 * both * variance * doubt).sqrt() + 2.0 / 3.0 * both * doubt;
            (older.rate() - newer.rate()).abs() > allowed
        })
    }
}

impl Default for Adwin {
    fn default() -> Self {
        Self::new()
    }
}
