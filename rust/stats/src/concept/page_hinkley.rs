use super::{ErrorWindow, Signal};

/// The Page-Hinkley test of a rise of the error rate.
///
/// Page 1954, in the form of Gama, Sebastiao and Rodrigues 2013: the sum over all records of
/// `x - mean so far - delta`, and an alarm where it is more than `lambda` above the least that it has been.
/// The records of a window share the mean after it; with windows of one record it is the test of records.
#[derive(Debug, Clone)]
pub struct PageHinkley {
    seen: ErrorWindow,
    sum: f64,
    least: f64,
}

impl PageHinkley {
    /// A rise of the rate that is not told.
    pub const DELTA: f64 = 0.005;
    /// Errors above what was expected that are an alarm.
    pub const LAMBDA: f64 = 50.0;
    /// Records before which nothing is said.
    pub const LEAST_RECORDS: u64 = 30;

    /// Nothing seen.
    pub fn new() -> Self {
        Self { seen: ErrorWindow::default(), sum: 0.0, least: f64::INFINITY }
    }

    /// Takes in the next window.
    pub fn observe(&mut self, window: ErrorWindow) -> Signal {
        if window.records == 0 {
            return Signal::Steady;
        }
        self.seen.records = self.seen.records.saturating_add(window.records);
        self.seen.errors = self.seen.errors.saturating_add(window.errors);
        self.sum += window.records as f64 * (window.rate() - self.seen.rate() - Self::DELTA);
        self.least = self.least.min(self.sum);
        let is_enough = self.seen.records >= Self::LEAST_RECORDS;
        if is_enough && self.sum - self.least > Self::LAMBDA {
            *self = Self::new();
            return Signal::Drift;
        }
        Signal::Steady
    }
}

impl Default for PageHinkley {
    fn default() -> Self {
        Self::new()
    }
}
