//! Appending, syncing and cutting.

use std::io;
use std::ops::Range;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::directory::{Directory, LogFile};
use super::frame::{HEADER_BYTES, Header, Kind, frame_bytes, padding};
use super::payload::Payload;
use super::scan::Recovered;
use super::segments::SegmentName;
use super::{LogError, RecordNumber, Result};
use crate::producer::lock;

/// Sizes of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogOptions {
    /// Bytes of a segment; a larger record gets a segment of its own.
    pub segment_bytes: u64,
}

/// Bytes after which the disk begins to write them, though nobody waits yet.
const BEGIN_BYTES: u64 = 1 << 20;

impl Default for LogOptions {
    fn default() -> Self {
        Self { segment_bytes: 32 << 20 }
    }
}

/// How a log stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogStatus {
    /// Number of the last record written.
    pub appended: RecordNumber,
    /// Number of the last record that is known to be durable.
    pub durable: RecordNumber,
    /// Bytes of segments that hold records no flush has.
    pub bytes: u64,
    /// Why the log takes nothing more.
    pub failure: Option<String>,
}

/// A log that is open for writing. Every call may come from any thread.
#[derive(Debug)]
pub(super) struct Writer {
    directory: Arc<dyn Directory>,
    options: LogOptions,
    state: Mutex<State>,
    /// Told when a sync has ended.
    changed: Condvar,
    /// Told when there is something for [`Writer::write_out`] to do.
    filled: Condvar,
}

#[derive(Debug)]
struct State {
    active: Option<Active>,
    sealed: Vec<Segment>,
    /// Segments that may be used again, as they are named now.
    spares: Vec<Segment>,
    /// Files that were written to since they were synced, but for the active one.
    unsynced: Vec<Arc<dyn LogFile>>,
    /// Whether segments got their names since the directory was synced.
    has_new_names: bool,
    /// What the disk should begin to write, but for the active file.
    unbegun: Vec<(Arc<dyn LogFile>, Range<u64>)>,
    /// Whether the log is closed.
    is_closed: bool,
    next_segment: u64,
    appended: RecordNumber,
    durable: RecordNumber,
    is_syncing: bool,
    failure: Option<String>,
}

/// The segment that is written to.
#[derive(Debug)]
struct Active {
    name: SegmentName,
    file: Arc<dyn LogFile>,
    offset: u64,
    bytes: u64,
    is_dirty: bool,
    /// Up to where the disk has been told to begin.
    begun: u64,
}

/// A segment that is full or no longer written to.
#[derive(Debug, Clone)]
pub(super) struct Segment {
    pub(super) name: SegmentName,
    /// Number of its last record.
    pub(super) last: RecordNumber,
    pub(super) bytes: u64,
}

impl Writer {
    pub(super) fn open(
        directory: Arc<dyn Directory>,
        options: LogOptions,
        recovered: &Recovered,
    ) -> Result<Self> {
        make_durable(&*directory, recovered).map_err(|error| failed(&error))?;
        let state = State {
            active: None,
            sealed: recovered.segments.clone(),
            spares: Vec::new(),
            unsynced: Vec::new(),
            has_new_names: false,
            unbegun: Vec::new(),
            is_closed: false,
            next_segment: recovered.next_segment,
            appended: recovered.last,
            durable: recovered.last,
            is_syncing: false,
            failure: None,
        };
        let (changed, filled) = (Condvar::new(), Condvar::new());
        let log = Self { directory, options, state: Mutex::new(state), changed, filled };
        log.roll(&mut lock(&log.state), 0)?;
        Ok(log)
    }

    pub(super) fn append(&self, payload: &Payload<'_>) -> Result<RecordNumber> {
        let (length, checksum) = (payload.length(), payload.checksum());
        let bytes = frame_bytes(length) as u64;
        let mut state = lock(&self.state);
        state.check()?;
        if state.room() < bytes {
            self.roll(&mut state, bytes)?;
        }
        let (number, durable) = (state.appended + 1, state.durable);
        let active = state.active()?;
        let (kind, tag) = (Kind::Record, active.name.tag);
        let header = Header { kind, tag, number, durable, length: length as u64, checksum }.to_bytes();
        let parts: Vec<&[u8]> =
            std::iter::once(&header[..]).chain(payload.parts()).chain([padding(length)]).collect();
        active.file.write_at(active.offset, &parts).map_err(|error| refused("write", &error))?;
        active.offset += bytes;
        active.is_dirty = true;
        state.appended = number;
        if state.has_unbegun() {
            self.filled.notify_one();
        }
        Ok(number)
    }

