use std::collections::{BTreeMap, BTreeSet};

/// The most classes that are told apart.
pub const MAX_CLASSES: usize = 64;
/// The class that stands for all further ones.
pub const OTHER_CLASS: &str = "__other__";

/// What a cell of a confusion matrix holds: a number of predictions, or their weights.
pub trait Content: Copy + Default + PartialEq {
    /// Both together.
    #[must_use]
    fn plus(self, other: Self) -> Self;
    /// Without what was added before.
    #[must_use]
    fn minus(self, taken: Self) -> Self;
}

impl Content for u64 {
    fn plus(self, other: Self) -> Self {
        self.saturating_add(other)
    }

    fn minus(self, taken: Self) -> Self {
        self.saturating_sub(taken)
    }
}

/// A confusion matrix by label and predicted class.
///
/// Of more than [`MAX_CLASSES`] classes the first in alphabetical order are told apart and the
/// others are counted as [`OTHER_CLASS`]: which these are depends on the classes alone, not on the
/// order in which they came.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Confusion<C> {
    cells: BTreeMap<(String, String), C>,
    classes: BTreeSet<String>,
}

impl<C: Content> Confusion<C> {
    /// Nothing classified.
    pub fn new() -> Self {
        Self { cells: BTreeMap::new(), classes: BTreeSet::new() }
    }

    /// Adds to the cell of a label and a predicted class; nothing changes nothing.
    pub fn add(&mut self, label: &str, predicted: &str, content: C) {
        if content == C::default() {
            return;
        }
        self.admit(label);
        self.admit(predicted);
        let key = (self.known_class(label).to_owned(), self.known_class(predicted).to_owned());
        let cell = self.cells.entry(key).or_default();
        *cell = cell.plus(content);
    }

    /// Adds what `other` holds.
    pub fn merge(&mut self, other: &Self) {
        for (label, predicted, content) in other.iter() {
            self.add(label, predicted, content);
        }
    }

    /// What is left when that is taken out which was added before. Of classes that are not told apart here
    /// those of [`OTHER_CLASS`] are taken.
    #[must_use]
    pub fn without(&self, taken: &Self) -> Self {
        let mut folded: BTreeMap<(&str, &str), C> = BTreeMap::new();
        for (label, predicted, content) in taken.iter() {
            let cell = folded.entry((self.known_class(label), self.known_class(predicted))).or_default();
            *cell = cell.plus(content);
        }
        let mut left = Self::new();
        for (label, predicted, content) in self.iter() {
            let taken = folded.get(&(label, predicted)).copied().unwrap_or_default();
            left.add(label, predicted, content.minus(taken));
        }
        left
    }

    /// The non-empty cells as `(label, predicted, content)`, in rising order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, C)> + '_ {
        self.cells.iter().map(|((label, predicted), content)| (label.as_str(), predicted.as_str(), *content))
    }

    /// The classes that are told apart, in rising order, without [`OTHER_CLASS`].
    pub fn classes(&self) -> impl ExactSizeIterator<Item = &str> + '_ {
        self.classes.iter().map(String::as_str)
    }

    fn known_class<'a>(&self, class: &'a str) -> &'a str {
        if self.classes.contains(class) { class } else { OTHER_CLASS }
    }

    /// Tells a class apart from now on, if it belongs to the first ones; the one that no longer does
    /// is counted as the other class.
    fn admit(&mut self, class: &str) {
        if class == OTHER_CLASS || self.classes.contains(class) {
            return;
        }
        let is_full = self.classes.len() == MAX_CLASSES;
        if is_full && self.classes.last().is_some_and(|last| last.as_str() < class) {
            return;
        }
        self.classes.insert(class.to_owned());
        if is_full {
            self.classes.pop_last();
            self.fold_unknown_classes();
        }
    }

    fn fold_unknown_classes(&mut self) {
        for ((label, predicted), content) in std::mem::take(&mut self.cells) {
            let key = (self.known_class(&label).to_owned(), self.known_class(&predicted).to_owned());
            let cell = self.cells.entry(key).or_default();
            *cell = cell.plus(content);
        }
    }
}
