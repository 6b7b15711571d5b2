//! Counts against a baseline as a monoid, although baselines change.

use std::sync::Arc;

use crate::error::Result;

/// Counts that add up only with counts of the same layout.
pub trait TallyCounts: Clone {
    /// What is counted: bins or categories.
    type Layout;

    /// No counts in this layout.
    fn empty(layout: &Arc<Self::Layout>) -> Self;

    /// Whether the counts are in this layout.
    fn is_of(&self, layout: &Self::Layout) -> bool;

    /// Adds the counts of `other`.
    ///
    /// # Errors
    /// `Incompatible` when the layouts differ.
    fn merge(&mut self, other: &Self) -> Result<()>;
}

/// Counts of all values seen, if all were counted against the same baseline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Tally<T> {
    /// Nothing was seen: the identity.
    #[default]
    Empty,
    /// All values were counted in this layout.
    Known(T),
    /// Values were counted in different layouts, or not at all: no counts cover all of them.
    Mixed,
}

impl<T: TallyCounts> Tally<T> {
    /// Adds what `other` has counted.
    pub fn merge(&mut self, other: &Self) {
        *self = match (std::mem::take(self), other) {
            (own, Self::Empty) => own,
            (Self::Empty, other) => other.clone(),
            (Self::Known(mut own), Self::Known(added)) => match own.merge(added) {
                Ok(()) => Self::Known(own),
                Err(_) => Self::Mixed,
            },
            _ => Self::Mixed,
        };
    }

    /// The counts, if they cover everything.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(counts) => Some(counts),
            Self::Empty | Self::Mixed => None,
        }
    }

    /// Counts values with `add` in a layout; where there is none, or another was used before, the
    /// tally becomes mixed.
    pub(crate) fn add_with(&mut self, layout: Option<&Arc<T::Layout>>, add: impl FnOnce(&mut T)) {
        match (&mut *self, layout) {
            (Self::Empty, Some(layout)) => {
                let mut counts = T::empty(layout);
                add(&mut counts);
                *self = Self::Known(counts);
            }
            (Self::Known(counts), Some(layout)) if counts.is_of(layout) => add(counts),
            _ => *self = Self::Mixed,
        }
    }
}
