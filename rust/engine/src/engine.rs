//! The engine: all models of one process.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use crate::baseline::Baseline;
use crate::batch::Batch;
use crate::durable::log_request;
use crate::error::{EngineError, Result};
use crate::gate::Gate;
use crate::hashed::{self, HashKey};
use crate::identifiers;
use crate::kind_refusals::KindRefusals;
use crate::log::{Log, RecordNumber};
use crate::memory::{Budget, JoinSizes, ReliefCounters, Treatment};
use crate::model::Model;
use crate::monitor::{Monitor, check_name, check_optional_name};
use crate::panics;
use crate::producer::lock;
use crate::producers::Producers;
use crate::record_log::Stamp;
use crate::rollup::LastRollUp;
use crate::shared::SharedModel;
use crate::snapshot::SnapshotRow;
use crate::workers::Workers;

/// Most models of one engine.
const MAX_MODELS: usize = 10_000;

/// Where a batch comes from and what it is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header {
    /// Who the sender is known to be; empty: nobody is told apart. Producers of two principals have nothing in common.
    pub principal: String,
    /// Unique name of the sender; empty: no protection against counting twice.
    pub producer_id: String,
    /// Which start of the sender this is: it rises with each, and numbers begin anew.
    pub epoch: u64,
    /// Number of the batch, from 1; 0 when `producer_id` is empty.
    pub sequence: u64,
    /// Model name.
    pub model: String,
    /// Model version.
    pub version: String,
    /// Records the producer has dropped so far.
    pub dropped_records: u64,
    /// Size of the request, for the counters.
    pub bytes: usize,
}

/// What became of an accepted batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// Records counted: 0 for a duplicate.
    pub records: u64,
    /// Whether it had been counted before.
    pub duplicate: bool,
    /// Record of the log that must be durable before this is answered for; 0 without a log.
    pub position: RecordNumber,
}

/// Counters since the start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counters {
    /// Batches counted.
    pub batches_accepted: u64,
    /// Batches sent again.
    pub batches_duplicate: u64,
    /// Batches refused, by reason.
    pub batches_rejected: BTreeMap<&'static str, u64>,
    /// Records counted.
    pub records: u64,
    /// Bytes of accepted requests.
    pub bytes: u64,
    /// Records counted again from the log at the start.
    pub recovered: u64,
    /// Numbers of producers that never came.
    pub sequence_gaps: u64,
    /// Batches refused because a column was of another kind than before.
    pub kind_refusals: KindRefusals,
}

/// Where a request is counted from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Origin<'l> {
    /// Somebody sends it; it goes into the log, where there is one.
    Sent(Option<&'l Log>),
    /// It is this record of the log, which says how it was counted.
    Logged(RecordNumber, Treatment),
}

impl<'l> Origin<'l> {
    fn log(self) -> Option<&'l Log> {
        match self {
            Self::Sent(log) => log,
            Self::Logged(..) => None,
        }
    }
}

/// All state of one process. Every call may come from any thread.
#[derive(Debug, Default)]
pub struct Engine {
    writer_id: String,
    workers: Workers,
    hash_key: Option<HashKey>,
    /// Key of the record log; `None`: no records are kept.
    record_key: Option<HashKey>,
    pub(crate) budget: Budget,
    pub(crate) joins: JoinSizes,
    pub(crate) relief: ReliefCounters,
    models: RwLock<BTreeMap<String, Arc<SharedModel>>>,
    pub(crate) producers: Mutex<Producers>,
    pub(crate) counters: Mutex<Counters>,
    pub(crate) gate: Gate,
    pub(crate) log: OnceLock<Log>,
    /// Last record of a log that was only read.
    pub(crate) last_record: AtomicU64,
    /// Numbers that never came, of all producers there have been: added up as they are found missing, since whoever asks
    /// must not lock each producer.
    pub(crate) sequence_gaps: AtomicU64,
    /// Requests counted, those of the log among them.
    pub(crate) requests: AtomicU64,
    pub(crate) flush: Mutex<crate::flush::FlushState>,
    /// Number of the last flush that is on disk.
    pub(crate) flushed: AtomicU64,
    /// Held by whoever moves the marks of what lies on disk only.
    pub(crate) keeping: Mutex<()>,
    pub(crate) rolled_up: Mutex<LastRollUp>,
}

