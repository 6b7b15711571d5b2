//! Lists taken out and in again over a restart.

use std::collections::BTreeMap;

use super::table::{Item, QueryKey, UnwrittenQueries};
use crate::model::Model;
use crate::pending::{PendingEntry, Waiting};
use crate::segment::{Segment, SegmentId};

/// Items that entries may have that are made at a time, as many times as there may be entries.
const ITEMS_PER_ENTRY: usize = 16;

/// A list, or those items of it that are in the same segments; the id of the entry is that of the query.
#[derive(Debug, Clone, PartialEq)]
pub struct WaitingQuery {
    /// Start of its window, nanoseconds since the Unix epoch.
    pub window: i64,
    /// Whether what was written before of this list is to be forgotten.
    pub is_first: bool,
    /// A number of the rules by which it was counted.
    pub rules: u64,
    /// Its items. None at all: all queries of this window up to this one, and all of windows before, have been let go.
    pub items: Vec<QueryItem>,
    /// The segments of these.
    pub segments: Vec<Segment>,
}

/// One item of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QueryItem {
    /// Hash of the prediction id; 0: none.
    pub id: u64,
    /// What the list is ordered by; not NaN.
    pub score: f64,
    /// Its relevance, if a label has come; at least 0 and finite.
    pub relevance: Option<f64>,
}

impl Model {
    /// Takes so many entries of what was taken of the lists.
    pub(crate) fn query_entries(&self, queries: &mut UnwrittenQueries, most: usize) -> Vec<PendingEntry> {
        let mut entries = Vec::new();
        if most > 0
            && let Some((window, query)) = queries.closed.take()
            && !self.versions.is_empty()
        {
            let end = QueryKey { window, query, version: 0 };
            entries.push(self.query_entry(end, queries.rules, true, &[], Vec::new()));
        }
        let mut items = 0;
        while entries.len() < most
            && items < most * ITEMS_PER_ENTRY
            && let Some((key, list)) = queries.lists.pop()
        {
            items += list.len();
            let of_version = &self.versions[key.version as usize].segments;
            let segment = |&segment: &SegmentId| of_version.get(segment).clone();
            let mut by_place: BTreeMap<u32, Vec<Item>> = BTreeMap::new();
            list.iter().for_each(|item| by_place.entry(item.place).or_default().push(*item));
            // In an order that does not depend on the one in which items have come.
            let mut parts: Vec<(Vec<Segment>, Vec<Item>)> = by_place
                .into_iter()
                .map(|(place, items)| (queries.places.segments(place).iter().map(segment).collect(), items))
                .collect();
            parts.sort_unstable_by(|left, right| left.0.cmp(&right.0));
            for (number, (segments, mut items)) in parts.into_iter().enumerate() {
                items.sort_unstable_by_key(|item| (item.id, item.score.to_bits(), item.relevance.to_bits()));
                entries.push(self.query_entry(key, queries.rules, number == 0, &items, segments));
            }
        }
        entries
    }

    fn query_entry(
        &self,
        key: QueryKey,
        rules: u64,
        is_first: bool,
        items: &[Item],
        segments: Vec<Segment>,
    ) -> PendingEntry {
        let item = |item: &Item| QueryItem {
            id: item.id,
            score: item.score,
            relevance: (!item.relevance.is_nan()).then_some(item.relevance),
        };
        let items = items.iter().map(item).collect();
        let window = key.window;
        PendingEntry {
            model: self.monitor.model.clone(),
            version: self.versions[key.version as usize].name.clone(),
            id: key.query,
            outcome: ("missing".to_owned(), String::new()),
            waits: Waiting::Query(WaitingQuery { window, is_first, rules, items, segments }),
        }
    }

    pub(crate) fn load_query(&mut self, version: usize, id: u64, query: WaitingQuery) {
        let WaitingQuery { window, is_first, rules, items, segments } = query;
        if items.is_empty() {
            self.queries.load_closed((window, id));
            return;
        }
        let table = &mut self.versions[version].segments;
        let ids: Vec<_> = segments.into_iter().map(|segment| table.intern(segment)).collect();
        let place = self.queries.intern_place(version as u32, &ids);
        let item = |item: QueryItem| Item {
            id: item.id,
            score: item.score,
            relevance: item.relevance.unwrap_or(f64::NAN),
            place,
        };
        let key = QueryKey { window, query: id, version: version as u32 };
        self.queries.load(key, items.into_iter().map(item).collect(), is_first, rules);
    }

    /// After all that was written has been taken in.
    pub(crate) fn finish_loading_queries(&mut self) {
        self.queries.expire(&self.monitor);
        self.queries.rewrite();
    }
}
