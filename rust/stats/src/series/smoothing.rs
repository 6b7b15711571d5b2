//! Exponential smoothing that anomalies do not sway.

use super::Expectation;
use super::start::Start;

/// Scales from the expectation beyond which an observation is moved in before it is learnt.
const FAR: f64 = 2.0;

/// Makes the bounded square of a normal variable, cut at [`FAR`], one in the mean (Gelper and others
/// 2010).
const BOUNDED_SQUARE: f64 = 2.52;

/// How much of the scale is that of the last error.
const SCALE_PACE: f64 = 0.1;

/// How much of level, trend and season is that of the last observation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    level: f64,
    trend: f64,
    season: f64,
}

impl Pace {
    /// All paces that are tried.
    pub(super) fn all(season: usize) -> impl Iterator<Item = Self> {
        let seasons: &[f64] = if season > 1 { &[0.05, 0.2] } else { &[0.0] };
        [0.05, 0.1, 0.2, 0.4].into_iter().flat_map(move |level| {
            [0.0, 0.02, 0.1]
                .into_iter()
                .flat_map(move |trend| seasons.iter().map(move |&season| Self { level, trend, season }))
        })
    }
}

/// Level, trend, season and scale so far.
pub(super) struct Smoothing {
    pace: Pace,
    level: f64,
    trend: f64,
    season: Vec<f64>,
    phase: usize,
    scale: f64,
    smallest: f64,
}

impl Smoothing {
    pub(super) fn new(start: &Start, pace: Pace) -> Self {
        Self {
            pace,
            level: start.level,
            trend: start.trend,
            season: start.season.clone(),
            phase: start.windows % start.season.len(),
            scale: start.scale,
            smallest: 1e-3 * start.scale,
        }
    }

    /// What is expected of the next window.
    pub(super) fn expect(&self) -> Expectation {
        let (level, season) = (self.level + self.trend, self.season[self.phase]);
        Expectation {
            expected: level + season,
            level,
            trend: self.trend,
            season,
            scale: self.scale,
            score: None,
        }
    }

    /// Takes the next window in; without an observation only time passes.
    pub(super) fn take(&mut self, observation: Option<f64>) {
        let ahead = self.level + self.trend;
        let season = self.season[self.phase];
        let mut level = ahead;
        if let Some(observation) = observation {
            let error = observation - ahead - season;
            self.rescale(error);
            let near = ahead + season + error.clamp(-FAR * self.scale, FAR * self.scale);
            level += self.pace.level * (near - season - ahead);
            self.trend += self.pace.trend * (level - self.level - self.trend);
            self.season[self.phase] += self.pace.season * (near - level - season);
        }
        self.level = level;
        self.phase = (self.phase + 1) % self.season.len();
    }

    /// Mixes in the square of the error, bounded, so that one anomaly raises the scale by little.
    fn rescale(&mut self, error: f64) {
        let ratio = error / self.scale;
        let inside = (ratio / FAR).powi(2).min(1.0);
        let square = BOUNDED_SQUARE * (1.0 - (1.0 - inside).powi(3));
        self.scale *= (SCALE_PACE * square + (1.0 - SCALE_PACE)).sqrt();
        self.scale = self.scale.max(self.smallest);
    }
}
