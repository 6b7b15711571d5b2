//! Where smoothing starts: level, trend and season of the first windows, by medians.

use super::median;

/// Observations that a start is made of, at the least.
pub(super) const LEAST: usize = 10;

/// A median of absolute errors in standard deviations of a normal law.
const MEDIAN_ERROR: f64 = 1.482_602_218_505_602;

/// The smallest scale, in parts of the level: what rounding may do to a number.
const SMALLEST_SCALE: f64 = 1e-12;

/// Level, trend and season after the first windows.
#[derive(Debug, Clone)]
pub(super) struct Start {
    /// Windows that it was made of.
    pub(super) windows: usize,
    /// Level in the last of them.
    pub(super) level: f64,
    /// Change of the level from one window to the next.
    pub(super) trend: f64,
    /// What is added to the level, by place in the season, from that of the first window on.
    pub(super) season: Vec<f64>,
    pub(super) scale: f64,
}

impl Start {
    /// `None` while there is too little to start with.
    ///
    /// The trend is a repeated median (Siegel 1982), of windows a whole number of seasons apart.
    pub(super) fn of(series: &[Option<f64>], season: usize) -> Option<Self> {
        let windows = (1..=series.len()).find(|&windows| {
            let seen = series[..windows].iter().flatten().count();
            windows >= 2 * season && seen >= LEAST
        })?;
        let seen: Vec<(usize, f64)> = series[..windows]
            .iter()
            .enumerate()
            .filter_map(|(place, value)| Some((place, (*value)?)))
            .collect();
        let trend = repeated_median(&series[..windows], season);
        let mut levels: Vec<f64> = seen.iter().map(|(place, value)| value - trend * *place as f64).collect();
        let origin = median(&mut levels);
        let residual = |&(place, value): &(usize, f64)| value - origin - trend * place as f64;
        let seasonal: Vec<f64> = (0..season)
            .map(|phase| {
                let of_phase = seen.iter().filter(|(place, _)| place % season == phase && season > 1);
                median(&mut of_phase.map(residual).collect::<Vec<f64>>())
            })
            .collect();
        let mut errors: Vec<f64> =
            seen.iter().map(|point| (residual(point) - seasonal[point.0 % season]).abs()).collect();
        let smallest = SMALLEST_SCALE * origin.abs().max(f64::MIN_POSITIVE);
        Some(Self {
            windows,
            level: origin + trend * (windows - 1) as f64,
            trend,
            season: seasonal,
            scale: (MEDIAN_ERROR * median(&mut errors) * ahead(seen.len(), season)).max(smallest),
        })
    }
}

/// How much further the next number is from what is expected of it than the ones of the start are from what was
/// fitted to them: level or seasons, and the trend, take errors with them, and have errors of their own.
fn ahead(seen: usize, season: usize) -> f64 {
    let (seen, fitted) = (seen as f64, season as f64 + 1.0);
    (seen / (seen - fitted).max(1.0) * (1.0 + fitted / seen)).sqrt()
}

fn repeated_median(series: &[Option<f64>], season: usize) -> f64 {
    let mut slopes: Vec<f64> = Vec::with_capacity(series.len());
    for (place, value) in series.iter().enumerate() {
        let Some(value) = value else { continue };
        let alike = (place % season..series.len()).step_by(season).filter(|other| *other != place);
        let mut of_place: Vec<f64> = alike
            .filter_map(|other| Some((series[other]? - value) / (other as f64 - place as f64)))
            .collect();
        if !of_place.is_empty() {
            slopes.push(median(&mut of_place));
        }
    }
    median(&mut slopes)
}
