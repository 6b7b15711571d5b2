use std::collections::VecDeque;

use super::Signal;

/// Kolmogorov-Smirnov windowing, on windows: the residuals of the last ones against those before.
///
/// After Raab, Heusinger and Schleif 2020, "Reactive soft prototype computing for concept drift streams",
/// which compares the last 30 of 100 records with 30 drawn of the 70 before. Here the last [`Self::RECENT`] of
/// [`Self::KEPT`] windows are compared with all records of those before, in bins: nothing is drawn, so
/// that the same windows always say the same. The distance is an alarm above the paper's
/// `sqrt(-ln(alpha) / r)`, with `r = 2 n m / (n + m)` for sides of `n` and `m` records; in bins it is at most
/// what it is of values, so that there are rather fewer alarms. After one the windows before are dropped.
#[derive(Debug, Clone, Default)]
pub struct Kswin {
    kept: VecDeque<Vec<u64>>,
}

impl Kswin {
    /// The significance level of the paper.
    pub const ALPHA: f64 = 0.005;
    /// Windows that are compared.
    pub const KEPT: usize = 10;
    /// The last of them, against the others.
    pub const RECENT: usize = 3;

    /// Nothing seen.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in the counts of the next window by rising residual. One without a record changes nothing; one with other
    /// bins than the windows before starts anew.
    pub fn observe(&mut self, counts: Vec<u64>) -> Signal {
        if counts.iter().all(|&count| count == 0) {
            return Signal::Steady;
        }
        if self.kept.front().is_some_and(|first| first.len() != counts.len()) {
            self.kept.clear();
        }
        self.kept.push_back(counts);
        if self.kept.len() > Self::KEPT {
            self.kept.pop_front();
        }
        if self.kept.len() < Self::KEPT {
            return Signal::Steady;
        }
        let recent = Self::KEPT - Self::RECENT;
        let (before, now) = (sum(self.kept.range(..recent)), sum(self.kept.range(recent..)));
        let total = |counts: &[f64]| counts.iter().sum::<f64>();
        let (n, m) = (total(&before), total(&now));
        let allowed = (-Self::ALPHA.ln() * (n + m) / (2.0 * n * m)).sqrt();
        if distance(&before, &now, n, m) <= allowed {
            return Signal::Steady;
        }
        self.kept.drain(..recent);
        Signal::Drift
    }
}

fn sum<'c>(windows: impl Iterator<Item = &'c Vec<u64>>) -> Vec<f64> {
    let mut sum = Vec::new();
    for counts in windows {
        sum.resize(counts.len(), 0.0);
        sum.iter_mut().zip(counts).for_each(|(sum, &count)| *sum += count as f64);
    }
    sum
}

fn distance(before: &[f64], now: &[f64], n: f64, m: f64) -> f64 {
    let (mut below, mut other_below, mut largest) = (0.0, 0.0, 0.0_f64);
    for (count, other) in before.iter().zip(now) {
        below += count / n;
        other_below += other / m;
        largest = largest.max((below - other_below).abs());
    }
    largest
}
