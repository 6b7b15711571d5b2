//! Reading a log back after the process that wrote it has ended, however it ended.

use std::collections::BTreeSet;
use std::io;

use super::directory::Directory;
use super::frame::{ALIGNMENT, HEADER_BYTES, Header, Kind, frame_bytes};
use super::segments::SegmentName;
use super::writer::Segment;
use super::{LogError, RecordNumber, Result};

/// What was read back.
#[derive(Debug, Clone)]
pub struct Recovered {
    /// Up to here records were safe elsewhere and not wanted.
    pub position: RecordNumber,
    /// Number of the last record, `position` if there are none behind it.
    pub last: RecordNumber,
    /// Records given to the caller.
    pub records: u64,
    /// Where a torn tail was cut off, if one was seen.
    pub cut: Option<Cut>,
    /// What is missing, where that was accepted.
    pub damage: Vec<Damage>,
    pub(super) segments: Vec<Segment>,
    pub(super) next_segment: u64,
    /// Files and offsets of frames behind the last record, which must never be taken for records again.
    pub(super) stale: Vec<(SegmentName, Vec<u64>)>,
}

/// A torn tail: none of it had been acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// File that it begins in.
    pub file: String,
    /// Byte of that file.
    pub offset: u64,
    /// Whole records behind the torn one, which go with it.
    pub records: u64,
}

/// Records that were durable and cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// File that the first of them was in, or the last one before it.
    pub file: String,
    /// Byte of that file.
    pub offset: u64,
    /// Number of the first.
    pub first: RecordNumber,
    /// Number of the last.
    pub last: RecordNumber,
}

/// A frame that was found.
#[derive(Debug, Clone, Copy)]
struct Frame {
    segment: usize,
    offset: usize,
    header: Header,
    is_whole: bool,
}

impl Frame {
    fn is_record_behind(&self, position: RecordNumber) -> bool {
        self.header.kind == Kind::Record && self.header.number > position
    }

    fn end(&self) -> usize {
        self.offset + frame_bytes(self.header.length as usize)
    }
}

/// Reads a log and replays it: see [`Scan::replay`].
///
/// # Errors
/// Those of [`Scan::new`] and [`Scan::replay`].
pub fn recover(
    directory: &dyn Directory,
    position: RecordNumber,
    accept_damage: bool,
    apply: impl FnMut(RecordNumber, &[u8]) -> Result<()>,
) -> Result<Recovered> {
    Scan::new(directory)?.replay(directory, position, accept_damage, apply)
}

fn message(first: &Damage, all: &[Damage]) -> String {
    let missing: u64 = all.iter().map(|damage| damage.last - damage.first + 1).sum();
    format!(
        "{} is damaged at byte {}: record {} was durable and cannot be read ({missing} record(s) missing); restore \
         the file, or give up what is missing with `driftline repair --accept-data-loss`",
        first.file, first.offset, first.first
    )
}

fn read(directory: &dyn Directory, name: SegmentName) -> Result<Vec<u8>> {
    let name = name.file_name();
    let content = directory.open(&name).and_then(|file| file.read());
    content.map_err(|error: io::Error| LogError::Refused(format!("{name} cannot be read: {error}")))
}

/// All frames of a directory that nobody writes to meanwhile.
#[derive(Debug)]
pub struct Scan {
    names: Vec<SegmentName>,
    sizes: Vec<u64>,
    frames: Vec<Frame>,
}

/// What is to be replayed.
struct Chosen {
    frames: Vec<Frame>,
    last: RecordNumber,
    cut: Option<Cut>,
    damage: Vec<Damage>,
}

impl Scan {
    /// Reads all files of a directory.
    ///
    /// # Errors
    /// [`LogError::Refused`] when one cannot be read.
    pub fn new(directory: &dyn Directory) -> Result<Self> {
        let files = directory
            .list()
            .map_err(|error| LogError::Refused(format!("the log's directory cannot be read: {error}")))?;
        let mut names: Vec<_> = files.iter().filter_map(|name| SegmentName::parse(name)).collect();
        names.sort_unstable();
        let (mut sizes, mut frames) = (Vec::new(), Vec::new());
        for (segment, name) in names.iter().enumerate() {
            let bytes = read(directory, *name)?;
            sizes.push(bytes.len() as u64);
            find_frames(&bytes, segment, name.tag, &mut frames);
        }
        Ok(Self { names, sizes, frames })
    }

    /// Number of records behind `position`, those that are given up among them.
    ///
    /// # Errors
    /// [`LogError::Damaged`] as [`Scan::replay`].
    pub fn records_behind(&self, position: RecordNumber, accept_damage: bool) -> Result<u64> {
        Ok(self.choose_whole(position, accept_damage)?.last - position)
    }

    /// Gives all records behind `position` in order, each with its number, to `apply`. The files that hold them are read
    /// once more: all together they may be larger than memory.
    ///
    /// # Errors
    /// [`LogError::Damaged`] when a record is missing that was durable, unless that is accepted; nothing has been given
    /// to `apply` then. [`LogError::Refused`] when a file cannot be read. What `apply` returns.
    pub fn replay(
        &self,
        directory: &dyn Directory,
        position: RecordNumber,
        accept_damage: bool,
        mut apply: impl FnMut(RecordNumber, &[u8]) -> Result<()>,
    ) -> Result<Recovered> {
        let chosen = self.choose_whole(position, accept_damage)?;
        let mut records = 0;
        for (segment, name) in self.names.iter().enumerate() {
            let mut frames = chosen.frames.iter().filter(|frame| frame.segment == segment).peekable();
            if frames.peek().is_none() {
                continue;
            }
            let bytes = read(directory, *name)?;
            for frame in frames {
                let start = frame.offset + HEADER_BYTES;
                apply(frame.header.number, &bytes[start..start + frame.header.length as usize])?;
                records += 1;
            }
        }
        Ok(Recovered {
            position,
            last: chosen.last,
            records,
            cut: chosen.cut,
            damage: chosen.damage,
            next_segment: self.names.last().map_or(1, |name| name.number + 1),
            segments: self.segments(chosen.last),
            stale: self.stale(chosen.last),
        })
    }

