//! What one batch brings to lists.

use crate::ingest::window_start;
use crate::join::Prediction;
use crate::keyed::KeyedMap;
use crate::model::Model;
use crate::monitor::Monitor;
use crate::outcome::{Classes, Outcome, is_positive};
use crate::ranking::{Changes, Item, QueryKey};

/// Changes by list, gathered so that each list is judged once a batch.
pub(crate) type Ranked = KeyedMap<QueryKey, Changes>;

impl Model {
    /// Notes that a prediction is an item of a list, if it is and has something to be ordered by: its score, else the
    /// number that was predicted.
    pub(crate) fn note_item(&mut self, ranked: &mut Ranked, id: Option<u64>, prediction: &Prediction) {
        let Some(key) = self.query_of(prediction) else { return };
        let score = if prediction.score.is_nan() {
            prediction.predicted.number().unwrap_or(f64::NAN)
        } else {
            prediction.score
        };
        if score.is_nan() {
            return;
        }
        let segments = self.join.segments(prediction.place);
        let item = Item {
            id: id.map_or(0, |id| id.max(1)),
            score,
            relevance: prediction.label.map_or(f64::NAN, |truth| self.relevance(truth.value)),
            place: self.queries.intern_place(key.version, segments),
        };
        ranked.entry(key).or_default().items.push(item);
    }

    /// Notes the label that holds of a prediction, if that is an item of a list.
    pub(crate) fn note_relevance(
        &self,
        ranked: &mut Ranked,
        id: u64,
        prediction: &Prediction,
        label: Outcome,
    ) {
        if let Some(key) = self.query_of(prediction) {
            let relevance = self.relevance(label);
            ranked.entry(key).or_default().labels.push((id.max(1), relevance));
        }
    }

    fn query_of(&self, prediction: &Prediction) -> Option<QueryKey> {
        let window = window_start(prediction.time, self.monitor.window);
        let version = self.join.version(prediction.place);
        prediction.query.map(|query| QueryKey { window, query, version })
    }

    fn relevance(&self, label: Outcome) -> f64 {
        relevance_of(label, &self.monitor, &self.classes)
    }

    /// Judges the lists that changed, and adds what that makes to their cells.
    pub(crate) fn apply_ranked(&mut self, ranked: &Ranked) {
        let mut keys: Vec<_> = ranked.keys().copied().collect();
        keys.sort_unstable();
        for key in keys {
            let differences = self.queries.change(key, &ranked[&key], &self.monitor);
            let version = &mut self.versions[key.version as usize];
            for (segment, difference) in differences {
                let (cell, ..) = version.delta_mut((key.window, segment), self.monitor.window);
                cell.performance.ranking.get_or_insert_default().merge(&difference);
            }
        }
    }
}

/// A number that is at least 0, true and the positive class as 1, false and other classes as 0 where it is known which is
/// the positive one; NaN for what is none of these.
fn relevance_of(label: Outcome, monitor: &Monitor, classes: &Classes) -> f64 {
    let relevance = match label {
        Outcome::Class(_) => {
            is_positive(label, monitor, classes).map(|positive| f64::from(u8::from(positive)))
        }
        number => number.number(),
    };
    relevance.filter(|relevance| (0.0..f64::INFINITY).contains(relevance)).unwrap_or(f64::NAN)
}
