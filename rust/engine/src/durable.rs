//! What the log holds of an engine's state, and how it gets back.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::batch::Batch;
use crate::engine::{Engine, Header, Origin};
use crate::error::{EngineError, Result};
use crate::log::{self, Cut, Damage, Directory, Log, LogError, LogOptions, LogStatus, RecordNumber, Scan};
use crate::memory::Treatment;
use crate::panics;
use crate::plan::Plan;
use crate::producer::lock;

/// What was counted again from the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    /// Requests.
    pub requests: u64,
    /// Records in them.
    pub records: u64,
    /// Requests that could not be counted again, where damage is accepted.
    pub refused: u64,
    /// Number of the last record of the log.
    pub last: RecordNumber,
    /// Where a torn tail was cut off.
    pub cut: Option<Cut>,
    /// What was lost, where damage is accepted.
    pub damage: Vec<Damage>,
}

/// A log that was read and is not written to yet.
#[derive(Debug)]
pub struct ReadLog {
    directory: Arc<dyn Directory>,
    scan: Scan,
}

impl ReadLog {
    /// Reads the log in a directory.
    ///
    /// # Errors
    /// [`EngineError::Unavailable`] when it cannot be read.
    pub fn new(directory: Arc<dyn Directory>) -> Result<Self> {
        let scan = Scan::new(&*directory)?;
        Ok(Self { directory, scan })
    }

    /// Number of records that it holds behind `position`.
    ///
    /// # Errors
    /// [`EngineError::Damaged`] when records are missing that were acknowledged, unless `accept_damage`.
    pub fn unflushed_records(&self, position: RecordNumber, accept_damage: bool) -> Result<u64> {
        Ok(self.scan.records_behind(position, accept_damage)?)
    }
}

impl Engine {
    /// Reads a log and counts it: see [`Engine::open_read_log`].
    ///
    /// # Errors
    /// Those of [`ReadLog::new`] and [`Engine::open_read_log`].
    pub fn open_log(
        &self,
        directory: Arc<dyn Directory>,
        position: RecordNumber,
        options: LogOptions,
        accept_damage: bool,
        goes_on: bool,
    ) -> Result<Recovery> {
        let log = ReadLog::new(directory)?;
        self.open_read_log(&log, position, options, accept_damage, goes_on, || Ok(()))
    }

    /// Counts again what the log holds behind `position`, up to which loaded rows contain everything, and, where
    /// `goes_on`, logs from now on. To be called once, when rows, pending records, producers, monitors and baselines are
    /// loaded. Between two records it calls `relieve` while memory is short, which may flush: that holds what was counted
    /// so far, and no more.
    ///
    /// # Errors
    /// [`EngineError::Damaged`] when records are missing that were acknowledged, unless `accept_damage`; the engine
    /// is not to be used then. [`EngineError::Unavailable`] when the directory cannot be read or written.
    /// [`EngineError::FailedPrecondition`] when there is a log already. What `relieve` returns.
    pub fn open_read_log(
        &self,
        log: &ReadLog,
        position: RecordNumber,
        options: LogOptions,
        accept_damage: bool,
        goes_on: bool,
        mut relieve: impl FnMut() -> Result<()>,
    ) -> Result<Recovery> {
        let ReadLog { directory, scan } = log;
        let (mut records, mut refused) = (0, 0);
        lock(&self.producers).replay(true);
        let recovered = scan.replay(&**directory, position, accept_damage, |number, bytes| {
            match self.replay(number, bytes) {
                Ok(counted) => records += counted,
                Err(_) if accept_damage => refused += 1,
                Err(error) => {
                    return Err(LogError::Damaged(format!(
                        "record {number} of the log cannot be counted again: {error}"
                    )));
                }
            }
            self.last_record.store(number, Ordering::Relaxed);
            if self.is_short_of_memory() {
                relieve().map_err(|error| LogError::Refused(error.to_string()))?;
            }
            Ok(())
        });
        lock(&self.producers).replay(false);
        let recovered = recovered?;
        lock(&self.counters).recovered += records;
        self.last_record.store(recovered.last, Ordering::Relaxed);
        if goes_on {
            let log = Log::open(Arc::clone(directory), options, &recovered)?;
            self.log.set(log).map_err(|_| EngineError::FailedPrecondition("an engine has one log".into()))?;
        }
        Ok(Recovery {
            requests: recovered.records - refused,
            records,
            refused,
            last: recovered.last,
            cut: recovered.cut,
            damage: recovered.damage,
        })
    }

    fn replay(&self, number: RecordNumber, bytes: &[u8]) -> Result<u64> {
        let record = log::decode(bytes)?;
        let origin = Origin::Logged(number, record.treatment);
        let counted =
            panics::catch(|| self.ingest_once(&record.header, &record.batches, record.arrived, origin));
        Ok(counted.unwrap_or_else(|defect| Err(EngineError::Internal(defect)))?.records)
    }

    /// Returns once a record of the log is on disk, at once without a log.
    ///
    /// # Errors
    /// [`EngineError::Unavailable`] when the disk has failed: nobody knows whether it is.
    pub fn wait_durable(&self, position: RecordNumber) -> Result<()> {
        self.log.get().map_or(Ok(()), |log| Ok(log.wait_durable(position)?))
    }

    /// Whether what is answered for is on disk.
    pub fn is_durable(&self) -> bool {
        self.log.get().is_some()
    }

    /// How the log stands; `None` without one.
    pub fn log_status(&self) -> Option<LogStatus> {
        self.log.get().map(Log::status)
    }

    /// Number of the last record of the log that was counted; the gate must be closed.
    pub(crate) fn position(&self) -> RecordNumber {
        self.log.get().map_or(self.last_record.load(Ordering::Relaxed), |log| log.status().appended)
    }

    /// Lets no batch in until [`Engine::resume`]: what was counted and what is logged are the same then.
    pub fn pause(&self) {
        self.gate.close();
    }

    /// Undoes one [`Engine::pause`].
    pub fn resume(&self) {
        self.gate.open();
    }
}

/// Writes a request that has been checked into the log, under the lock of its model: what is counted one after the
/// other is logged so.
pub(crate) fn log_request(
    log: &Log,
    header: &Header,
    batches: &[Batch<'_>],
    plans: &[Arc<Plan>],
    now: i64,
    treatment: Treatment,
) -> Result<RecordNumber> {
    let keeps = |batch: usize, column: usize| plans[batch].is_logged(column);
    Ok(log.append(&log::encode(header, now, treatment, batches, keeps))?)
}
