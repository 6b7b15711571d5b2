//! A disk that keeps what was synced, and of the rest what chance leaves, and that fails where it is told to.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use driftline_engine::log::{Directory, LogFile};

/// What is torn is torn at multiples of this: less than a sector, so that headers tear too.
const PIECE: usize = 16;

#[derive(Debug, Default)]
struct State {
    /// Content as the process sees it, by name.
    files: BTreeMap<String, Arc<Mutex<Content>>>,
    /// Names as they are on disk.
    durable_names: BTreeMap<String, Arc<Mutex<Content>>>,
    /// Operations so far.
    operations: u64,
    /// Files read so far.
    reads: u64,
    /// Operations that fail, by their number.
    failing: Vec<u64>,
    /// Bytes that fit, all files together.
    capacity: Option<u64>,
    random: u64,
}

#[derive(Debug, Default, Clone)]
struct Content {
    seen: Vec<u8>,
    durable: Vec<u8>,
    /// What the disk was told to begin with.
    begun: Vec<Range<u64>>,
}

/// The disk; clones are the same disk.
#[derive(Debug, Clone, Default)]
pub(crate) struct Disk {
    state: Arc<Mutex<State>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Disk {
    /// Makes the operations with these numbers, counted from now, fail.
    pub(crate) fn fail(&self, operations: &[u64]) {
        let mut state = lock(&self.state);
        state.failing = operations.iter().map(|number| number + state.operations).collect();
    }

    /// Lets so many bytes fit, or any number.
    pub(crate) fn limit(&self, capacity: Option<u64>) {
        lock(&self.state).capacity = capacity;
    }

    /// Takes the power away: of what was not synced each piece is kept or not, as `keeps` says.
    pub(crate) fn crash(&self, mut keeps: impl FnMut() -> bool) {
        let mut state = lock(&self.state);
        let names = if keeps() { state.files.clone() } else { state.durable_names.clone() };
        for content in names.values() {
            let content = &mut *lock(content);
            if content.durable.len() < content.seen.len() && keeps() {
                content.durable.resize(content.seen.len(), 0);
            }
            let pieces = content.durable.chunks_mut(PIECE).zip(content.seen.chunks(PIECE));
            for (durable, seen) in pieces {
                if durable != seen && keeps() {
                    durable.copy_from_slice(seen);
                }
            }
            content.seen.clone_from(&content.durable);
        }
        state.durable_names.clone_from(&names);
        state.files = names;
        state.failing.clear();
    }

    /// Ends the process: what was written stays.
    pub(crate) fn kill(&self) {
        lock(&self.state).failing.clear();
    }

    /// Names and contents.
    pub(crate) fn contents(&self) -> BTreeMap<String, Vec<u8>> {
        let state = lock(&self.state);
        state.files.iter().map(|(name, content)| (name.clone(), lock(content).seen.clone())).collect()
    }

    /// Files read so far.
    pub(crate) fn reads(&self) -> u64 {
        lock(&self.state).reads
    }

    /// Of every file, what the disk was told to begin with.
    pub(crate) fn begun(&self) -> Vec<Vec<Range<u64>>> {
        lock(&self.state).files.values().map(|content| lock(content).begun.clone()).collect()
    }

    /// Another disk with these contents, all of them durable.
    pub(crate) fn holding(contents: &BTreeMap<String, Vec<u8>>) -> Self {
        let disk = Self::default();
        let mut state = lock(&disk.state);
        for (name, bytes) in contents {
            let content = Content { seen: bytes.clone(), durable: bytes.clone(), begun: Vec::new() };
            state.files.insert(name.clone(), Arc::new(Mutex::new(content)));
        }
        state.durable_names = state.files.clone();
        state.random = 1 << 40;
        drop(state);
        disk
    }

    fn operation(&self) -> io::Result<MutexGuard<'_, State>> {
        let mut state = lock(&self.state);
        state.operations += 1;
        let number = state.operations;
        if state.failing.contains(&number) {
            return Err(io::Error::other(format!("operation {number} fails")));
        }
        Ok(state)
    }
}

fn absent(name: &str) -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, name.to_owned())
}

impl Directory for Disk {
    fn list(&self) -> io::Result<Vec<String>> {
        Ok(lock(&self.state).files.keys().cloned().collect())
    }

    fn create(&self, name: &str, bytes: u64) -> io::Result<Arc<dyn LogFile>> {
        let mut state = self.operation()?;
        let used: u64 = state.files.values().map(|content| lock(content).seen.len() as u64).sum();
        if state.capacity.is_some_and(|capacity| used + bytes > capacity) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let content = Content { seen: vec![0; bytes as usize], ..Content::default() };
        let content = Arc::new(Mutex::new(content));
        state.files.insert(name.to_owned(), Arc::clone(&content));
        Ok(Arc::new(File { disk: self.clone(), content }))
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn LogFile>> {
        let content = lock(&self.state).files.get(name).cloned().ok_or_else(|| absent(name))?;
        Ok(Arc::new(File { disk: self.clone(), content }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.operation()?;
        let content = state.files.remove(from).ok_or_else(|| absent(from))?;
        state.files.insert(to.to_owned(), content);
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.operation()?.files.remove(name).map(|_| ()).ok_or_else(|| absent(name))
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.operation()?;
        state.durable_names = state.files.clone();
        Ok(())
    }

    fn random(&self) -> u64 {
        let mut state = lock(&self.state);
        state.random += 1;
        state.random.wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

#[derive(Debug)]
struct File {
    disk: Disk,
    content: Arc<Mutex<Content>>,
}

impl LogFile for File {
    fn read(&self) -> io::Result<Vec<u8>> {
        lock(&self.disk.state).reads += 1;
        Ok(lock(&self.content).seen.clone())
    }

    fn write_at(&self, offset: u64, parts: &[&[u8]]) -> io::Result<()> {
        let bytes = parts.concat();
        let written = match self.disk.operation() {
            Ok(_) => bytes.len(),
            // A failed write may have written a part.
            Err(_) => bytes.len() / 2,
        };
        let start = offset as usize;
        lock(&self.content).seen[start..start + written].copy_from_slice(&bytes[..written]);
        if written < bytes.len() { Err(io::Error::other("the write fails")) } else { Ok(()) }
    }

    fn begin_sync(&self, range: Range<u64>) {
        lock(&self.content).begun.push(range);
    }

    fn sync(&self) -> io::Result<()> {
        let outcome = self.disk.operation().map(|_| ());
        let content = &mut *lock(&self.content);
        match outcome {
            Ok(()) => content.durable.clone_from(&content.seen),
            // As Linux does: what could not be written is taken for clean, and is gone.
            Err(_) => content.seen.clone_from(&content.durable),
        }
        outcome
    }
}
