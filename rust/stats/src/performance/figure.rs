//! A figure of quality by its name.

use super::estimate::Estimate;

/// A figure, its 95% interval, and how many rows it is of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figure {
    /// What it is called at all doors.
    pub name: &'static str,
    /// The figure.
    pub estimate: Estimate,
    /// Rows that it is of.
    pub rows: u64,
}

/// The figures that exist, in the order in which they are given.
pub(super) fn existing(
    figures: impl IntoIterator<Item = (&'static str, Option<Estimate>, u64)>,
) -> Vec<Figure> {
    let found = figures.into_iter();
    found.filter_map(|(name, estimate, rows)| Some(Figure { name, estimate: estimate?, rows })).collect()
}

/// The figure of a name.
pub(super) fn find(figures: &[Figure], name: &str) -> Option<Estimate> {
    figures.iter().find(|figure| figure.name == name).map(|figure| figure.estimate)
}
