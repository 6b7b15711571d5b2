//! A table of the index: lines, of which each tag belongs to one.

use super::index::Hash;
use super::line::{Line, SLOTS};
use super::tags::LEAST_KNOWN;

/// A table grows when more than so many of a hundred slots would be filled.
const MOST_FILLED: usize = 87;

/// Lines that so many entries need at least.
pub(super) fn lines_for(entries: usize) -> usize {
    (entries * 100).div_ceil(SLOTS * MOST_FILLED)
}

/// Entries whose hashes begin alike.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) lines: Vec<Line>,
    pub(super) len: usize,
    /// Entries that it has room for.
    pub(super) most: usize,
    /// Bits of the hash that all entries agree in.
    pub(super) depth: u32,
}

impl Table {
    pub(super) fn new(depth: u32, lines: usize) -> Self {
        Self { lines: vec![Line::default(); lines], len: 0, most: lines * SLOTS * MOST_FILLED / 100, depth }
    }

    /// The line that a tag belongs to, by the bits that all know.
    fn home(&self, tag: u16) -> usize {
        self.line_of(tag >> (16 - LEAST_KNOWN))
    }

    /// The line where it goes if that is full, and after it the next.
    pub(super) fn other_home(&self, tag: u16) -> usize {
        // Any odd number that sends neighbours far from each other.
        self.line_of((tag >> (16 - LEAST_KNOWN)).wrapping_mul(611) & ((1 << LEAST_KNOWN) - 1))
    }

    fn line_of(&self, bits: u16) -> usize {
        (usize::from(bits) * self.lines.len()) >> LEAST_KNOWN
    }

    pub(super) fn line(&self, hash: Hash) -> Option<&Line> {
        self.lines.get(self.home(hash.tag(self.depth)))
    }

    /// Where to look after so many lines, of which this is the last.
    pub(super) fn after(&self, tag: u16, looked: usize, line: usize) -> usize {
        if looked == 1 {
            self.other_home(tag)
        } else if line + 1 == self.lines.len() {
            0
        } else {
            line + 1
        }
    }

    /// The line and the place in it of the slot of which `is_it` says so.
    #[inline]
    pub(super) fn find(&self, tag: u16, is_it: impl Fn(u32) -> bool) -> Option<(usize, usize)> {
        let home = self.home(tag);
        let line = self.lines.get(home)?;
        match line.find(tag, &is_it) {
            Some(place) => Some((home, place)),
            None if line.overflowed(tag) => self.find_further(home, tag, is_it),
            None => None,
        }
    }

    fn find_further(&self, home: usize, tag: u16, is_it: impl Fn(u32) -> bool) -> Option<(usize, usize)> {
        let mut at = home;
        for looked in 1..=self.lines.len() {
            at = self.after(tag, looked, at);
            let line = &self.lines[at];
            if let Some(place) = line.find(tag, &is_it) {
                return Some((at, place));
            }
            if !line.overflowed(tag) {
                return None;
            }
        }
        None
    }

    /// Makes it anew, of so many lines.
    pub(super) fn grow(&mut self, lines: usize) {
        let before = std::mem::replace(self, Self::new(self.depth, lines));
        for line in &before.lines {
            for (tag, slot) in line.entries() {
                self.put(tag, slot);
            }
        }
    }

    /// Puts an entry where there is room.
    #[inline]
    pub(super) fn put(&mut self, tag: u16, slot: u32) {
        let home = self.home(tag);
        if !self.lines[home].push(tag, slot) {
            self.put_further(home, tag, slot);
        }
        self.len += 1;
    }

    fn put_further(&mut self, home: usize, tag: u16, slot: u32) {
        let (mut at, mut looked) = (home, 1);
        loop {
            self.lines[at].count_overflow(tag);
            at = self.after(tag, looked, at);
            if self.lines[at].push(tag, slot) {
                return;
            }
            looked += 1;
        }
    }

    /// Takes an entry out, and says whether it was there.
    pub(super) fn remove(&mut self, tag: u16, is_it: impl Fn(u32) -> bool) -> bool {
        let Some((line, place)) = self.find(tag, is_it) else { return false };
        self.take_out(line, place);
        true
    }

    /// Takes out what is in a place of a line.
    pub(super) fn take_out(&mut self, found: usize, place: usize) {
        let line = &mut self.lines[found];
        let tag = line.tags[place];
        line.used -= 1;
        let last = usize::from(line.used);
        (line.tags[place], line.slots[place]) = (line.tags[last], line.slots[last]);
        let (mut at, mut looked) = (self.home(tag), 1);
        while at != found {
            self.lines[at].uncount_overflow(tag);
            at = self.after(tag, looked, at);
            looked += 1;
        }
        self.len -= 1;
    }
}
