//! Labels whose prediction has not come.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::sources::LabelSources;
use super::{Label, Second, Truth};
use crate::keyed::{self, KeyedMap};
use crate::outcome::Outcome;

/// Labels by identifier, and by the bucket of time in which they expire.
#[derive(Debug, Default)]
pub(super) struct WaitingLabels {
    labels: KeyedMap<u64, Label>,
    /// Identifiers by bucket. One may be left in a bucket that its label is no longer in.
    buckets: BTreeMap<i64, Vec<u64>>,
    /// Identifiers in all buckets.
    remembered: usize,
    /// Of a bucket, in nanoseconds.
    length: i64,
    /// Who gave them.
    sources: LabelSources,
}

impl WaitingLabels {
    pub(super) fn len(&self) -> usize {
        self.labels.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, &Label)> {
        self.labels.iter().map(|(&id, label)| (id, label))
    }

    pub(super) fn sources(&self) -> &LabelSources {
        &self.sources
    }

    /// Another label comes in for that of an identifier, if there is one; who gave it is not said yet.
    pub(super) fn take_again(&mut self, id: u64, truth: Truth) -> Option<Second> {
        let waiting = self.labels.get_mut(&id)?;
        let second = waiting.truth.take(truth);
        if let Second::Corrected(before) = second {
            self.sources.correct(id, waiting.source.take(), before);
        }
        Some(second)
    }

    /// Says who gave the label of an identifier, of which that is not known.
    pub(super) fn set_source(&mut self, id: u64, source: &str, most: usize) {
        if let Some(label) = self.labels.get_mut(&id) {
            label.source = self.sources.number(source, most);
        }
    }

    /// Says who gave the label that the next one of an identifier will correct.
    pub(super) fn add_corrected(&mut self, id: u64, source: &str, value: Outcome, most: usize) {
        let source = self.sources.number(source, most);
        self.sources.correct(id, source, value);
    }

    /// Who gave a label that was removed, after those whose labels it had corrected.
    pub(super) fn take_sources(&mut self, id: u64, label: &Label) -> Vec<(Arc<str>, Outcome)> {
        self.sources.take(id, label)
    }

    /// Forgets who gave a label that was removed or taken.
    pub(super) fn forget_source(&mut self, id: u64, label: &Label) {
        drop(self.sources.take(id, label));
    }

    pub(super) fn add(&mut self, id: u64, label: Label) {
        self.labels.insert(id, label);
        self.buckets.entry(label.waits_since.div_euclid(self.length)).or_default().push(id);
        self.remembered += 1;
    }

    /// Takes a label out; its source is to be taken or forgotten.
    pub(super) fn remove(&mut self, id: u64) -> Option<Label> {
        if self.labels.is_empty() { None } else { self.labels.remove(&id) }
    }

    /// Number of the oldest bucket, in which there may be none left.
    pub(super) fn oldest(&self) -> Option<i64> {
        self.buckets.keys().next().copied()
    }

    /// Number of labels in a bucket.
    pub(super) fn len_of(&self, bucket: i64) -> usize {
        let mut ids: Vec<_> = self.buckets.get(&bucket).into_iter().flatten().collect();
        ids.sort_unstable();
        ids.dedup();
        ids.into_iter().filter(|id| self.is_in(**id, bucket)).count()
    }

    fn is_in(&self, id: u64, bucket: i64) -> bool {
        self.labels.get(&id).is_some_and(|label| label.waits_since.div_euclid(self.length) == bucket)
    }

    /// Takes a bucket out. The sources of those that do not come back are to be forgotten.
    pub(super) fn take(&mut self, bucket: i64) -> Vec<(u64, Label)> {
        let ids = self.buckets.remove(&bucket).unwrap_or_default();
        self.remembered -= ids.len();
        let taken = ids.into_iter().filter_map(|id| {
            self.is_in(id, bucket).then(|| self.labels.remove(&id).map(|label| (id, label))).flatten()
        });
        taken.collect()
    }

    /// Makes the buckets anew where they have another length.
    pub(super) fn arrange(&mut self, length: i64) {
        self.length = length;
        self.buckets.clear();
        for (&id, label) in &self.labels {
            self.buckets.entry(label.waits_since.div_euclid(length)).or_default().push(id);
        }
        self.remembered = self.labels.len();
    }

    /// Gives memory back that only earlier labels needed.
    pub(super) fn shrink(&mut self) {
        keyed::shrink(&mut self.labels);
        self.sources.shrink();
    }

    pub(super) fn bytes(&self) -> usize {
        keyed::table_bytes(&self.labels) + self.remembered * 2 * size_of::<u64>() + self.sources.bytes()
    }
}
