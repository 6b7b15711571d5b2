//! One bet for every moment at which something may begin to move.

/// The sum of bets that start with each window, of which the bet that starts with window `t` was
/// given the share `1 / (t (t + 1))` of one unit. Shares add up to 1, so that the whole is an
/// e-process from the first window on; what was not bet yet lies aside.
///
/// A change after `t` windows costs `2 ln t` of evidence, which is what it takes not to know when.
/// Kept as a logarithm.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StartMixture {
    log_running: f64,
}

impl StartMixture {
    pub(crate) fn new() -> Self {
        Self { log_running: f64::NEG_INFINITY }
    }

    /// Takes in what one unit becomes in window `window`, 1 for the first, as a logarithm.
    pub(crate) fn bet(&mut self, window: u64, log_gain: f64) {
        let window = window as f64;
        let log_share = -(window.ln() + (window + 1.0).ln());
        self.log_running = log_sum(self.log_running, log_share) + log_gain;
    }

    /// The logarithm of all that there is after `windows` windows.
    pub(crate) fn log_value(self, windows: u64) -> f64 {
        log_sum(self.log_running, -((windows as f64 + 1.0).ln()))
    }
}

/// `ln(e^a + e^b)`.
pub(crate) fn log_sum(a: f64, b: f64) -> f64 {
    let (larger, smaller) = if a >= b { (a, b) } else { (b, a) };
    if smaller == f64::NEG_INFINITY || larger == f64::INFINITY {
        larger
    } else {
        larger + (smaller - larger).exp().ln_1p()
    }
}

/// The logarithm of the mean of numbers given as logarithms; minus infinity of none.
pub(crate) fn log_mean(logarithms: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = logarithms.len() as f64;
    logarithms.fold(f64::NEG_INFINITY, log_sum) - count.ln()
}
