/// What 1 is in the sums.
pub const RANKING_UNIT: i64 = 1 << 30;

/// Sums of numbers in `[0, 1]` and of their squares, each rounded to whole units of 2^-30: they are added and taken out
/// again exactly, and a mean is within 2^-31 of that of the numbers themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UnitSums {
    /// Of the numbers.
    pub sum: i64,
    /// Of their squares.
    pub squares: i64,
}

impl UnitSums {
    /// Those of one number; what lies outside of `[0, 1]` counts as the nearer end.
    pub fn of(number: f64) -> Self {
        let unit = RANKING_UNIT as f64;
        let sum = (number.clamp(0.0, 1.0) * unit).round();
        Self { sum: sum as i64, squares: (sum * sum / unit).round() as i64 }
    }

    /// The mean of so many numbers, and the mean of their squares; `None` without any.
    pub fn means(self, numbers: i64) -> Option<(f64, f64)> {
        let all = numbers as f64 * RANKING_UNIT as f64;
        (numbers > 0)
            .then(|| ((self.sum as f64 / all).clamp(0.0, 1.0), (self.squares as f64 / all).clamp(0.0, 1.0)))
    }

    pub(super) fn combine(&mut self, other: Self, number: fn(i64, i64) -> i64) {
        self.sum = number(self.sum, other.sum);
        self.squares = number(self.squares, other.squares);
    }
}
