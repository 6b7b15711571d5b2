//! Drift: how far apart two profiles of one column are, and how sure that is.
//!
//! Every [`Drift`] separates two causes of doubt. `[low, high]` is sketch error alone: the interval
//! certainly holds the value that the raw rows would have given. `noise_floor` and `noise_q95` are
//! sampling noise alone: the mean and the 95% quantile that the same numbers of rows give when
//! nothing has drifted. NaN and infinities take no part; nulls in `null_rate` only.

mod binned;
mod bins;
mod bracket;
mod categorical;
mod cluster;
mod comparison;
mod counts;
mod distribution;
mod gaps;
mod means;
mod metric;
mod noise;
mod numeric;
mod outline;
mod recipes;
mod shares;

use driftline_sketches::ColumnProfile;

use self::binned::BinnedPair;
use self::bracket::Bracket;
use self::noise::{Noise, Sizes};
use crate::error::StatsError;
use crate::special::chi_square_survival;

pub use self::bins::{BinLabel, BinShares, BinTable, bins};
pub(crate) use self::categorical::counts_of_one_baseline;
pub use self::comparison::{Comparer, Comparison, Prepared};
pub use self::counts::distance_of_counts;
pub use self::metric::{Basis, Metric};
pub(crate) use self::noise::largest_of_normals;
pub use self::recipes::Recipe;

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
    /// The distance that samples of these sizes exceed with a chance of 5% (at most, for `ks`,
    /// `wasserstein`, `total_variation` and `l_infinity`) with no drift.
    pub noise_q95: f64,
    /// The chance of a distance of `low` or more with no drift, for `ks`, `chi_square`, `g_test`,
    /// `mean_shift`, `null_rate` and `unseen_rate`. Taken at `low` so that sketch error never raises an
    /// alarm.
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
/// Those that do not fit the column are left out: of `ks`, the two `wasserstein` and `mean_shift` for
/// categories, `unseen_rate` for numbers, `mean_shift` and `normalized_wasserstein` where the
/// reference is constant, and all but `null_rate` where a side has no value to compare.
///
/// # Errors
///
/// [`StatsError::KindMismatch`] when one profile is numeric and the other categorical.
pub fn drift(
    reference: &ColumnProfile,
    current: &ColumnProfile,
    metrics: &[Metric],
) -> Result<Vec<Drift>, StatsError> {
    Ok(Comparer::new(Recipe::Driftline, metrics, 0).compare(reference, None, current)?.distances)
}

fn kind(profile: &ColumnProfile) -> &'static str {
    match profile {
        ColumnProfile::Numeric(_) => "numeric",
        ColumnProfile::Categorical(_) => "categorical",
    }
}

/// A distance, and of how many rows.
struct Finding {
    metric: Metric,
    bracket: Bracket,
    noise: Noise,
    p_value: Option<f64>,
    basis: Basis,
    rows: Rows,
}

/// Rows of both sides that are compared.
#[derive(Debug, Clone, Copy)]
struct Rows {
    reference: u64,
    current: u64,
}

impl Rows {
    fn sizes(self) -> Sizes {
        Sizes { reference: self.reference as f64, current: self.current as f64 }
    }
}

impl Finding {
    /// The metrics that need nothing but bin counts; none for the others.
    ///
    /// Degrees of freedom: one less than the bins that may hold a row. Bounded counts may make that
    /// more than there were, which makes p-values larger, never smaller.
    fn of_bins(metric: Metric, pair: &BinnedPair, basis: Basis, rows: Rows) -> Option<Self> {
        let sizes = Sizes { reference: pair.n_reference, current: pair.n_current };
        let freedom = pair.degrees_of_freedom();
        let bracket = pair.distance(metric)?;
        let noise = match metric {
            Metric::Psi => noise::psi(sizes, freedom),
            Metric::JensenShannon => noise::jensen_shannon(sizes, freedom),
            Metric::Hellinger => noise::hellinger(sizes, freedom),
            Metric::KullbackLeibler => noise::kullback_leibler(sizes, freedom),
            Metric::TotalVariation => noise::total_variation(sizes, pair.pooled_shares()),
            Metric::LInfinity => noise::l_infinity(sizes, pair.pooled_shares()),
            Metric::CramersV => noise::cramers_v(sizes, freedom),
            _ => noise::chi_square(freedom),
        };
        let is_tested = matches!(metric, Metric::ChiSquare | Metric::GTest);
        let p_value = is_tested.then(|| chi_square_survival(bracket.low, freedom));
        Some(Self { metric, bracket, noise, p_value, basis, rows })
    }

    fn into_drift(self) -> Drift {
        Drift {
            metric: self.metric,
            value: self.bracket.value,
            low: self.bracket.low,
            high: self.bracket.high,
            noise_floor: self.noise.mean,
            noise_q95: self.noise.q95,
            p_value: self.p_value,
            n_reference: self.rows.reference,
            n_current: self.rows.current,
            basis: self.basis,
            recipe: Recipe::Driftline.name(),
        }
    }
}
