//! Where records are counted: their version and segments, which many of them share.

use std::sync::Arc;

use crate::keyed::KeyedMap;
use crate::segment::SegmentId;

/// What a list takes, in a vector and in a table, for lists of a few.
const PLACE_BYTES: usize = 192;

/// Versions and lists of segments by their number. Numbers change when lists are forgotten.
#[derive(Debug, Clone, Default)]
pub(crate) struct PlaceList(Arc<Vec<Vec<u32>>>);

impl PlaceList {
    pub(crate) fn version(&self, place: u32) -> u32 {
        self.0[place as usize][0]
    }

    pub(crate) fn segments(&self, place: u32) -> &[SegmentId] {
        &self.0[place as usize][1..]
    }
}

/// The same with numbers found by what they stand for.
#[derive(Debug, Default)]
pub(crate) struct Places {
    list: PlaceList,
    numbers: KeyedMap<Vec<u32>, u32>,
    /// What was asked for last: records that come together are often counted together.
    last: (Vec<u32>, u32),
}

impl Places {
    pub(crate) fn list(&self) -> &PlaceList {
        &self.list
    }

    pub(crate) fn len(&self) -> usize {
        self.list.0.len()
    }

    /// Numbers a version and a list of segments.
    pub(crate) fn intern(&mut self, version: u32, segments: &[SegmentId]) -> u32 {
        if self.last.0.split_first() == Some((&version, segments)) {
            return self.last.1;
        }
        let place = [&[version], segments].concat();
        let known = self.numbers.get(&place).copied();
        let number = known.unwrap_or(self.len() as u32);
        if known.is_none() {
            Arc::make_mut(&mut self.list.0).push(place.clone());
            self.numbers.insert(place.clone(), number);
        }
        self.last = (place, number);
        number
    }

    /// The number that a place of another list has here.
    pub(crate) fn adopt(&mut self, list: &PlaceList, place: u32) -> u32 {
        self.intern(list.version(place), list.segments(place))
    }

    pub(crate) fn bytes(&self) -> usize {
        self.len() * PLACE_BYTES
    }
}
