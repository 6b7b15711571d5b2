//! Drift: how far apart two profiles of one column are, and how sure that is.
//!
//! Every [`Drift`] separates two causes of doubt. `[low, high]` is sketch error alone: the interval
//! certainly holds the value that the raw rows would have given. `noise_floor` and `noise_q95` are
//! sampling noise alone: the mean and the 95% quantile that the same numbers of rows give when
//! nothing has drifted. NaN, infinities and nulls take no part.

mod band;
mod binned;
mod bracket;
mod categorical;
mod cdf;
mod cluster;
mod distribution;
mod metric;
mod noise;
mod numeric;

use driftline_sketches::ColumnProfile;

use self::binned::BinnedPair;
use self::bracket::Bracket;
use self::noise::{Noise, Sizes};
use crate::error::StatsError;
use crate::special::chi_square_survival;

pub use self::metric::{Basis, Metric};

/// The definitions of this module, as opposed to those of other libraries.
pub const RECIPE: &str = "driftline";

/// The distance of a current profile from a reference profile.
#[derive(Debug, Clone, PartialEq)]
pub struct Drift {
    /// Which distance.
    pub metric: Metric,
    /// The distance, within `[low, high]`. Unit: see [`Metric`].
    pub value: f64,
    /// The least that the rows behind the sketches can have.
    pub low: f64,
    /// The most that the rows behind the sketches can have.
    pub high: f64,
    /// The expected distance of samples of these sizes with no drift.
    pub noise_floor: f64,
    /// The distance that samples of these sizes exceed with a chance of 5% (at most, for `ks` and
    /// `wasserstein`) with no drift.
    pub noise_q95: f64,
    /// The chance of a distance of `low` or more with no drift, for `ks` and `chi_square`. Taken at
    /// `low` so that sketch error never raises an alarm.
    pub p_value: Option<f64>,
    /// Rows of the reference that were compared: finite numbers, or non-null categories.
    pub n_reference: u64,
    /// Rows of the current profile that were compared.
    pub n_current: u64,
    /// What the distance was computed from.
    pub basis: Basis,
    /// Whose definition of the metric this is.
    pub recipe: &'static str,
}

/// The distances of `current` from `reference`, in the order of `metrics`.
///
/// Numeric columns have all five metrics; categorical ones `psi`, `jensen_shannon` and
/// `chi_square`, and the others are left out. When a side has no value to compare, the answer is
/// empty.
///
/// # Errors
///
/// [`StatsError::KindMismatch`] when one profile is numeric and the other categorical.
pub fn drift(
    reference: &ColumnProfile,
    current: &ColumnProfile,
    metrics: &[Metric],
) -> Result<Vec<Drift>, StatsError> {
    match (reference, current) {
        (ColumnProfile::Numeric(reference), ColumnProfile::Numeric(current)) => {
            Ok(numeric::drift(reference, current, metrics))
        }
        (ColumnProfile::Categorical(reference), ColumnProfile::Categorical(current)) => {
            Ok(categorical::drift(reference, current, metrics))
        }
        _ => Err(StatsError::KindMismatch { reference: kind(reference), current: kind(current) }),
    }
}

fn kind(profile: &ColumnProfile) -> &'static str {
    match profile {
        ColumnProfile::Numeric(_) => "numeric",
        ColumnProfile::Categorical(_) => "categorical",
    }
}

/// A distance before the numbers of rows are put to it.
struct Finding {
    metric: Metric,
    bracket: Bracket,
    noise: Noise,
    p_value: Option<f64>,
    basis: Basis,
}

impl Finding {
    /// The metrics that need nothing but bin counts; none for the others.
    ///
    /// Degrees of freedom: one less than the bins that may hold a row. Bounded counts may make that
    /// more than there were, which makes p-values larger, never smaller.
    fn of_bins(metric: Metric, pair: &BinnedPair, basis: Basis) -> Option<Self> {
        let sizes = Sizes { reference: pair.n_reference, current: pair.n_current };
        let freedom = pair.degrees_of_freedom();
        let (bracket, noise, p_value) = match metric {
            Metric::Psi => (pair.psi(), noise::psi(sizes, freedom), None),
            Metric::JensenShannon => (pair.jensen_shannon(), noise::jensen_shannon(sizes, freedom), None),
            Metric::ChiSquare => {
                let statistic = pair.chi_square();
                let p_value = chi_square_survival(statistic.low, freedom);
                (statistic, noise::chi_square(freedom), Some(p_value))
            }
            Metric::KolmogorovSmirnov | Metric::Wasserstein => return None,
        };
        Some(Self { metric, bracket, noise, p_value, basis })
    }

    fn between(self, n_reference: u64, n_current: u64) -> Drift {
        Drift {
            metric: self.metric,
            value: self.bracket.value,
            low: self.bracket.low,
            high: self.bracket.high,
            noise_floor: self.noise.mean,
            noise_q95: self.noise.q95,
            p_value: self.p_value,
            n_reference,
            n_current,
            basis: self.basis,
            recipe: RECIPE,
        }
    }
}