impl Engine {
    /// An empty engine; `writer_id` names it in the snapshot rows it writes.
    pub fn new(writer_id: impl Into<String>) -> Self {
        Self { writer_id: writer_id.into(), ..Self::default() }
    }

    /// The same engine, with threads that share the columns of large batches.
    #[must_use]
    pub fn with_workers(self, workers: Workers) -> Self {
        Self { workers, ..self }
    }

    /// The same engine, which hashes values by this key where monitors ask for it.
    #[must_use]
    pub fn with_hash_key(self, key: HashKey) -> Self {
        Self { hash_key: Some(key), ..self }
    }

    /// The same engine, which keeps records where monitors ask for it, with ids and hashes of values by this key: see
    /// [`crate::record_log`].
    #[must_use]
    pub fn with_record_log(self, key: HashKey) -> Self {
        Self { record_key: Some(key), ..self }
    }

    /// The same engine, which keeps to a limit of memory.
    #[must_use]
    pub fn with_budget(self, budget: Budget) -> Self {
        Self { budget, ..self }
    }

    /// The name in the snapshot rows.
    pub fn writer_id(&self) -> &str {
        &self.writer_id
    }

    /// Counts the batches of one request, all or none. With a log they are in it first; see
    /// [`Engine::wait_durable`].
    ///
    /// # Errors
    /// Any [`EngineError`]; nothing has been counted then but the refusal. After a panic while the batch was being
    /// counted, which is [`EngineError::Internal`], its model is damaged: see [`crate::shared`].
    pub fn ingest(&self, header: &Header, batches: &[Batch<'_>], now: i64) -> Result<Receipt> {
        let _inside = self.gate.enter();
        let origin = Origin::Sent(self.log.get());
        let count = || self.ingest_once(header, &self.as_kept(&header.model, batches)?, now, origin);
        let result = panics::catch(count).unwrap_or_else(|defect| Err(EngineError::Internal(defect)));
        match &result {
            Ok(receipt) => self.count(header, *receipt),
            Err(error) => {
                if let EngineError::Kind { column, .. } = error {
                    lock(&self.counters).kind_refusals.note(&header.model, &header.version, column);
                }
                self.refuse(header, error.reason(), error.is_retryable(), now);
            }
        }
        result
    }

    /// The batches with hashes in place of what must not be kept. No monitor changes while the gate is passed.
    fn as_kept<'b, 'a>(&self, model: &str, batches: &'b [Batch<'a>]) -> Result<Cow<'b, [Batch<'a>]>> {
        let Ok(model) = self.model(model) else { return Ok(Cow::Borrowed(batches)) };
        let model = model.read()?;
        let monitor = &model.monitor;
        if monitor.hashed_columns.is_empty() {
            return Ok(Cow::Borrowed(batches));
        }
        let key = self.hash_key.as_ref().ok_or_else(|| no_key(monitor))?;
        Ok(batches.iter().map(|batch| key.batch(batch, monitor)).collect())
    }

    /// Counts a request that has not been counted before, and logs it where a log is given.
    pub(crate) fn ingest_once(
        &self,
        header: &Header,
        batches: &[Batch<'_>],
        now: i64,
        origin: Origin<'_>,
    ) -> Result<Receipt> {
        check_name("model", &header.model)?;
        check_optional_name("version", &header.version)?;
        if !header.check_producer()? {
            return self.count_records(header, batches, now, origin);
        }
        let (sequences, heard_at) = lock(&self.producers).get(&header.producer(), now)?;
        let mut sequences = lock(&sequences);
        if sequences.is_counted(header.epoch, header.sequence)? {
            // The first one may not be durable yet.
            let position = origin.log().map_or(0, |log| log.status().appended);
            return Ok(Receipt { records: 0, duplicate: true, position });
        }
        let receipt = self.count_records(header, batches, now, origin)?;
        let missing = sequences.mark(header.epoch, header.sequence);
        self.sequence_gaps.fetch_add(missing, Ordering::Relaxed);
        sequences.last_seen = sequences.last_seen.max(heard_at);
        Ok(receipt)
    }

    /// Checks, logs and counts a request; nothing has changed when one of them refuses.
    fn count_records(
        &self,
        header: &Header,
        batches: &[Batch<'_>],
        now: i64,
        origin: Origin<'_>,
    ) -> Result<Receipt> {
        if self.model(&header.model).is_err() {
            // A refused batch must not leave an empty model behind.
            Model::new(Monitor::new(&*header.model)).check(&header.version, batches)?;
        }
        let model = self.model_or_new(&header.model)?;
        let mut state = model.write()?;
        // A panic in here has changed nothing yet, and must not damage the model.
        let plans = panics::catch(|| state.check(&header.version, batches))
            .unwrap_or_else(|defect| Err(EngineError::Internal(defect)))?;
        let batches = &*identifiers::hashed(batches, &plans);
        let _room = self.reserve_cells(origin, &state, batches, &plans, now)?;
        let (log, treatment) = (origin.log(), self.treatment(origin, &state));
        let position = match log {
            Some(log) => log_request(log, header, batches, &plans, now, treatment)?,
            None => 0,
        };
        let number = match origin {
            Origin::Logged(number, _) => number,
            Origin::Sent(Some(_)) => position,
            Origin::Sent(None) => self.requests.load(Ordering::Relaxed),
        };
        let stamp = self.record_key.as_ref().map(|key| Stamp::new(key, header, now, number));
        let unless_counted = log.map(|log| VoidRecord { log, position });
        let (records, relief) = state.ingest(
            &header.version,
            batches,
            &plans,
            (&header.principal, now),
            treatment,
            stamp.as_ref(),
        )?;
        std::mem::forget(unless_counted);
        self.relief.add(relief);
        self.note_join(&mut state);
        if header.dropped_records > 0 {
            let index = state.version_index(&header.version)?;
            let dropped = &mut state.versions[index].counters.client_dropped;
            dropped.note(header.producer().into_owned(), header.dropped_records);
        }
        self.requests.fetch_add(1, Ordering::Relaxed);
        Ok(Receipt { records, duplicate: false, position })
    }

    /// The state of a model, made if it does not exist.
    pub(crate) fn model_or_new(&self, name: &str) -> Result<Arc<SharedModel>> {
        let models = self.models.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(model) = models.get(name) {
            return Ok(Arc::clone(model));
        }
        if models.len() >= MAX_MODELS {
            return Err(EngineError::Limit(format!(
                "there can be at most {MAX_MODELS} models, and {name:?} would be one more"
            )));
        }
        drop(models);
        let mut models = self.models.write().unwrap_or_else(PoisonError::into_inner);
        let model = models.entry(name.to_owned()).or_insert_with(|| {
            let model = Model::new(Monitor::new(name)).with_workers(self.workers.clone());
            let model = model.with_record_log(self.record_key.is_some());
            Arc::new(SharedModel::new(model))
        });
        Ok(Arc::clone(model))
    }

    fn count(&self, header: &Header, receipt: Receipt) {
        let mut counters = lock(&self.counters);
        if receipt.duplicate {
            counters.batches_duplicate += 1;
        } else {
            counters.batches_accepted += 1;
            counters.records += receipt.records;
            counters.bytes += header.bytes as u64;
        }
    }

    /// Counts a refusal. One for good settles the number of its batch.
    pub fn refuse(&self, header: &Header, reason: &'static str, is_retryable: bool, now: i64) {
        *lock(&self.counters).batches_rejected.entry(reason).or_default() += 1;
        let is_numbered = header.check_producer().unwrap_or(false) && header.sequence > 0;
        if is_retryable || !is_numbered {
            return;
        }
        let sequences = lock(&self.producers).get(&header.producer(), now);
        if let Ok((sequences, heard_at)) = sequences {
            let mut sequences = lock(&sequences);
            let missing = sequences.refuse(header.epoch, header.sequence);
            self.sequence_gaps.fetch_add(missing, Ordering::Relaxed);
            sequences.last_seen = sequences.last_seen.max(heard_at);
        }
    }

    /// The counters as they are now.
    pub fn counters(&self) -> Counters {
        let sequence_gaps = self.sequence_gaps.load(Ordering::Relaxed);
        Counters { sequence_gaps, ..lock(&self.counters).clone() }
    }

    /// Names of all models.
    pub fn model_names(&self) -> Vec<String> {
        self.models.read().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    /// The state of a model.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] with the names that exist.
    pub fn model(&self, name: &str) -> Result<Arc<SharedModel>> {
        let models = self.models.read().unwrap_or_else(PoisonError::into_inner);
        models.get(name).cloned().ok_or_else(|| not_found("model", name, models.keys()))
    }

    /// Names of the models that a panic has left half changed: see [`crate::shared`].
    pub fn damaged_models(&self) -> Vec<String> {
        let models = self.models.read().unwrap_or_else(PoisonError::into_inner);
        models.iter().filter(|(_, model)| model.is_damaged()).map(|(name, _)| name.clone()).collect()
    }

    /// Sets the configuration of a model.
    ///
    /// # Errors
    /// [`EngineError::InvalidArgument`], [`EngineError::FailedPrecondition`], [`EngineError::Limit`].
    pub fn set_monitor(&self, mut monitor: Monitor) -> Result<()> {
        monitor.validate()?;
        self.check_key(&mut monitor)?;
        let model = self.model_or_new(&monitor.model)?;
        // A batch is hashed and counted by one configuration.
        let _closed = self.gate.closed();
        model.write()?.set_monitor(monitor)
    }

    /// Notes the key of the hashes; without one, what others have hashed is only read.
    fn check_key(&self, monitor: &mut Monitor) -> Result<()> {
        let Some(key) = self.hash_key.as_ref().filter(|_| !monitor.hashed_columns.is_empty()) else {
            return Ok(());
        };
        if !monitor.hash_key_id.is_empty() && monitor.hash_key_id != key.id() {
            return Err(EngineError::FailedPrecondition(format!(
                "values of model {:?} were hashed with key {}, this is key {}; hashes of two keys cannot be counted together",
                monitor.model,
                monitor.hash_key_id,
                key.id()
            )));
        }
        monitor.hash_key_id = key.id();
        Ok(())
    }

    /// The configuration of a model.
    ///
    /// # Errors
    /// [`EngineError::NotFound`].
    pub fn monitor(&self, model: &str) -> Result<Monitor> {
        Ok(self.model(model)?.read()?.monitor.clone())
    }

    /// Stores a baseline of a model, which need not have data yet, and tells its number of columns.
    ///
    /// # Errors
    /// [`EngineError::InvalidArgument`] for a bad name or rows that make no baseline.
    pub fn set_baseline(
        &self,
        model: &str,
        name: &str,
        rows: Vec<SnapshotRow>,
        make_default: bool,
    ) -> Result<usize> {
        check_name("model", model)?;
        check_name("baseline name", name)?;
        let baseline = Baseline::new(rows)?;
        let columns = baseline.columns().len();
        let model = self.model_or_new(model)?;
        let mut model = model.write()?;
        hashed::check_rows(&baseline.rows, &model.monitor)?;
        let baseline = baseline.with_bins(model.monitor.baseline_bins as usize);
        model.set_baseline(name.to_owned(), baseline, make_default);
        Ok(columns)
    }
}

/// Takes a record of the log back when a panic drops it: what is refused must not be counted after a restart, and must
/// not panic again there.
struct VoidRecord<'l> {
    log: &'l Log,
    position: RecordNumber,
}

impl Drop for VoidRecord<'_> {
    fn drop(&mut self) {
        // Where the log refuses even that, the restart says which record it is.
        let _ = self.log.void(self.position);
    }
}

pub(crate) fn no_key(monitor: &Monitor) -> EngineError {
    EngineError::FailedPrecondition(format!(
        "values of model {:?} are to be hashed, and there is no key for that; only a collector has one",
        monitor.model
    ))
}

/// The error for a name that does not exist, with those that do.
pub(crate) fn not_found<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a String>) -> EngineError {
    const MOST_LISTED: usize = 20;
    let mut known: Vec<_> = known.map(|name| format!("{name:?}")).collect();
    let count = known.len();
    known.truncate(MOST_LISTED);
    if count > MOST_LISTED {
        known.push(format!("{} more", count - MOST_LISTED));
    }
    let known = if known.is_empty() { "there are none".to_owned() } else { known.join(", ") };
    EngineError::NotFound(format!("no {what} {name:?}; known: {known}"))
}
