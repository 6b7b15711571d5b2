//! Both sides in the coordinates in which their pooled covariance is the identity.

use driftline_sketches::JointProfile;
use driftline_sketches::joint::{Comoments, ScaledSums};

use super::matrix::{Symmetric, dot};

/// Eigenvalues of the pooled correlation matrix count as this if they are smaller: 0 but for rounding.
const LEAST_EIGENVALUE: f64 = 1e-8;
/// A deviation so much smaller than the mean is rounding.
const LEAST_DEVIATION: f64 = 1e-12;

/// Two sides of a set, without the columns that are constant on both.
pub(super) struct Whitened<'a> {
    /// Names of the columns that vary.
    pub(super) names: Vec<&'a str>,
    pub(super) reference: Side,
    pub(super) current: Side,
    /// The difference of the means, in pooled standard deviations of each column.
    pub(super) apart: Vec<f64>,
    /// Eigenvalues of the pooled correlation matrix, and their vectors.
    eigen: Vec<(f64, Vec<f64>)>,
    /// By how much the fourth powers of distances exceed those of normal columns, as a share.
    pub(super) excess: f64,
}

/// One side.
pub(super) struct Side {
    pub(super) count: u64,
    /// Its covariance matrix, in pooled standard deviations of each column.
    pub(super) covariance: Symmetric,
}

impl Side {
    /// Degrees of freedom of its covariance.
    pub(super) fn freedom(&self) -> f64 {
        self.count as f64 - 1.0
    }

    /// The correlation of two columns; none where one of them is constant here.
    pub(super) fn correlation(&self, row: usize, column: usize) -> Option<f64> {
        let (own, other) = (self.covariance.get(row, row), self.covariance.get(column, column));
        let product = (own * other).sqrt();
        (product > 0.0).then(|| (self.covariance.get(row, column) / product).clamp(-1.0, 1.0))
    }
}

impl<'a> Whitened<'a> {
    /// None where a side has fewer than two complete records, or all columns are constant.
    pub(super) fn new(reference: &'a JointProfile, current: &'a JointProfile) -> Option<Self> {
        let (before, after) = (&reference.moments, &current.moments);
        if before.count().min(after.count()) < 2 {
            return None;
        }
        let freedom = (before.count() - 1) as f64 + (after.count() - 1) as f64;
        let deviation = |at: usize| ((before.product(at, at) + after.product(at, at)) / freedom).sqrt();
        let names = reference.columns().numeric();
        let varies = |&at: &usize| {
            deviation(at) > LEAST_DEVIATION * before.means()[at].abs().max(after.means()[at].abs())
        };
        let kept: Vec<usize> = (0..names.len()).filter(varies).collect();
        if kept.is_empty() {
            return None;
        }
        let units: Vec<f64> = kept.iter().map(|&at| deviation(at)).collect();
        let side = |moments: &Comoments| Side {
            count: moments.count(),
            covariance: Symmetric::from_upper(kept.len(), |row, column| {
                let product = moments.product(kept[row], kept[column]);
                product / units[row] / units[column] / (moments.count() - 1) as f64
            }),
        };
        let (before_side, after_side) = (side(before), side(after));
        let share = before_side.freedom() / freedom;
        let pooled = Symmetric::from_upper(kept.len(), |row, column| {
            let parts = [&before_side, &after_side].map(|side| side.covariance.get(row, column));
            share * parts[0] + (1.0 - share) * parts[1]
        });
        let apart = kept.iter().zip(&units);
        let apart = apart.map(|(&at, unit)| after.means()[at] / unit - before.means()[at] / unit).collect();
        Some(Self {
            names: kept.iter().map(|&at| names[at].as_str()).collect(),
            reference: before_side,
            current: after_side,
            apart,
            eigen: pooled.eigen(),
            excess: excess(reference).or_else(|| excess(current)).unwrap_or(0.0),
        })
    }

    /// Number of columns.
    pub(super) fn size(&self) -> usize {
        self.names.len()
    }

    /// `1/n + 1/m`.
    pub(super) fn inverse_sum(&self) -> f64 {
        1.0 / self.reference.count as f64 + 1.0 / self.current.count as f64
    }

    /// The square of the Mahalanobis distance of the means. Directions in which nothing varies count as if they varied by
    /// [`LEAST_EIGENVALUE`].
    pub(super) fn squared_distance(&self) -> f64 {
        self.eigen
            .iter()
            .map(|(value, vector)| dot(vector, &self.apart).powi(2) / value.max(LEAST_EIGENVALUE))
            .sum()
    }

    /// The covariance matrices of both sides where the pooled one is the identity, in the directions in which anything
    /// varies.
    pub(super) fn covariances(&self) -> [Symmetric; 2] {
        let scaled = |(value, vector): &(f64, Vec<f64>)| {
            (*value > LEAST_EIGENVALUE).then(|| vector.iter().map(|part| part / value.sqrt()).collect())
        };
        let vectors: Vec<Vec<f64>> = self.eigen.iter().filter_map(scaled).collect();
        [&self.reference, &self.current].map(|side| side.covariance.turned(&vectors))
    }
}

/// The excess of the mean fourth power of a record's distance from the baseline's means over that of normal columns with
/// the same second moments, as a share of it: Mardia's kurtosis (1970), for an elliptical law whatever the coordinates. 0
/// where it is less.
fn excess(profile: &JointProfile) -> Option<f64> {
    let scaled = profile.scaled.known().filter(|scaled| scaled.features().count() > 1)?;
    let (moments, scales) = (&profile.moments, scaled.scales());
    let second = second_moments(moments, scales.means(), scales.deviations());
    // E |z|^4 of a normal vector with second moments A is (tr A)^2 + 2 tr A^2.
    let normal = second.trace().powi(2) + 2.0 * second.squares();
    let found = scaled.fourth_powers() / ScaledSums::features(scaled).count() as f64;
    (normal > 0.0).then(|| (found / normal - 1.0).max(0.0)).filter(|excess| excess.is_finite())
}

/// Mean products of values standardised by these means and deviations.
fn second_moments(moments: &Comoments, means: &[f64], deviations: &[f64]) -> Symmetric {
    let count = moments.count().max(1) as f64;
    let off = |at: usize| (moments.means()[at] - means[at]) / deviations[at];
    Symmetric::from_upper(means.len(), |row, column| {
        moments.product(row, column) / count / deviations[row] / deviations[column] + off(row) * off(column)
    })
}
