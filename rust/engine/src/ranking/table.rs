//! The lists of one model that may still change.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use driftline_sketches::performance::{RankedItem, Ranking, RankingRules};

use super::rules::rules_id;
use crate::join::{PlaceList, Places};
use crate::monitor::Monitor;
use crate::segment::SegmentId;

/// Most items of one query; those of the highest scores are kept.
pub(super) const MOST_ITEMS: usize = 1_000;
/// Bytes of a list beside its items: its key and place in the table, which is filled to two thirds, and what is shared.
const LIST_BYTES: usize = 100;
/// Bytes of a key in the set of those that changed.
const CHANGED_BYTES: usize = 40;

/// A query, in the order in which they are let go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct QueryKey {
    /// Start of the window.
    pub(crate) window: i64,
    /// Hash of the query id.
    pub(crate) query: u64,
    /// Number of the version.
    pub(crate) version: u32,
}

/// One item of a list.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Item {
    /// Hash of the prediction id; 0 where there is none, so that no label finds it.
    pub(crate) id: u64,
    /// See [`RankedItem`].
    pub(crate) score: f64,
    /// NaN where no label has come.
    pub(crate) relevance: f64,
    /// Number of the version and segments, in [`Queries::intern_place`].
    pub(crate) place: u32,
}

impl Item {
    fn ranked(&self) -> RankedItem {
        let relevance = (!self.relevance.is_nan()).then_some(self.relevance);
        RankedItem { score: self.score, relevance }
    }
}

/// What a batch brings to one list.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) items: Vec<Item>,
    /// Relevance by the hash of the prediction id; NaN for a label that is none.
    pub(crate) labels: Vec<(u64, f64)>,
}

/// All lists.
#[derive(Debug, Default)]
pub(crate) struct Queries {
    /// A flush shares what it writes.
    lists: BTreeMap<QueryKey, Arc<Vec<Item>>>,
    places: Places,
    items: usize,
    /// Of the lists.
    bytes: usize,
    /// By which they are counted: [`rules_id`].
    rules: u64,
    /// Window and query up to which all have been let go before their time.
    closed: Option<(i64, u64)>,
    /// Lists that are not on disk as they are, and those of them that a flush is writing.
    changed: BTreeSet<QueryKey>,
    taken: BTreeSet<QueryKey>,
    /// What is on disk cannot be made what it is to be by adding to it.
    rewrites: bool,
    /// That was so when a flush began.
    rewriting: bool,
}

/// What a flush writes of the lists.
#[derive(Debug, Default)]
pub(crate) struct UnwrittenQueries {
    pub(crate) lists: Vec<(QueryKey, Arc<Vec<Item>>)>,
    pub(crate) places: PlaceList,
    pub(crate) rules: u64,
    pub(crate) closed: Option<(i64, u64)>,
}

impl Queries {
    /// Items of all lists.
    pub(crate) fn items(&self) -> usize {
        self.items
    }

    /// Numbers a version and a list of segments.
    pub(crate) fn intern_place(&mut self, version: u32, segments: &[SegmentId]) -> u32 {
        self.places.intern(version, segments)
    }

    /// Brings changes to a list, and gives what is to be added to the cells of its window, by segment.
    pub(crate) fn change(
        &mut self,
        key: QueryKey,
        changes: &Changes,
        monitor: &Monitor,
    ) -> BTreeMap<SegmentId, Ranking> {
        self.arrange(rules_id(&monitor.ranking));
        let mut differences = BTreeMap::new();
        if self.is_closed(key, monitor) {
            self.leave_out(&changes.items, &mut differences);
            return differences;
        }
        // Labels of what has been let go change nothing.
        if changes.items.is_empty() && !self.lists.contains_key(&key) {
            return differences;
        }
        let mut list = self.lists.remove(&key).unwrap_or_default();
        self.bytes -= list_bytes(&list);
        self.items -= list.len();
        for (segment, before) in self.by_segment(&list, &monitor.ranking) {
            differences.entry(segment).or_default().take(&before);
        }
        let items = Arc::make_mut(&mut list);
        let left_out = bring(items, changes);
        for (segment, now) in self.by_segment(items, &monitor.ranking) {
            differences.entry(segment).or_default().merge(&now);
        }
        self.leave_out(&left_out, &mut differences);
        self.insert(key, list);
        self.changed.insert(key);
        differences.retain(|_, difference| !difference.is_empty());
        differences
    }

