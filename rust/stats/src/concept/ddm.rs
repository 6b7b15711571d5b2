use super::{ErrorWindow, Signal};

/// The drift detection method: the error rate so far against the lowest that it has been.
///
/// Gama, Medas, Castillo and Rodrigues 2004, "Learning with drift detection". With the error rate `p`
/// of all `n` records since the last drift and `s = sqrt(p (1 - p) / n)`, the least `p + s` is kept;
/// `p + s` above `p_min + 2 s_min` is a warning and above `p_min + 3 s_min` a drift. It looks after each
/// window, where the paper looks after each record: with windows of one record it is the paper's.
#[derive(Debug, Clone)]
pub struct Ddm {
    seen: ErrorWindow,
    /// `p` and `s` where their sum was least.
    least: Option<(f64, f64)>,
}

impl Ddm {
    /// Standard deviations of a warning.
    pub const WARNING: f64 = 2.0;
    /// Standard deviations of a drift.
    pub const DRIFT: f64 = 3.0;
    /// Records before which nothing is said.
    pub const LEAST_RECORDS: u64 = 30;

    /// Nothing seen.
    pub fn new() -> Self {
        Self { seen: ErrorWindow::default(), least: None }
    }

    /// Takes in the next window.
    pub fn observe(&mut self, window: ErrorWindow) -> Signal {
        self.seen.records = self.seen.records.saturating_add(window.records);
        self.seen.errors = self.seen.errors.saturating_add(window.errors);
        if self.seen.records < Self::LEAST_RECORDS {
            return Signal::Steady;
        }
        let rate = self.seen.rate();
        let deviation = (rate * (1.0 - rate) / self.seen.records as f64).sqrt();
        // A deviation of 0 would make the first error a drift.
        let is_least = self.least.is_none_or(|(least, at)| rate + deviation < least + at);
        if is_least && deviation > 0.0 {
            self.least = Some((rate, deviation));
        }
        let Some((least, at)) = self.least else { return Signal::Steady };
        if rate + deviation > least + Self::DRIFT * at {
            *self = Self::new();
            Signal::Drift
        } else if rate + deviation > least + Self::WARNING * at {
            Signal::Warning
        } else {
            Signal::Steady
        }
    }
}

impl Default for Ddm {
    fn default() -> Self {
        Self::new()
    }
}