    pub(super) fn void(&self, number: RecordNumber) -> Result<()> {
        let mut state = lock(&self.state);
        state.check()?;
        if state.room() < HEADER_BYTES as u64 {
            self.roll(&mut state, HEADER_BYTES as u64)?;
        }
        let durable = state.durable;
        let active = state.active()?;
        let void = Header::bare(Kind::Void, active.name.tag, number, durable);
        active.file.write_at(active.offset, &[&void.to_bytes()]).map_err(|error| refused("write", &error))?;
        active.offset += HEADER_BYTES as u64;
        active.is_dirty = true;
        Ok(())
    }

    pub(super) fn wait_durable(&self, number: RecordNumber) -> Result<()> {
        let mut state = lock(&self.state);
        let number = number.min(state.appended);
        while state.durable < number {
            state.check()?;
            state = if state.is_syncing {
                self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
            } else {
                self.sync(state)
            };
        }
        Ok(())
    }

    /// Lets the disk begin with what will be synced, so that little is left to do for who waits; until the log is
    /// closed. It may block while the disk has much to do, which is why nobody else does it.
    pub(super) fn write_out(&self) {
        let mut state = lock(&self.state);
        while !state.is_closed {
            state = if let Some((file, range)) = state.take_unbegun() {
                drop(state);
                file.begin_sync(range);
                lock(&self.state)
            } else {
                self.filled.wait(state).unwrap_or_else(PoisonError::into_inner)
            };
        }
    }

    /// Lets [`Writer::write_out`] return.
    pub(super) fn close(&self) {
        lock(&self.state).is_closed = true;
        self.filled.notify_all();
    }

    fn sync<'s>(&'s self, mut state: MutexGuard<'s, State>) -> MutexGuard<'s, State> {
        state.is_syncing = true;
        let target = state.appended;
        let mut files = std::mem::take(&mut state.unsynced);
        let has_new_names = std::mem::take(&mut state.has_new_names);
        if let Some(active) = state.active.as_mut().filter(|active| active.is_dirty) {
            active.is_dirty = false;
            files.push(Arc::clone(&active.file));
        }
        drop(state);
        let synced = files.iter().try_for_each(|file| file.sync());
        let outcome = synced.and_then(|()| if has_new_names { self.directory.sync() } else { Ok(()) });
        let mut state = lock(&self.state);
        state.is_syncing = false;
        match outcome {
            Ok(()) => {
                state.durable = state.durable.max(target);
                state.mark();
            }
            Err(error) => state.fail(&error),
        }
        self.changed.notify_all();
        state
    }

    pub(super) fn cut(&self, number: RecordNumber) -> Result<()> {
        let mut state = lock(&self.state);
        state.durable = state.durable.max(number.min(state.appended));
        let (freed, sealed): (Vec<_>, Vec<_>) =
            std::mem::take(&mut state.sealed).into_iter().partition(|segment| segment.last <= number);
        state.sealed = sealed;
        // What one interval needed, the next will need too.
        let kept = freed.len().max(1);
        state.spares.extend(freed);
        let of_one_size = |segment: &Segment| segment.bytes == self.options.segment_bytes;
        let (mut spares, mut surplus): (Vec<_>, Vec<_>) =
            std::mem::take(&mut state.spares).into_iter().partition(of_one_size);
        surplus.extend(spares.split_off(kept.min(spares.len())));
        state.spares = spares;
        drop(state);
        self.changed.notify_all();
        for segment in surplus {
            self.directory
                .remove(&segment.name.file_name())
                .map_err(|error| refused("remove a segment", &error))?;
        }
        Ok(())
    }

    pub(super) fn status(&self) -> LogStatus {
        let state = lock(&self.state);
        let active = state.active.as_ref().map_or(0, |active| active.offset);
        LogStatus {
            appended: state.appended,
            durable: state.durable,
            bytes: state.sealed.iter().map(|segment| segment.bytes).sum::<u64>() + active,
            failure: state.failure.clone(),
        }
    }

