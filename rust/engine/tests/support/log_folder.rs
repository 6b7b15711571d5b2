//! A folder on disk for the log of an engine.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use driftline_engine::engine::Engine;
use driftline_engine::log::{FileDirectory, LogOptions};

/// A folder that goes with this.
pub struct LogFolder(pub PathBuf);

impl LogFolder {
    pub fn new() -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Self(std::env::temp_dir().join(format!("driftline-log-{}-{number}", std::process::id())))
    }

    /// Has an engine read the log from a position on, and go on with it.
    pub fn open(&self, engine: &Engine, position: u64) {
        let directory = Arc::new(FileDirectory::open(&self.0).unwrap());
        engine.open_log(directory, position, LogOptions { segment_bytes: 65_536 }, false, true).unwrap();
    }

    /// An engine that has read the log from its beginning, and goes on with it.
    pub fn started(&self, engine: Engine) -> Engine {
        self.open(&engine, 0);
        engine
    }
}

impl Drop for LogFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
