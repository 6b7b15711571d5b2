//! Evidence that two versions do not see or say the same.

/// Pseudo-records by which each side is drawn to what both have in common.
const SHRINKAGE: f64 = 50.0;

/// An e-process on the counts of two sides in the same bins, window by window.
///
/// While the records of both sides are independent draws of one law, whatever it is and however it
/// moves from window to window, the chance that [`log_e_value`](Self::log_e_value) ever reaches
/// `ln(1 / alpha)` is at most `alpha`. In each window both sides' shares are bet on as they were
/// before it, against the one mixture of them that is hardest to tell from both (Turner, Ly and
/// Gruenwald 2024, for more than two outcomes).
#[derive(Debug, Clone)]
pub struct TwoSample {
    control: Box<[f64]>,
    canary: Box<[f64]>,
    log_e_value: f64,
    windows: u64,
}

impl TwoSample {
    /// Evidence of no window, on this many bins.
    pub fn new(bins: usize) -> Self {
        Self { control: vec![0.0; bins].into(), canary: vec![0.0; bins].into(), log_e_value: 0.0, windows: 0 }
    }

    /// Takes in one window of both sides. A window that one side has no record of says nothing, but is
    /// learnt from.
    ///
    /// # Panics
    /// When there is not one count a bin on both sides.
    pub fn observe(&mut self, control: &[u64], canary: &[u64]) {
        let bins = self.control.len();
        assert!(control.len() == bins && canary.len() == bins, "one count a bin on both sides");
        self.log_e_value += self.log_gain(control, canary);
        self.windows += 1;
        learn(&mut self.control, control);
        learn(&mut self.canary, canary);
    }

    fn log_gain(&self, control: &[u64], canary: &[u64]) -> f64 {
        let (control_total, canary_total) = (total(control), total(canary));
        if control_total == 0.0 || canary_total == 0.0 {
            return 0.0;
        }
        let (control_seen, canary_seen): (f64, f64) = (self.control.iter().sum(), self.canary.iter().sum());
        let bins = self.control.len() as f64;
        let mut found = 0.0;
        for (bin, (&in_control, &in_canary)) in control.iter().zip(canary).enumerate() {
            let pooled =
                (self.control[bin] + self.canary[bin] + 0.5) / (control_seen + canary_seen + 0.5 * bins);
            let of_control = (self.control[bin] + SHRINKAGE * pooled) / (control_seen + SHRINKAGE);
            let of_canary = (self.canary[bin] + SHRINKAGE * pooled) / (canary_seen + SHRINKAGE);
            let mixed =
                (control_total * of_control + canary_total * of_canary) / (control_total + canary_total);
            found += in_control as f64 * (of_control / mixed).ln();
            found += in_canary as f64 * (of_canary / mixed).ln();
        }
        found
    }

    /// The logarithm of the e-value now. 0 before the first window.
    pub fn log_e_value(&self) -> f64 {
        self.log_e_value
    }

    /// Windows so far.
    pub fn windows(&self) -> u64 {
        self.windows
    }
}

fn total(counts: &[u64]) -> f64 {
    counts.iter().map(|&count| count as f64).sum()
}

fn learn(seen: &mut [f64], counts: &[u64]) {
    for (seen, &count) in seen.iter_mut().zip(counts) {
        *seen += count as f64;
    }
}