    /// Goes on in another segment, with room for a frame of so many bytes.
    fn roll(&self, state: &mut State, bytes: u64) -> Result<()> {
        let bytes = (bytes + HEADER_BYTES as u64).max(self.options.segment_bytes);
        let name = SegmentName { number: state.next_segment, tag: self.directory.random() };
        let spare = if bytes == self.options.segment_bytes { state.spares.pop() } else { None };
        state.next_segment += 1;
        let start = Header::bare(Kind::Start, name.tag, state.appended + 1, state.durable);
        let file =
            self.make_segment(name, bytes, spare, start).map_err(|error| refused("allocate", &error))?;
        let active = Active { name, file, offset: HEADER_BYTES as u64, bytes, is_dirty: true, begun: 0 };
        state.has_new_names = true;
        if let Some(full) = state.active.replace(active) {
            state.sealed.push(Segment { name: full.name, last: state.appended, bytes: full.bytes });
            state.unbegun.push((Arc::clone(&full.file), full.begun..full.offset));
            if full.is_dirty {
                state.unsynced.push(full.file);
            }
        }
        Ok(())
    }

    /// A segment that starts with this frame, whose name is not durable yet; when it cannot be had, no file of that name
    /// is left.
    fn make_segment(
        &self,
        name: SegmentName,
        bytes: u64,
        spare: Option<Segment>,
        start: Header,
    ) -> io::Result<Arc<dyn LogFile>> {
        let name = name.file_name();
        let make = || {
            let file = match spare {
                Some(spare) => {
                    self.directory.rename(&spare.name.file_name(), &name)?;
                    self.directory.open(&name)?
                }
                None => self.directory.create(&name, bytes)?,
            };
            file.write_at(0, &[&start.to_bytes()])?;
            Ok(file)
        };
        make().inspect_err(|_| {
            // It may not even be there; a segment without records does no harm.
            let _ = self.directory.remove(&name);
        })
    }
}

impl State {
    fn check(&self) -> Result<()> {
        self.failure.clone().map_or(Ok(()), |failure| Err(LogError::Failed(failure)))
    }

    fn fail(&mut self, error: &io::Error) {
        if let LogError::Failed(message) = failed(error) {
            self.failure = Some(message);
        }
    }

    fn active(&mut self) -> Result<&mut Active> {
        self.active.as_mut().ok_or_else(|| LogError::Refused("the log has no segment to write to".into()))
    }

    /// Bytes left in the active segment.
    fn room(&self) -> u64 {
        self.active.as_ref().map_or(0, |active| active.bytes - active.offset)
    }

    fn has_unbegun(&self) -> bool {
        let active = self.active.as_ref().map_or(0, |active| active.offset - active.begun);
        active >= BEGIN_BYTES || !self.unbegun.is_empty()
    }

    /// What the disk should begin to write now.
    fn take_unbegun(&mut self) -> Option<(Arc<dyn LogFile>, Range<u64>)> {
        if let Some(rest) = self.unbegun.pop() {
            return Some(rest);
        }
        let active = self.active.as_mut().filter(|active| active.offset - active.begun >= BEGIN_BYTES)?;
        let begun = std::mem::replace(&mut active.begun, active.offset);
        Some((Arc::clone(&active.file), begun..active.offset))
    }

    /// Says how far the log is durable where no later record does.
    fn mark(&mut self) {
        let (appended, durable) = (self.appended, self.durable);
        if appended != durable || self.room() < HEADER_BYTES as u64 {
            return;
        }
        if let Some(active) = &mut self.active {
            let mark = Header::bare(Kind::Mark, active.name.tag, durable, durable);
            // Without it the log says less, but nothing wrong.
            if active.file.write_at(active.offset, &[&mark.to_bytes()]).is_ok() {
                active.offset += HEADER_BYTES as u64;
            }
        }
    }
}

/// Syncs what was recovered, and erases what lies behind it: once the next records have its numbers, it would be taken
/// for them.
fn make_durable(directory: &dyn Directory, recovered: &Recovered) -> io::Result<()> {
    for (name, offsets) in &recovered.stale {
        let file = directory.open(&name.file_name())?;
        offsets.iter().try_for_each(|&offset| file.write_at(offset, &[&[0; HEADER_BYTES]]))?;
        file.sync()?;
    }
    let mut unflushed = recovered.segments.iter().filter(|segment| segment.last > recovered.position);
    unflushed.try_for_each(|segment| directory.open(&segment.name.file_name())?.sync())?;
    // Whoever wrote them may have ended before they had their names for good.
    directory.sync()
}

fn refused(what: &str, error: &io::Error) -> LogError {
    LogError::Refused(format!("the log cannot {what}: {error}"))
}

fn failed(error: &io::Error) -> LogError {
    LogError::Failed(format!(
        "the log could not be synced ({error}): what was not acknowledged may be lost, and the collector must be \
         started again"
    ))
}
