//! The smallest keys of all that were offered.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::record::KeptRecord;

/// At most so many records, those with the smallest keys. Of a record that is written only the key is left, which still
/// takes its place.
#[derive(Debug)]
pub(crate) struct Reservoir<Key> {
    kept: BTreeMap<Key, Option<Arc<KeptRecord>>>,
}

impl<Key> Default for Reservoir<Key> {
    fn default() -> Self {
        Self { kept: BTreeMap::new() }
    }
}

impl<Key: Ord + Copy> Reservoir<Key> {
    /// Whether a record with this key would be among `most`.
    #[inline]
    pub(crate) fn takes(&self, key: &Key, most: usize) -> bool {
        if self.kept.len() < most {
            return !self.kept.contains_key(key);
        }
        most > 0
            && self.kept.last_key_value().is_some_and(|(last, _)| key < last)
            && !self.kept.contains_key(key)
    }

    /// Puts a record among `most`; tells whether one that is not written had to make way.
    pub(crate) fn put(&mut self, key: Key, record: Arc<KeptRecord>, most: usize) -> bool {
        self.kept.insert(key, Some(record));
        let mut has_pushed_out = false;
        while self.kept.len() > most {
            has_pushed_out |= self.kept.pop_last().is_some_and(|(_, record)| record.is_some());
        }
        has_pushed_out
    }

    /// Gives out the records that are not written.
    pub(crate) fn take(&mut self) -> impl Iterator<Item = (Key, Arc<KeptRecord>)> {
        self.kept.iter_mut().filter_map(|(key, record)| Some((*key, record.take()?)))
    }

    /// Takes a record back that could not be written, if it still has its place.
    pub(crate) fn put_back(&mut self, key: &Key, record: &Arc<KeptRecord>) {
        if let Some(place) = self.kept.get_mut(key) {
            *place = Some(Arc::clone(record));
        }
    }

    /// Whether there are records that are not written.
    pub(crate) fn has_records(&self) -> bool {
        self.kept.values().any(Option::is_some)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn record(id: u64) -> Arc<KeptRecord> {
        let (columns, values, anomalies) = (Arc::default(), Box::default(), Box::default());
        Arc::new(KeptRecord { id, time: 0, columns, values, anomalies })
    }

    #[derive(Debug, Clone)]
    enum Step {
        Offer(u64),
        Write,
        Fail,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![9 => (0..200_u64).prop_map(Step::Offer), 1 => Just(Step::Write), 1 => Just(Step::Fail)]
    }

    proptest! {
        #[test]
        fn the_smallest_of_what_was_written_are_the_smallest_of_all(
            steps in prop::collection::vec(step(), 0..200),
            most in 0..20_usize,
        ) {
            let (mut reservoir, mut all, mut written) = (Reservoir::default(), BTreeSet::new(), Vec::new());
            for step in steps {
                match step {
                    Step::Offer(id) => {
                        all.insert(id);
                        if reservoir.takes(&id, most) {
                            reservoir.put(id, record(id), most);
                        }
                    }
                    Step::Write => written.extend(reservoir.take().map(|(key, _)| key)),
                    Step::Fail => {
                        let taken: Vec<_> = reservoir.take().collect();
                        for (key, record) in &taken {
                            reservoir.put_back(key, record);
                        }
                    }
                }
                prop_assert!(reservoir.kept.len() <= most);
            }
            written.extend(reservoir.take().map(|(key, _)| key));
            prop_assert!(!reservoir.has_records());
            let unique: BTreeSet<_> = written.iter().copied().collect();
            prop_assert_eq!(unique.len(), written.len(), "each is written once");
            let smallest = |set: &BTreeSet<u64>| set.iter().copied().take(most).collect::<Vec<_>>();
            prop_assert_eq!(smallest(&unique), smallest(&all));
        }
    }
}
