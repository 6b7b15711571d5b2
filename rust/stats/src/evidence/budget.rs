//! How the chance of a false alarm is shared out.

/// The part of the chance that baselines may be unlucky with.
const OF_BASELINES: f64 = 0.1;

/// A chance of any false alarm over all time, for many streams of windows together: columns, or columns of segments.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ErrorBudget {
    level: f64,
    streams: f64,
}

impl ErrorBudget {
    /// The chance `level` for so many streams.
    ///
    /// # Panics
    /// When `level` is not in `(0, 1)`.
    pub fn new(level: f64, streams: usize) -> Self {
        assert!(level > 0.0 && level < 1.0, "level must be in (0, 1), got {level}");
        Self { level, streams: streams.max(1) as f64 }
    }

    /// The chance that the baseline of one stream is not a sample of any of its [`Laws`](super::Laws): those of all
    /// add up to a tenth of the level.
    pub fn of_one_baseline(self) -> f64 {
        OF_BASELINES * self.level / self.streams
    }

    /// The level of [`discoveries`](super::discoveries) among all streams: what baselines leave.
    pub fn of_discoveries(self) -> f64 {
        (1.0 - OF_BASELINES) * self.level
    }

    /// The chance that one interval of one stream does not hold the truth at all times, where each stream has so many:
    /// those of all add up to the level.
    pub fn of_one_interval(self, intervals: usize) -> f64 {
        self.level / (self.streams * intervals.max(1) as f64)
    }
}
