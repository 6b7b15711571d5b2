//! Symmetric matrices of a few dozen rows.

/// Sweeps after which Jacobi's method has long converged.
const MOST_SWEEPS: usize = 60;

/// A symmetric matrix, stored whole, row by row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Symmetric {
    pub(super) size: usize,
    values: Vec<f64>,
}

impl Symmetric {
    /// From its entries with `row <= column`.
    pub(super) fn from_upper(size: usize, entry: impl Fn(usize, usize) -> f64) -> Self {
        let mut matrix = Self { size, values: vec![0.0; size * size] };
        for row in 0..size {
            for column in row..size {
                matrix.set(row, column, entry(row, column));
            }
        }
        matrix
    }

    pub(super) fn get(&self, row: usize, column: usize) -> f64 {
        self.values[row * self.size + column]
    }

    fn set(&mut self, row: usize, column: usize, value: f64) {
        self.values[row * self.size + column] = value;
        self.values[column * self.size + row] = value;
    }

    /// The sum of the squares of all entries.
    pub(super) fn squares(&self) -> f64 {
        self.values.iter().map(|value| value * value).sum()
    }

    pub(super) fn trace(&self) -> f64 {
        (0..self.size).map(|index| self.get(index, index)).sum()
    }

    /// `V^T M V` for vectors in the rows of `vectors`.
    pub(super) fn turned(&self, vectors: &[Vec<f64>]) -> Self {
        let images: Vec<Vec<f64>> = vectors.iter().map(|vector| self.times(vector)).collect();
        Self::from_upper(vectors.len(), |row, column| dot(&vectors[row], &images[column]))
    }

    fn times(&self, vector: &[f64]) -> Vec<f64> {
        self.values.chunks_exact(self.size).map(|row| dot(row, vector)).collect()
    }

    /// Eigenvalues, each with its eigenvector of length 1: Jacobi's method, rotations of two rows and columns that make the
    /// entry between them zero, until all are.
    pub(super) fn eigen(mut self) -> Vec<(f64, Vec<f64>)> {
        let size = self.size;
        let mut vectors: Vec<Vec<f64>> = (0..size)
            .map(|row| (0..size).map(|column| f64::from(u8::from(row == column))).collect())
            .collect();
        let negligible = self.squares() * f64::EPSILON * f64::EPSILON;
        for _ in 0..MOST_SWEEPS {
            let beside = (0..size).flat_map(|row| (row + 1..size).map(move |column| (row, column)));
            if beside.map(|(row, column)| self.get(row, column).powi(2)).sum::<f64>() <= negligible {
                break;
            }
            for row in 0..size {
                for column in row + 1..size {
                    self.rotate(row, column, &mut vectors);
                }
            }
        }
        vectors.into_iter().enumerate().map(|(index, vector)| (self.get(index, index), vector)).collect()
    }

    fn rotate(&mut self, row: usize, column: usize, vectors: &mut [Vec<f64>]) {
        let between = self.get(row, column);
        if between == 0.0 {
            return;
        }
        let ratio = (self.get(column, column) - self.get(row, row)) / (2.0 * between);
        let tangent = ratio.signum() / (ratio.abs() + (ratio * ratio + 1.0).sqrt());
        let cosine = (tangent * tangent + 1.0).sqrt().recip();
        let sine = tangent * cosine;
        let (first, second) =
            (self.get(row, row) - tangent * between, self.get(column, column) + tangent * between);
        for other in (0..self.size).filter(|other| *other != row && *other != column) {
            let (left, right) = (self.get(other, row), self.get(other, column));
            self.set(other, row, cosine * left - sine * right);
            self.set(other, column, sine * left + cosine * right);
        }
        self.set(row, row, first);
        self.set(column, column, second);
        self.set(row, column, 0.0);
        let (before, after) = vectors.split_at_mut(column);
        for (left, right) in before[row].iter_mut().zip(&mut after[0]) {
            (*left, *right) = (cosine * *left - sine * *right, sine * *left + cosine * *right);
        }
    }
}

pub(super) fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eigenvectors_make_the_matrix() {
        for size in [1, 2, 3, 7, 32] {
            let entry = |row: usize, column: usize| {
                ((row * 7 + column * 3) as f64).sin() + if row == column { 2.0 } else { 0.0 }
            };
            let matrix = Symmetric::from_upper(size, entry);
            let found = matrix.clone().eigen();
            for row in 0..size {
                for column in row..size {
                    let made: f64 =
                        found.iter().map(|(value, vector)| value * vector[row] * vector[column]).sum();
                    assert!((made - matrix.get(row, column)).abs() < 1e-12 * size as f64);
                    let same = dot(&found[row].1, &found[column].1);
                    assert!((same - f64::from(u8::from(row == column))).abs() < 1e-12);
                }
            }
        }
    }
}