    fn choose_whole(&self, position: RecordNumber, accept_damage: bool) -> Result<Chosen> {
        let chosen = self.choose(position);
        match chosen.damage.first().filter(|_| !accept_damage) {
            Some(first) => Err(LogError::Damaged(message(first, &chosen.damage))),
            None => Ok(chosen),
        }
    }

    /// Everything behind `position` up to the end of what is whole.
    fn choose(&self, position: RecordNumber) -> Chosen {
        let durable = self.frames.iter().map(|frame| frame.header.durable).fold(position, u64::max);
        let voids = self.frames.iter().filter(|frame| frame.header.kind == Kind::Void);
        let voided: BTreeSet<RecordNumber> = voids.map(|frame| frame.header.number).collect();
        let mut wanted: Vec<Frame> = self
            .frames
            .iter()
            .filter(|frame| frame.is_record_behind(position) && frame.is_whole)
            .copied()
            .collect();
        wanted.sort_by_key(|frame| frame.header.number);
        wanted.dedup_by_key(|frame| frame.header.number);
        let mut chosen = Chosen { frames: Vec::new(), last: position, cut: None, damage: Vec::new() };
        let mut rest = wanted.into_iter().peekable();
        loop {
            let next = rest.peek().map_or(RecordNumber::MAX, |frame| frame.header.number);
            let lost = durable.min(next - 1);
            if lost > chosen.last {
                chosen.damage.push(self.damage(chosen.last + 1, lost));
                chosen.last = lost;
            }
            match rest.next_if(|frame| frame.header.number == chosen.last + 1) {
                Some(frame) => {
                    chosen.last += 1;
                    if !voided.contains(&chosen.last) {
                        chosen.frames.push(frame);
                    }
                }
                None => break,
            }
        }
        chosen.cut = self.cut(chosen.last, rest.count() as u64);
        chosen
    }

    fn damage(&self, first: RecordNumber, last: RecordNumber) -> Damage {
        let (file, offset) = self.place(first);
        Damage { file, offset, first, last }
    }

    /// Where a record is, or should begin.
    fn place(&self, number: RecordNumber) -> (String, u64) {
        let torn = self
            .frames
            .iter()
            .find(|frame| frame.header.kind == Kind::Record && frame.header.number == number)
            .map(|frame| (frame.segment, frame.offset));
        let before = || {
            let earlier = self.frames.iter().filter(|frame| match frame.header.kind {
                Kind::Start => frame.header.number <= number,
                Kind::Record | Kind::Mark | Kind::Void => frame.header.number < number,
            });
            earlier
                .max_by_key(|frame| (frame.segment, frame.offset))
                .map(|frame| (frame.segment, frame.end()))
        };
        let (segment, offset) = torn.or_else(before).unwrap_or((0, 0));
        (self.names.get(segment).map_or_else(String::new, |name| name.file_name()), offset as u64)
    }

    fn cut(&self, last: RecordNumber, records: u64) -> Option<Cut> {
        let is_torn = |frame: &Frame| {
            frame.header.kind == Kind::Record && !frame.is_whole && frame.header.number == last + 1
        };
        if records == 0 && !self.frames.iter().any(is_torn) {
            return None;
        }
        let (file, offset) = self.place(last + 1);
        Some(Cut { file, offset, records })
    }

    fn stale(&self, last: RecordNumber) -> Vec<(SegmentName, Vec<u64>)> {
        let is_stale = |frame: &&Frame| frame.header.kind == Kind::Record && frame.header.number > last;
        let of_segment = |(segment, name): (usize, &SegmentName)| {
            let frames = self.frames.iter().filter(|frame| frame.segment == segment).filter(is_stale);
            (*name, frames.map(|frame| frame.offset as u64).collect())
        };
        self.names
            .iter()
            .enumerate()
            .map(of_segment)
            .filter(|(_, offsets): &(_, Vec<_>)| !offsets.is_empty())
            .collect()
    }

    fn segments(&self, last: RecordNumber) -> Vec<Segment> {
        let last_of = |segment: usize| {
            let numbers = self.frames.iter().filter(|frame| frame.segment == segment);
            let records = numbers.filter(|frame| frame.header.kind == Kind::Record);
            records.map(|frame| frame.header.number).max().unwrap_or(0).min(last)
        };
        let names = self.names.iter().zip(&self.sizes).enumerate();
        names.map(|(index, (&name, &bytes))| Segment { name, last: last_of(index), bytes }).collect()
    }
}

/// Appends the frames of a segment; where there is none, looks for one further on.
fn find_frames(bytes: &[u8], segment: usize, tag: u64, frames: &mut Vec<Frame>) {
    let mut offset = 0;
    while offset + HEADER_BYTES <= bytes.len() {
        let rest = &bytes[offset..];
        let header = Header::from_bytes(rest, tag)
            .filter(|header| header.length <= (rest.len() - HEADER_BYTES) as u64);
        let Some(header) = header else {
            offset += ALIGNMENT;
            continue;
        };
        let payload = &rest[HEADER_BYTES..HEADER_BYTES + header.length as usize];
        let is_whole = crc32c::crc32c(payload) == header.checksum;
        let frame = Frame { segment, offset, header, is_whole };
        frames.push(frame);
        offset = frame.end();
    }
}
