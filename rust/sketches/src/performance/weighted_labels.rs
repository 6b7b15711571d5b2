use super::weighted::difference;
use crate::error::{Error, Result};

/// Sums of powers of the labels' deviations from their weighted mean: what a weighted R2 and its variance are made of.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WeightedLabels {
    /// Sum of the weights.
    pub weight: f64,
    /// Weighted mean label.
    pub mean: f64,
    /// Weight times squared deviation.
    pub deviations: f64,
    /// Squared weight times the deviation to the power of 0 to 4.
    pub powers: [f64; 5],
    /// Squared weight times squared error times the deviation to the power of 0 to 2.
    pub by_error: [f64; 3],
}

impl WeightedLabels {
    /// What has left the range of doubles once is not known any more, and is written in one way.
    const OVERFLOWN: Self = Self {
        weight: f64::INFINITY,
        mean: 0.0,
        deviations: f64::INFINITY,
        powers: [f64::INFINITY; 5],
        by_error: [f64::INFINITY; 3],
    };

    /// Adds a label and its error, both finite.
    pub(super) fn add(&mut self, weight: f64, label: f64, error: f64) {
        let square = weight * weight;
        let mut powers = [0.0; 5];
        let mut by_error = [0.0; 3];
        (powers[0], by_error[0]) = (square, square * error * error);
        self.merge(&Self { weight, mean: label, deviations: 0.0, powers, by_error }.settled());
    }

    pub(super) fn merge(&mut self, other: &Self) {
        if other.weight == 0.0 {
            return;
        }
        if self.weight == 0.0 {
            *self = *other;
            return;
        }
        let weight = self.weight + other.weight;
        let mean = self.mean + (other.mean - self.mean) * (other.weight / weight);
        let (own, added) = (self.around(mean), other.around(mean));
        *self = Self {
            weight,
            mean,
            deviations: own.deviations + added.deviations,
            powers: std::array::from_fn(|power| own.powers[power] + added.powers[power]),
            by_error: std::array::from_fn(|power| own.by_error[power] + added.by_error[power]),
        }
        .settled();
    }

    /// [`WeightedLabels::merge`] turned round; what no even power is below zero, no sum of such is either.
    pub(super) fn without(&self, taken: &Self) -> Self {
        let weight = difference(self.weight, taken.weight);
        if weight == 0.0 || taken.weight == 0.0 || self.weight.is_infinite() {
            return if weight == 0.0 { Self::default() } else { *self };
        }
        let mean = self.mean + (self.mean - taken.mean) * (taken.weight / weight);
        let (own, taken) = (self.around(mean), taken.around(mean));
        let left = |own: f64, taken: f64, power: usize| {
            let left = own - taken;
            if power.is_multiple_of(2) { left.max(0.0) } else { left }
        };
        Self {
            weight,
            mean,
            deviations: left(own.deviations, taken.deviations, 2),
            powers: std::array::from_fn(|power| left(own.powers[power], taken.powers[power], power)),
            by_error: std::array::from_fn(|power| left(own.by_error[power], taken.by_error[power], power)),
        }
        .settled()
    }

    /// The same sums of deviations from another centre.
    fn around(&self, centre: f64) -> Self {
        let shift = self.mean - centre;
        Self {
            mean: centre,
            deviations: self.deviations + self.weight * shift * shift,
            powers: shifted(self.powers, shift),
            by_error: shifted(self.by_error, shift),
            ..*self
        }
    }

    fn settled(self) -> Self {
        if self.to_array().iter().all(|sum| sum.is_finite()) { self } else { Self::OVERFLOWN }
    }

    /// The sums as they are stored.
    pub fn to_array(&self) -> [f64; 11] {
        let [p0, p1, p2, p3, p4] = self.powers;
        let [e0, e1, e2] = self.by_error;
        [self.weight, self.mean, self.deviations, p0, p1, p2, p3, p4, e0, e1, e2]
    }

    /// From what [`WeightedLabels::to_array`] gave.
    ///
    /// # Errors
    /// `InvalidData` for a sum that is not a number, or one of weights or even powers that is negative.
    pub fn from_array(sums: [f64; 11]) -> Result<Self> {
        let [weight, mean, deviations, p0, p1, p2, p3, p4, e0, e1, e2] = sums;
        let even = [weight, deviations, p0, p2, p4, e0, e2];
        if even.iter().any(|sum| *sum < 0.0) || sums.iter().any(|sum| sum.is_nan()) {
            return Err(Error::invalid_data(format!(
                "sums of weights and of even powers of labels must be at least 0, got {even:?}"
            )));
        }
        Ok(Self { weight, mean, deviations, powers: [p0, p1, p2, p3, p4], by_error: [e0, e1, e2] }.settled())
    }
}

/// Sums of rising powers of deviations, each deviation larger by `shift` (the binomial theorem).
pub(super) fn shifted<const N: usize>(sums: [f64; N], shift: f64) -> [f64; N] {
    let mut found = sums;
    // As Horner's scheme moves the centre of a polynomial, a power a round.
    for round in 1..N {
        for power in (round..N).rev() {
            found[power] += shift * found[power - 1];
        }
    }
    found
}
