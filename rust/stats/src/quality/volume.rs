//! How many records there are, beside how many there were.

use crate::special::{student_survival, student_upper_quantile};

/// What is left out on each side of a 95% interval.
const TAIL: f64 = 0.025;

/// The largest mean, in events, with which none come in more than 2.5% of cases.
const NONE_SEEN: f64 = 3.688_879_454_113_936;

/// Records of one side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Records<'a> {
    /// Of each period.
    Periods {
        /// Records of the periods that have some.
        counts: &'a [u64],
        /// Periods besides, without a record.
        empty: u64,
    },
    /// Of all periods together, of which there are so many, whole or not.
    Total {
        /// Records.
        records: u64,
        /// Periods.
        periods: f64,
    },
}

/// Records a period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Records.
    pub records: u64,
    /// Periods.
    pub periods: f64,
    /// Periods without a record, where that is known.
    pub empty: Option<u64>,
    /// Records a period.
    pub mean: f64,
    /// Lower end of the 95% interval of the mean, where the dispersion is known.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
}

/// Records a period of both sides.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Volume {
    /// Of the reference.
    pub reference: Rate,
    /// Of the current records.
    pub current: Rate,
    /// Variance of the records of a period in parts of their mean, 1 at least; none where no side has two
    /// periods apart.
    pub dispersion: Option<f64>,
    /// Current over reference, with its 95% interval, where both have records and the dispersion is known.
    pub ratio: Option<(f64, f64, f64)>,
    /// The difference of the means, without its sign, that comes in the mean when nothing has changed.
    pub noise_floor: Option<f64>,
    /// The difference that is exceeded with a chance of 5%.
    pub noise_q95: Option<f64>,
    /// The chance of a difference as large.
    pub p_value: Option<f64>,
}

impl Volume {
    /// Whether the difference is larger than what chance gives in 95 of 100 cases.
    pub fn exceeds_noise(&self) -> bool {
        self.noise_q95.is_some_and(|q95| (self.current.mean - self.reference.mean).abs() > q95)
    }
}

/// Records a period of both sides; none when a side has no period.
///
/// The model is quasi-Poisson: the variance of a period's records is their mean times a dispersion, which is
/// Pearson's over both sides, each around its own mean, and 1 at least (`McCullagh` and Nelder 1989, 4.5 and
/// 9.2). Means have intervals on the logarithmic scale, by Student's law with the periods less the sides as
/// degrees of freedom; the difference is tested by its score, which exists without a record too. Periods are
/// taken for independent: tides of the day that one side has and the other has not are part of the dispersion.
pub fn volume(reference: Records<'_>, current: Records<'_>) -> Option<Volume> {
    let (before, now) = (Counted::of(reference)?, Counted::of(current)?);
    let freedom = before.freedom + now.freedom;
    let spread = (freedom > 0.0).then(|| Spread {
        dispersion: ((before.residuals + now.residuals) / freedom).max(1.0),
        width: student_upper_quantile(TAIL, freedom),
        freedom,
    });
    let difference = spread.map(|spread| Difference::of(&before, &now, spread));
    Some(Volume {
        reference: before.rate(spread),
        current: now.rate(spread),
        dispersion: spread.map(|spread| spread.dispersion),
        ratio: spread.and_then(|spread| ratio(&before, &now, spread)),
        noise_floor: difference.map(|difference| difference.floor),
        noise_q95: difference.map(|difference| difference.q95),
        p_value: difference.map(|difference| difference.p_value),
    })
}

/// One side's records, and how far its periods are apart.
struct Counted {
    records: u64,
    periods: f64,
    empty: Option<u64>,
    residuals: f64,
    freedom: f64,
}

#[derive(Clone, Copy)]
struct Spread {
    dispersion: f64,
    freedom: f64,
    /// Half of a 95% interval, in standard errors.
    width: f64,
}

impl Counted {
    fn of(records: Records<'_>) -> Option<Self> {
        match records {
            Records::Total { records, periods } => (periods > 0.0).then_some(Self {
                records,
                periods,
                empty: None,
                residuals: 0.0,
                freedom: 0.0,
            }),
            Records::Periods { counts: [], empty: 0 } => None,
            Records::Periods { counts, empty } => {
                let records = counts.iter().fold(0_u64, |sum, more| sum.saturating_add(*more));
                let periods = counts.len() as f64 + empty as f64;
                let mean = records as f64 / periods;
                let squares: f64 = counts.iter().map(|count| (*count as f64 - mean).powi(2)).sum();
                let squares = squares + empty as f64 * mean * mean;
                // Periods without any record say nothing of the dispersion.
                let (residuals, freedom) =
                    if records == 0 { (0.0, 0.0) } else { (squares / mean, periods - 1.0) };
                let empty = empty + counts.iter().filter(|count| **count == 0).count() as u64;
                Some(Self { records, periods, empty: Some(empty), residuals, freedom })
            }
        }
    }

    fn mean(&self) -> f64 {
        self.records as f64 / self.periods
    }

    fn rate(&self, spread: Option<Spread>) -> Rate {
        let bounds = spread.map(|spread| self.bounds(spread));
        Rate {
            records: self.records,
            periods: self.periods,
            empty: self.empty,
            mean: self.mean(),
            low: bounds.map(|bounds| bounds.0),
            high: bounds.map(|bounds| bounds.1),
        }
    }

    fn bounds(&self, spread: Spread) -> (f64, f64) {
        if self.records == 0 {
            return (0.0, spread.dispersion * NONE_SEEN / self.periods);
        }
        let factor = (spread.width * (spread.dispersion / self.records as f64).sqrt()).exp();
        (self.mean() / factor, self.mean() * factor)
    }
}

fn ratio(before: &Counted, now: &Counted, spread: Spread) -> Option<(f64, f64, f64)> {
    if before.records == 0 || now.records == 0 {
        return None;
    }
    let variance = spread.dispersion * ((before.records as f64).recip() + (now.records as f64).recip());
    let (value, factor) = (now.mean() / before.mean(), (spread.width * variance.sqrt()).exp());
    Some((value, value / factor, value * factor))
}

#[derive(Clone, Copy)]
struct Difference {
    floor: f64,
    q95: f64,
    p_value: f64,
}

impl Difference {
    fn of(before: &Counted, now: &Counted, spread: Spread) -> Self {
        let pooled = (before.records as f64 + now.records as f64) / (before.periods + now.periods);
        let variance = spread.dispersion * pooled * (before.periods.recip() + now.periods.recip());
        let (deviation, difference) = (variance.sqrt(), (now.mean() - before.mean()).abs());
        let tail =
            if deviation > 0.0 { student_survival(difference / deviation, spread.freedom) } else { 0.5 };
        Self {
            floor: std::f64::consts::FRAC_2_PI.sqrt() * deviation,
            q95: spread.width * deviation,
            p_value: (2.0 * tail).min(1.0),
        }
    }
}