    fn insert(&mut self, key: QueryKey, list: Arc<Vec<Item>>) {
        self.bytes += list_bytes(&list);
        self.items += list.len();
        self.lists.insert(key, list);
    }

    /// What a list comes to in each segment that has an item of it.
    fn by_segment(&self, items: &[Item], rules: &RankingRules) -> Vec<(SegmentId, Ranking)> {
        let Some(first) = items.first() else { return Vec::new() };
        let places = self.places.list();
        if items.iter().all(|item| item.place == first.place) {
            let ranked: Vec<_> = items.iter().map(Item::ranked).collect();
            let ranking = Ranking::of_query(&ranked, rules);
            return places.segments(first.place).iter().map(|&segment| (segment, ranking.clone())).collect();
        }
        let mut lists: BTreeMap<SegmentId, Vec<RankedItem>> = BTreeMap::new();
        for item in items {
            for &segment in places.segments(item.place) {
                lists.entry(segment).or_default().push(item.ranked());
            }
        }
        lists.into_iter().map(|(segment, ranked)| (segment, Ranking::of_query(&ranked, rules))).collect()
    }

    fn leave_out(&self, items: &[Item], differences: &mut BTreeMap<SegmentId, Ranking>) {
        for item in items {
            for &segment in self.places.list().segments(item.place) {
                differences.entry(segment).or_default().left_out += 1;
            }
        }
    }

    /// Lists that were counted by other rules stay as they are.
    fn arrange(&mut self, rules: u64) {
        if self.rules != rules && !self.lists.is_empty() {
            self.release(self.items);
        }
        self.rules = rules;
    }

    fn is_closed(&self, key: QueryKey, monitor: &Monitor) -> bool {
        self.closed.is_some_and(|closed| (key.window, key.query) <= closed)
            || self.is_over(key.window, monitor)
    }

    /// Whether no label can come any more for what was predicted in a window: the join has let all of it go.
    fn is_over(&self, window: i64, monitor: &Monitor) -> bool {
        let Some((newest, _)) = self.lists.last_key_value() else { return false };
        // The join keeps predictions for up to a 64th of the horizon more.
        let waits = monitor.label_horizon.saturating_add(monitor.label_horizon / 64 + 1);
        window.saturating_add(monitor.window).saturating_add(waits) <= newest.window
    }

    /// Lets go of what is older than the horizon of labels, and of the oldest when there are too many; tells how many items
    /// of these there were.
    pub(crate) fn expire(&mut self, monitor: &Monitor) -> u64 {
        while let Some((&key, _)) = self.lists.first_key_value()
            && self.is_over(key.window, monitor)
        {
            self.forget(key);
        }
        let most = usize::try_from(monitor.max_pending).unwrap_or(usize::MAX);
        self.release(self.items.saturating_sub(most))
    }

    /// Lets go of so many items and of what belongs with them, the oldest first, and tells how many those were. Which they
    /// are depends on nothing but the lists, so that they are the same when the log is counted again.
    pub(crate) fn release(&mut self, count: usize) -> u64 {
        let before = self.items;
        while before - self.items < count
            && let Some((&key, _)) = self.lists.first_key_value()
        {
            let end = QueryKey { version: u32::MAX, ..key };
            let all: Vec<_> = self.lists.range(key..=end).map(|(&key, _)| key).collect();
            for key in all {
                self.forget(key);
            }
            self.closed = self.closed.max(Some((key.window, key.query)));
        }
        if self.items < before {
            self.rewrites = true;
            self.forget_places();
        }
        (before - self.items) as u64
    }

    fn forget(&mut self, key: QueryKey) {
        if let Some(list) = self.lists.remove(&key) {
            self.bytes -= list_bytes(&list);
            self.items -= list.len();
        }
        self.changed.remove(&key);
        self.taken.remove(&key);
    }

    /// Forgets the places that no item has any more.
    fn forget_places(&mut self) {
        let list = self.places.list().clone();
        let mut kept = Places::default();
        for items in self.lists.values_mut() {
            for item in Arc::make_mut(items) {
                item.place = kept.adopt(&list, item.place);
            }
        }
        self.places = kept;
    }

