//! The records of each window of a version.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::anomalies::Anomalies;
use super::record::{KeptRecord, RecordCounts, TakenRecord, TakenRecords};
use super::reservoir::Reservoir;
use super::stamp::Stamp;
use super::values::recorded;
use crate::batch::Batch;
use crate::decision::Decider;
use crate::engine::Engine;
use crate::ingest::Placement;
use crate::model::Model;
use crate::plan::Plan;
use crate::read::read_optional_numbers;
use crate::version::Version;

/// Windows of which the ids are remembered of what is written. Of older ones more is written than is needed when records
/// come late: who reads takes no more than the sample of it.
const MOST_REMEMBERED: usize = 64;

/// Most anomalies first, then the smallest ids.
type Strangeness = (Reverse<u16>, u64);

/// Records of one window.
#[derive(Debug, Default)]
struct WindowRecords {
    sample: Reservoir<u64>,
    strangest: Reservoir<Strangeness>,
}

/// Records of a version.
#[derive(Debug, Default)]
pub(crate) struct RecordWindows {
    windows: BTreeMap<i64, WindowRecords>,
    flushing: Vec<TakenRecord>,
    pub(crate) counts: RecordCounts,
}

impl RecordWindows {
    /// Offers a record, which is made only if it has a place.
    #[inline]
    fn offer(
        &mut self,
        (window, id): (i64, u64),
        anomalies: u16,
        (sample, strangest): (usize, usize),
        make: impl FnOnce() -> KeptRecord,
    ) {
        let kept = self.windows.entry(window).or_default();
        let key = (Reverse(anomalies), id);
        let is_sampled = kept.sample.takes(&id, sample);
        let is_strange = anomalies > 0 && kept.strangest.takes(&key, strangest);
        if anomalies > 0 {
            self.counts.anomalous += 1;
            self.counts.anomalous_dropped += u64::from(!is_strange);
        }
        if !is_sampled && !is_strange {
            return;
        }
        let record = Arc::new(make());
        if is_strange && kept.strangest.put(key, Arc::clone(&record), strangest) {
            self.counts.anomalous_dropped += 1;
        }
        if is_sampled {
            kept.sample.put(id, record, sample);
        }
    }

    /// Gives out the records that have entered since the last flush, by window and id.
    pub(crate) fn begin_flush(&mut self) -> Vec<TakenRecord> {
        self.flushing.clear();
        for (&window, kept) in &mut self.windows {
            let mut taken: BTreeMap<u64, TakenRecord> = BTreeMap::new();
            for (id, record) in kept.sample.take() {
                taken.insert(id, TakenRecord { window, is_sampled: true, record });
            }
            for ((_, id), record) in kept.strangest.take() {
                taken.entry(id).or_insert(TakenRecord { window, is_sampled: false, record });
            }
            self.flushing.extend(taken.into_values());
        }
        self.flushing.clone()
    }

    /// What the flush has taken is written, or is to be taken again.
    pub(crate) fn finish_flush(&mut self, is_written: bool) {
        for taken in self.flushing.drain(..).filter(|_| !is_written) {
            let (record, Some(kept)) = (&taken.record, self.windows.get_mut(&taken.window)) else { continue };
            if taken.is_sampled {
                kept.sample.put_back(&record.id, record);
            }
            let key = (Reverse(record.anomalies.len() as u16), record.id);
            kept.strangest.put_back(&key, record);
        }
        let mut newer = self.windows.len();
        self.windows.retain(|_, kept| {
            newer -= 1;
            newer < MOST_REMEMBERED || kept.sample.has_records() || kept.strangest.has_records()
        });
    }

    /// Forgets everything: from now on other records are kept, or other columns.
    pub(crate) fn clear(&mut self) {
        self.windows.clear();
        self.flushing.clear();
    }
}

impl Version {
    /// The records that a flush takes; `None` without any.
    pub(crate) fn take_records(
        &mut self,
        model: &Arc<str>,
        monitor: &crate::monitor::Monitor,
    ) -> Option<TakenRecords> {
        let records = self.record_windows.begin_flush();
        let settings = monitor.record_log.as_ref().filter(|_| !records.is_empty())?;
        Some(TakenRecords {
            model: Arc::clone(model),
            version: self.name.clone(),
            window_length: monitor.window,
            sizes: (settings.sample, settings.anomalous),
            records,
        })
    }
}

impl Model {
    /// Offers the records of a batch to the record log, where there is one.
    pub(crate) fn record(
        &mut self,
        version: usize,
        batch: &Batch<'_>,
        plan: &Plan,
        placement: &Placement,
        stamp: Option<&Stamp>,
    ) {
        let Some((columns, stamp)) = plan.recorded.as_ref().zip(stamp) else { return };
        let contradictions = self.contradictions(batch, plan);
        let Some(settings) = &self.monitor.record_log else { return };
        let baseline = self.baselines.get(&self.monitor.baseline).map(Arc::as_ref);
        let anomalies = Anomalies::find(batch, plan, columns, settings, baseline, contradictions);
        let sizes = (settings.sample as usize, settings.anomalous as usize);
        let state = &mut self.versions[version].record_windows;
        for row in 0..batch.rows {
            let id = stamp.id(row);
            state.offer((placement.windows.get(row), id), anomalies.count(row), sizes, || KeptRecord {
                id,
                time: placement.times.get(row),
                columns: Arc::clone(columns),
                values: columns
                    .columns
                    .iter()
                    .map(|column| recorded(&batch.columns[column.index], column, row, stamp))
                    .collect(),
                anomalies: anomalies.of_row(row),
            });
        }
    }

    /// The place of the prediction among the columns that are kept, and of which rows the score says the other class, where
    /// both are kept.
    fn contradictions(&mut self, batch: &Batch<'_>, plan: &Plan) -> Option<(u16, Vec<bool>)> {
        let columns = plan.recorded.as_ref()?;
        let (prediction, score) = plan.prediction.zip(plan.score)?;
        columns.plain(score)?;
        let place = columns.plain(prediction)?;
        let predicted = self.classes.read(&batch.columns[prediction], batch.rows);
        let scores = read_optional_numbers(&batch.columns[score], batch.rows);
        let decider = Decider::new(&self.monitor, &self.classes);
        let threshold = self.monitor.score_threshold;
        let contradicts = predicted.into_iter().zip(scores).map(|(predicted, score)| {
            let decision = decider.decide(predicted, f64::NAN);
            decision.zip(score).is_some_and(|(decision, score)| decision != (score >= threshold))
        });
        Some((place, contradicts.collect()))
    }
}

impl Engine {
    /// What has come of anomalous records, by model and version, of those whose records are kept; damaged models are left
    /// out.
    ///
    /// # Errors
    /// None but those of a state that changed meanwhile.
    pub fn record_counts(&self) -> crate::error::Result<Vec<(String, String, RecordCounts)>> {
        let mut counts = Vec::new();
        for name in self.model_names() {
            let model = self.model(&name)?;
            let Ok(model) = model.read() else { continue };
            if model.monitor.record_log.is_some() {
                let of =
                    |version: &Version| (name.clone(), version.name.clone(), version.record_windows.counts);
                counts.extend(model.versions.iter().map(of));
            }
        }
        Ok(counts)
    }
}
