//! A log that is open for writing, and the thread that keeps its syncs short.

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use super::directory::Directory;
use super::payload::Payload;
use super::scan::Recovered;
use super::writer::{LogOptions, LogStatus, Writer};
use super::{LogError, RecordNumber, Result};

/// A log that is open for writing. Every call may come from any thread.
#[derive(Debug)]
pub struct Log {
    writer: Arc<Writer>,
    writing_out: Option<JoinHandle<()>>,
}

impl Log {
    /// Opens a log for writing behind what was recovered from its directory.
    ///
    /// # Errors
    /// [`LogError::Refused`] when there is no space or no thread, [`LogError::Failed`] when what was recovered cannot
    /// be synced.
    pub fn open(directory: Arc<dyn Directory>, options: LogOptions, recovered: &Recovered) -> Result<Self> {
        let writer = Arc::new(Writer::open(directory, options, recovered)?);
        let of_thread = Arc::clone(&writer);
        let writing_out = thread::Builder::new()
            .name("driftline-log".into())
            .spawn(move || of_thread.write_out())
            .map_err(|error| LogError::Refused(format!("the log cannot start a thread: {error}")))?;
        Ok(Self { writer, writing_out: Some(writing_out) })
    }

    /// Writes a record and gives its number. It survives the end of the process from then on, and that of the
    /// machine once [`Log::wait_durable`] has returned.
    ///
    /// # Errors
    /// [`LogError::Refused`], after which the record is not in the log; [`LogError::Failed`] after a failed sync.
    pub fn append(&self, payload: &Payload<'_>) -> Result<RecordNumber> {
        self.writer.append(payload)
    }

    /// Takes a record back: it could not be counted, and never is.
    ///
    /// # Errors
    /// See [`Log::append`].
    pub fn void(&self, number: RecordNumber) -> Result<()> {
        self.writer.void(number)
    }

    /// Returns once the record is durable. All who wait at a time are served by one sync.
    ///
    /// # Errors
    /// [`LogError::Failed`]: nobody knows whether it is durable.
    pub fn wait_durable(&self, number: RecordNumber) -> Result<()> {
        self.writer.wait_durable(number)
    }

    /// Everything up to this record is safe elsewhere: its segments are used again or removed.
    ///
    /// # Errors
    /// [`LogError::Refused`] when a file cannot be removed; the log works on.
    pub fn cut(&self, number: RecordNumber) -> Result<()> {
        self.writer.cut(number)
    }

    /// How the log stands.
    pub fn status(&self) -> LogStatus {
        self.writer.status()
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.writer.close();
        if let Some(thread) = self.writing_out.take() {
            // It has nothing to say; a panic in it has been told.
            let _ = thread.join();
        }
    }
}
