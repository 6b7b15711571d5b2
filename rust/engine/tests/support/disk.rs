//! A disk that holds rows and what waits.

use driftline_engine::engine::Engine;
use driftline_engine::pending::PendingEntry;
use driftline_engine::snapshot::SnapshotRow;

use super::NEW_YEAR;

/// What is written at a flush and read at a start.
#[derive(Default)]
pub struct Disk {
    pub rows: Vec<SnapshotRow>,
    pub pending: Vec<PendingEntry>,
    flushes: u64,
}

impl Disk {
    /// Writes what has changed; gives what it has written of those that wait, and whether that is all of them.
    pub fn flush(&mut self, engine: &Engine) -> Option<(Vec<PendingEntry>, bool)> {
        let mut parts = engine.begin_flush_in_parts(NEW_YEAR).unwrap()?;
        while let Some(rows) = parts.next_rows(engine).unwrap() {
            self.rows.extend(rows);
        }
        let mut written = Vec::new();
        while let Some(entries) = parts.next_pending(engine).unwrap() {
            written.extend(entries);
        }
        engine.commit_flush().unwrap();
        if parts.pending_is_whole {
            self.pending.clear();
        }
        self.pending.extend(written.clone());
        self.flushes = parts.sequence;
        Some((written, parts.pending_is_whole))
    }

    pub fn restart(&mut self, engine: &Engine) -> Engine {
        self.flush(engine);
        self.start(|_| ())
    }

    /// A fresh engine, configured before anything is read.
    pub fn start(&self, configure: impl Fn(&Engine)) -> Engine {
        let fresh = Engine::new("w");
        configure(&fresh);
        fresh.load(self.rows.clone()).unwrap();
        fresh.load_pending(self.pending.clone()).unwrap();
        fresh.resume_at(self.flushes + 1, 0);
        fresh
    }
}
