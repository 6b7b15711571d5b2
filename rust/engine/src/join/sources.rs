//! Who gave the labels that wait: a label has a number instead of a name.

use std::num::NonZeroU32;
use std::sync::Arc;

use super::{Join, Label};
use crate::keyed::{self, KeyedMap, LEAST_FILLED, table_bytes};
use crate::outcome::Outcome;
use crate::principals::MAX_PRINCIPALS;

/// The most corrected labels of which who gave them is kept. What is said again and again of a prediction that does not
/// come shall not fill the memory.
const MOST_CORRECTED: usize = 100_000;

/// Number of a source of labels that wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceNumber(NonZeroU32);

impl SourceNumber {
    fn at(place: usize) -> Self {
        Self(NonZeroU32::MIN.saturating_add(place as u32))
    }

    fn place(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// A name, and how many labels have it.
#[derive(Debug, Clone)]
struct Named {
    name: Arc<str>,
    labels: usize,
}

/// Sources by their number, as long as a label has it. What is in here depends on nothing but what waits, so that a join
/// that was read from disk knows as many names as the one that went on.
#[derive(Debug, Clone, Default)]
pub(crate) struct LabelSources {
    numbers: KeyedMap<Arc<str>, SourceNumber>,
    /// By number.
    named: Vec<Option<Named>>,
    /// Numbers that no label has.
    free: Vec<SourceNumber>,
    /// Labels that others have corrected, by identifier, the oldest first.
    corrected: KeyedMap<u64, Vec<(SourceNumber, Outcome)>>,
    /// Number of all those.
    corrected_labels: usize,
    /// Bytes of all names.
    name_bytes: usize,
}

impl LabelSources {
    /// The number of a name, for one more label; `None` where so many have one and this has none.
    pub(super) fn number(&mut self, name: &str, most: usize) -> Option<SourceNumber> {
        if let Some(&number) = self.numbers.get(name) {
            if let Some(named) = &mut self.named[number.place()] {
                named.labels += 1;
            }
            return Some(number);
        }
        if self.numbers.len() >= most {
            return None;
        }
        let number = self.free.pop().unwrap_or_else(|| {
            self.named.push(None);
            SourceNumber::at(self.named.len() - 1)
        });
        let name: Arc<str> = name.into();
        self.name_bytes += name_bytes(&name);
        self.numbers.insert(Arc::clone(&name), number);
        self.named[number.place()] = Some(Named { name, labels: 1 });
        Some(number)
    }

    /// One label less has this number. Gives its name, which is forgotten with the last of them.
    fn release(&mut self, number: SourceNumber) -> Option<Arc<str>> {
        let named = self.named[number.place()].as_mut()?;
        named.labels -= 1;
        if named.labels > 0 {
            return Some(Arc::clone(&named.name));
        }
        let name = self.named[number.place()].take()?.name;
        self.numbers.remove(&name);
        self.name_bytes -= name_bytes(&name);
        self.free.push(number);
        Some(name)
    }

    /// The label of an identifier, which this source gave, has been corrected.
    pub(super) fn correct(&mut self, id: u64, source: Option<SourceNumber>, value: Outcome) {
        let Some(source) = source else { return };
        if self.corrected_labels < MOST_CORRECTED {
            self.corrected.entry(id).or_default().push((source, value));
            self.corrected_labels += 1;
        } else {
            self.release(source);
        }
    }

    /// Who gave a label that waits no more, after those whose labels it has corrected; each with what it said.
    pub(super) fn take(&mut self, id: u64, label: &Label) -> Vec<(Arc<str>, Outcome)> {
        if self.numbers.is_empty() {
            return Vec::new();
        }
        let mut given = self.corrected.remove(&id).unwrap_or_default();
        self.corrected_labels -= given.len();
        given.extend(label.source.map(|source| (source, label.truth.value)));
        given.into_iter().filter_map(|(source, value)| Some((self.release(source)?, value))).collect()
    }

    /// Who gave a label that waits.
    pub(crate) fn source(&self, label: &Label) -> Option<&str> {
        self.name(label.source?)
    }

    /// Who gave the labels that this one has corrected, and what those said, the oldest first.
    pub(crate) fn corrected(&self, id: u64) -> impl Iterator<Item = (&str, Outcome)> {
        let corrected = self.corrected.get(&id).into_iter().flatten();
        corrected.filter_map(|&(source, value)| Some((self.name(source)?, value)))
    }

    fn name(&self, number: SourceNumber) -> Option<&str> {
        self.named[number.place()].as_ref().map(|named| &*named.name)
    }

    /// Gives memory back that only earlier labels needed.
    pub(super) fn shrink(&mut self) {
        if self.numbers.is_empty() {
            *self = Self::default();
            return;
        }
        if self.numbers.len() < self.numbers.capacity().max(self.named.len()) / LEAST_FILLED {
            let used = self.named.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
            self.named.truncate(used);
            self.named.shrink_to(used);
            self.free.retain(|number| number.place() < used);
            self.free.shrink_to(used);
            self.numbers.shrink_to(self.numbers.len() * 2);
        }
        keyed::shrink(&mut self.corrected);
    }

    pub(super) fn bytes(&self) -> usize {
        self.name_bytes
            + table_bytes(&self.numbers)
            + table_bytes(&self.corrected)
            + self.named.capacity() * size_of::<Option<Named>>()
            + self.free.capacity() * size_of::<SourceNumber>()
            + self.corrected_labels * 2 * size_of::<(SourceNumber, Outcome)>()
    }
}

/// A name lies beside two counts of who has it.
fn name_bytes(name: &str) -> usize {
    name.len() + 2 * size_of::<usize>()
}

/// Who gave a label that waited on disk.
#[derive(Debug, Default)]
pub(crate) struct LoadedSources {
    pub(crate) source: Option<String>,
    /// Of those that it has corrected, the oldest first.
    pub(crate) corrected: Vec<(String, Outcome)>,
}

impl Join {
    /// Says who gave a label that has just begun to wait, or has corrected one that waits. Where so many have given what
    /// waits, and this is none of them, nobody did.
    pub fn set_source(&mut self, id: u64, source: &str, most: usize) {
        self.labels.set_source(id, source, most);
    }

    /// Who gave the label that a prediction has found, after those whose labels it had corrected; each with what it said.
    pub fn take_sources(&mut self, id: u64, label: &Label) -> Vec<(Arc<str>, Outcome)> {
        self.labels.take_sources(id, label)
    }

    pub(super) fn load_sources(&mut self, id: u64, loaded: &LoadedSources) {
        // What is on disk was within the bound of its time.
        let most = MAX_PRINCIPALS as usize;
        for (source, value) in &loaded.corrected {
            self.labels.add_corrected(id, source, *value, most);
        }
        if let Some(source) = &loaded.source {
            self.labels.set_source(id, source, most);
        }
    }

    pub(super) fn forget_label(&mut self, id: u64) {
        if let Some(label) = self.labels.remove(id) {
            self.labels.forget_source(id, &label);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::join::{Arrival, Prediction, Second, Truth};

    fn label(source: Option<SourceNumber>, value: i64) -> Label {
        let truth = Truth { value: Outcome::Integer(value), time: None };
        Label { truth, waits_since: 0, version: 0, source }
    }

    #[test]
    fn a_label_takes_no_more_than_without_a_source() {
        assert_eq!(size_of::<Label>(), size_of::<(Truth, i64, u32)>());
    }

    #[test]
    fn names_are_bounded_and_forgotten_with_their_last_label() {
        let mut sources = LabelSources::default();
        let first = sources.number("a", 2);
        assert_eq!(sources.number("a", 2), first);
        let second = sources.number("b", 2);
        assert_eq!(sources.number("c", 2), None);
        assert_eq!(sources.take(1, &label(first, 1)), [("a".into(), Outcome::Integer(1))]);
        assert_eq!(sources.number("c", 2), None, "another label has the first");
        sources.take(2, &label(first, 1));
        let third = sources.number("c", 2);
        assert_eq!(third, first);
        assert_eq!(
            (sources.source(&label(third, 1)), sources.source(&label(second, 1))),
            (Some("c"), Some("b"))
        );
        sources.take(3, &label(third, 1));
        sources.take(4, &label(second, 1));
        sources.shrink();
        assert_eq!(sources.bytes(), 0);
    }

    #[test]
    fn names_that_nobody_has_give_their_memory_back() {
        let mut sources = LabelSources::default();
        let numbers: Vec<_> = (0..1_000).map(|each| sources.number(&format!("s{each}"), 1_000)).collect();
        let before = sources.bytes();
        for (number, id) in numbers[1..].iter().zip(0..) {
            sources.take(id, &label(*number, 1));
        }
        sources.shrink();
        assert!(sources.bytes() * 50 < before, "{} of {before}", sources.bytes());
        assert_eq!(sources.source(&label(numbers[0], 1)), Some("s0"));
        let again: Vec<_> = (1..1_000).map(|each| sources.number(&format!("s{each}"), 1_000)).collect();
        let names = again.iter().map(|number| sources.source(&label(*number, 1)).map(str::to_owned));
        assert!(names.eq((1..1_000).map(|each| Some(format!("s{each}")))));
    }

    #[test]
    fn corrected_labels_are_bounded() {
        let mut sources = LabelSources::default();
        for _ in 0..MOST_CORRECTED + 5 {
            let source = sources.number("a", 1);
            sources.correct(1, source, Outcome::Integer(0));
        }
        assert_eq!(sources.corrected(1).count(), MOST_CORRECTED);
        assert_eq!(sources.take(1, &label(None, 1)).len(), MOST_CORRECTED);
        sources.shrink();
        assert_eq!(sources.bytes(), 0);
    }

    /// So many labels have each name: those that wait, and those that these have corrected.
    fn counted(join: &Join) -> KeyedMap<String, usize> {
        let sources = join.labels.sources();
        let mut counts: KeyedMap<String, usize> = KeyedMap::default();
        for (id, label) in join.labels() {
            let corrected = sources.corrected(id).map(|(name, _)| name);
            for name in sources.source(label).into_iter().chain(corrected) {
                *counts.entry(name.to_owned()).or_default() += 1;
            }
        }
        counts
    }

    proptest! {
        #[test]
        fn names_are_those_of_what_waits(
            steps in prop::collection::vec((0..60_u64, 0..20_000_i64, 0..8_u8, 0..9_u8, 0..3_i64), 1..300),
            horizon in 2_000..20_000_i64,
        ) {
            let mut join = Join::default();
            for (id, time, what, name, value) in steps {
                let given = Label { waits_since: time, ..label(None, value) };
                match what {
                    0..=4 => {
                        let arrival = join.add_label(id, given, horizon);
                        if matches!(arrival, Arrival::Waiting | Arrival::Again(None, Second::Corrected(_))) {
                            join.set_source(id, &format!("s{name}"), 5);
                        }
                    }
                    5 => {
                        let place = join.intern_place(0, &[0]);
                        let (predicted, score) = (Outcome::Missing, 0.5);
                        let (weight, query, label) = (None, None, None);
                        let each = Prediction { time, predicted, score, weight, query, place, label };
                        if let Some((label, _)) = join.add_prediction(id, each, horizon) {
                            join.take_sources(id, &label);
                        }
                    }
                    6 => drop(join.expire(horizon, 100)),
                    _ => drop(join.release(value as usize)),
                }
                let sources = join.labels.sources();
                let named = sources.named.iter().flatten().map(|each| (each.name.to_string(), each.labels));
                let named: KeyedMap<String, usize> = named.collect();
                prop_assert!(named.len() <= 5);
                prop_assert_eq!(sources.numbers.len(), named.len());
                prop_assert_eq!(sources.free.len(), sources.named.len() - named.len());
                prop_assert_eq!(&named, &counted(&join));
            }
            join.release(join.waiting());
            prop_assert_eq!(join.labels.sources().bytes(), 0);
        }
    }
}
