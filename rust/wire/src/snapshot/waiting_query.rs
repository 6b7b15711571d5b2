//! Lists that labels may still come for, among the entries that wait: `query_window`, start of the window; `query_is_first`;
//! `query_rules`, a number of the rules by which it was counted; its items as three lists of one length, `item_id`,
//! `item_score`, `item_relevance` (NaN: no label). The entry's id is that of the query, its segments those of the items.

use std::sync::Arc;

use arrow_array::types::{Float64Type, UInt64Type};
use arrow_array::{ArrayRef, BooleanArray, Int64Array, ListArray, RecordBatch, UInt64Array};
use driftline_engine::pending::{PendingEntry, Waiting};
use driftline_engine::ranking::{QueryItem, WaitingQuery};
use driftline_engine::segment::Segment;

use super::nested::number_lists;
use super::typed::Typed;
use crate::error::Result;

/// The columns for all entries; null where an entry is no list.
pub(super) fn write(entries: &[PendingEntry]) -> Result<Vec<(&'static str, ArrayRef)>> {
    let queries = || {
        entries.iter().map(|entry| match &entry.waits {
            Waiting::Query(query) => Some(query),
            Waiting::Prediction { .. } | Waiting::Label { .. } => None,
        })
    };
    let window = queries().map(|query| query.map(|query| query.window));
    let is_first = queries().map(|query| query.map(|query| query.is_first));
    let rules = queries().map(|query| query.map(|query| query.rules));
    let numbers = |get: fn(&QueryItem) -> f64| {
        let lists = queries().map(|query| query.map(|query| query.items.iter().map(get).collect()));
        number_lists::<Float64Type>(lists)
    };
    let ids = queries().map(|query| query.map(|query| query.items.iter().map(|item| item.id).collect()));
    Ok(vec![
        ("query_window", Arc::new(window.collect::<Int64Array>())),
        ("query_is_first", Arc::new(is_first.collect::<BooleanArray>())),
        ("query_rules", Arc::new(rules.collect::<UInt64Array>())),
        ("item_id", number_lists::<UInt64Type>(ids)?),
        ("item_score", numbers(|item| item.score)?),
        ("item_relevance", numbers(|item| item.relevance.unwrap_or(f64::NAN))?),
    ])
}

/// These columns, found once.
pub(super) struct QueryColumns<'a> {
    window: Typed<'a, Int64Array>,
    is_first: Typed<'a, BooleanArray>,
    rules: Typed<'a, UInt64Array>,
    id: Typed<'a, ListArray>,
    score: Typed<'a, ListArray>,
    relevance: Typed<'a, ListArray>,
}

impl<'a> QueryColumns<'a> {
    /// `None` in files of a time that did not know lists.
    pub(super) fn find(batch: &'a RecordBatch) -> Result<Option<Self>> {
        let Some(window) = Typed::find_later(batch, "query_window")? else { return Ok(None) };
        Ok(Some(Self {
            window,
            is_first: Typed::find(batch, "query_is_first")?,
            rules: Typed::find(batch, "query_rules")?,
            id: Typed::find(batch, "item_id")?,
            score: Typed::find(batch, "item_score")?,
            relevance: Typed::find(batch, "item_relevance")?,
        }))
    }

    pub(super) fn is_present(&self, row: usize) -> bool {
        self.window.optional(row).is_some()
    }

    pub(super) fn get(&self, row: usize, segments: Vec<Segment>) -> Result<WaitingQuery> {
        let ids = self.id.numbers::<UInt64Type>(row)?.unwrap_or_default();
        let scores = self.score.numbers::<Float64Type>(row)?.unwrap_or_default();
        let relevances = self.relevance.numbers::<Float64Type>(row)?.unwrap_or_default();
        if ids.len() != scores.len() || ids.len() != relevances.len() {
            return Err(self.id.refuse(row, "must be as long as item_score and item_relevance"));
        }
        if let Some(wrong) = scores.iter().find(|score| score.is_nan()) {
            return Err(self.score.refuse(row, format!("must be numbers, got {wrong}")));
        }
        let is_relevance = |relevance: f64| relevance.is_nan() || (0.0..f64::INFINITY).contains(&relevance);
        if let Some(wrong) = relevances.iter().find(|relevance| !is_relevance(**relevance)) {
            return Err(self.relevance.refuse(row, format!("must be at least 0 and finite, got {wrong}")));
        }
        let items = ids.into_iter().zip(scores).zip(relevances).map(|((id, score), relevance)| QueryItem {
            id,
            score,
            relevance: (!relevance.is_nan()).then_some(relevance),
        });
        Ok(WaitingQuery {
            window: self.window.get(row)?,
            is_first: self.is_first.array.value(row),
            rules: self.rules.get(row)?,
            items: items.collect(),
            segments,
        })
    }
}