    /// Takes in what was written later than what is here; the first part of a list takes the place of what is here of it.
    pub(super) fn load(&mut self, key: QueryKey, items: Vec<Item>, is_first: bool, rules: u64) {
        self.arrange(rules);
        let mut list = self.lists.get(&key).cloned().filter(|_| !is_first).unwrap_or_default();
        self.forget(key);
        Arc::make_mut(&mut list).extend(items);
        self.insert(key, list);
    }

    /// Takes in up to where all had been let go.
    pub(super) fn load_closed(&mut self, closed: (i64, u64)) {
        self.closed = self.closed.max(Some(closed));
        while let Some((&key, _)) = self.lists.first_key_value()
            && (key.window, key.query) <= closed
        {
            self.forget(key);
        }
    }

    /// Whether the next flush must write everything.
    pub(crate) fn rewrites(&self) -> bool {
        self.rewrites
    }

    /// Notes that what is on disk must be written anew, if there is anything.
    pub(super) fn rewrite(&mut self) {
        self.rewrites |= !self.lists.is_empty();
    }

    /// What changed since the last flush, or everything; it stays as it is now. [`Queries::finish_flush`] must follow.
    pub(crate) fn take_unwritten(&mut self, whole: bool) -> UnwrittenQueries {
        self.rewriting = std::mem::take(&mut self.rewrites);
        self.taken.append(&mut self.changed);
        let shared = |(&key, list): (&QueryKey, &Arc<Vec<Item>>)| (key, Arc::clone(list));
        let lists = if whole {
            self.lists.iter().map(shared).collect()
        } else {
            self.taken.iter().filter_map(|key| self.lists.get_key_value(key)).map(shared).collect()
        };
        UnwrittenQueries { lists, places: self.places.list().clone(), rules: self.rules, closed: self.closed }
    }

    /// What a flush has taken is on disk, or is not.
    pub(crate) fn finish_flush(&mut self, is_written: bool) {
        self.rewrites |= self.rewriting && !is_written;
        self.rewriting = false;
        let mut taken = std::mem::take(&mut self.taken);
        if !is_written {
            self.changed.append(&mut taken);
        }
    }

    /// Bytes that all this takes. A flush shares it, and copies what changes while it writes.
    pub(crate) fn bytes(&self) -> u64 {
        let changed = (self.changed.len() + self.taken.len()) * CHANGED_BYTES;
        (self.bytes + changed + self.places.bytes()) as u64
    }

    #[cfg(test)]
    pub(super) fn segments(&self, place: u32) -> &[SegmentId] {
        self.places.list().segments(place)
    }

    #[cfg(test)]
    pub(super) fn lists(&self) -> impl Iterator<Item = (&QueryKey, &[Item])> {
        self.lists.iter().map(|(key, list)| (key, list.as_slice()))
    }
}

fn list_bytes(list: &Arc<Vec<Item>>) -> usize {
    // One that is made for a moment takes nothing.
    if list.is_empty() { 0 } else { LIST_BYTES + list.capacity() * size_of::<Item>() }
}

/// Adds items and sets labels, and gives the items that there is no room for: those of the lowest scores. Another item of
/// an identifier is the same one again.
fn bring(items: &mut Vec<Item>, changes: &Changes) -> Vec<Item> {
    items.reserve_exact(changes.items.len().min(MOST_ITEMS));
    for item in &changes.items {
        if item.id == 0 || !items.iter().any(|own| own.id == item.id) {
            items.push(*item);
        }
    }
    for &(id, relevance) in &changes.labels {
        if let Some(item) = items.iter_mut().find(|item| item.id == id && id != 0) {
            item.relevance = relevance;
        }
    }
    if items.len() <= MOST_ITEMS {
        return Vec::new();
    }
    // A total order, so that whatever comes first, the same are left out.
    let order = |item: &Item| (-item.score, item.id, item.relevance);
    items.sort_unstable_by(|left, right| {
        let ((left, left_id, left_label), (right, right_id, right_label)) = (order(left), order(right));
        left.total_cmp(&right).then(left_id.cmp(&right_id)).then(left_label.total_cmp(&right_label))
    });
    items.split_off(MOST_ITEMS)
}
