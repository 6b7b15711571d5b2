use std::collections::BTreeMap;

use super::profile::PrincipalProfile;
use crate::error::{Error, Result};

/// What scores and features were looked at beside: a decision boundary, and scales of a baseline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Frame {
    /// No record has been.
    #[default]
    None,
    /// One with this fingerprint.
    Known(u64),
    /// Several, so that what was counted beside them says nothing.
    Mixed,
}

/// The principals of a window.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Principals {
    /// The most that have a profile of their own.
    most: usize,
    frame: Frame,
    named: BTreeMap<String, Named>,
    other: PrincipalProfile,
    floor: u64,
}

/// One that has a profile of its own.
#[derive(Clone, Debug, Default, PartialEq)]
struct Named {
    profile: PrincipalProfile,
    /// At most so many of its records came before it had.
    missed: u64,
}

impl Named {
    fn rank(&self) -> u64 {
        self.profile.records.saturating_add(self.profile.labels).saturating_add(self.missed)
    }
}

impl Principals {
    /// None yet, at most so many with a profile of their own.
    pub fn new(most: usize) -> Self {
        Self { most, ..Self::default() }
    }

    /// Principals from their stored parts: names with their profiles and how many records may have been missed, the profile
    /// of the others, and the most records that one without a profile may have had.
    ///
    /// # Errors
    /// `InvalidData` for counts that no records have, a name that comes twice, and more names than there may be.
    pub fn from_parts(
        most: usize,
        frame: Frame,
        named: Vec<(String, PrincipalProfile, u64)>,
        other: PrincipalProfile,
        floor: u64,
    ) -> Result<Self> {
        if named.len() > most {
            return Err(Error::invalid_data(format!(
                "principals with a profile must be at most {most}, got {}",
                named.len()
            )));
        }
        other.check()?;
        let mut found = Self { most, frame, named: BTreeMap::new(), other, floor };
        for (name, profile, missed) in named {
            profile.check()?;
            if let Some(twice) = found.named.insert(name.clone(), Named { profile, missed }) {
                drop(twice);
                return Err(Error::invalid_data(format!("principal {name:?} comes twice")));
            }
        }
        Ok(found)
    }

    /// Adds what principals have been seen to ask beside a frame, each by what adds it to a profile; at most so many have a
    /// profile of their own from now on.
    pub fn add<'n, A: FnOnce(&mut PrincipalProfile)>(
        &mut self,
        most: usize,
        frame: Frame,
        seen: impl IntoIterator<Item = (&'n str, A)>,
    ) {
        self.most = most;
        self.join_frame(frame);
        let is_mixed = self.frame == Frame::Mixed;
        for (name, add) in seen {
            let profile = &mut self.entry(name).profile;
            add(profile);
            if is_mixed {
                profile.drop_framed();
            }
        }
        self.prune();
    }

    /// Adds what others have seen; the larger number of principals has profiles.
    pub fn merge(&mut self, other: &Self) {
        self.most = self.most.max(other.most);
        self.join_frame(other.frame);
        let (floor, added_floor) = (self.floor, other.floor);
        for (name, own) in &mut self.named {
            if !other.named.contains_key(name) {
                own.missed = own.missed.saturating_add(added_floor);
            }
        }
        for (name, added) in &other.named {
            let mut added = added.clone();
            if self.frame == Frame::Mixed {
                added.profile.drop_framed();
            }
            let own = self
                .named
                .entry(name.clone())
                .or_insert_with(|| Named { profile: PrincipalProfile::default(), missed: floor });
            own.profile.merge(&added.profile);
            own.missed = own.missed.saturating_add(added.missed);
        }
        let mut rest = other.other.clone();
        if self.frame == Frame::Mixed {
            rest.drop_framed();
        }
        self.other.merge(&rest);
        self.floor = floor.saturating_add(added_floor);
        self.prune();
    }

    fn entry(&mut self, name: &str) -> &mut Named {
        let missed = self.floor;
        let new = || Named { profile: PrincipalProfile::default(), missed };
        self.named.entry(name.to_owned()).or_insert_with(new)
    }

    fn join_frame(&mut self, added: Frame) {
        self.frame = match (self.frame, added) {
            (frame, Frame::None) | (Frame::None, frame) => frame,
            (Frame::Known(own), Frame::Known(other)) if own == other => Frame::Known(own),
            _ => {
                self.named.values_mut().for_each(|named| named.profile.drop_framed());
                self.other.drop_framed();
                Frame::Mixed
            }
        };
    }

    /// Leaves a profile of their own to those with most records, of equally many to those first in order.
    fn prune(&mut self) {
        let Some(too_many) = self.named.len().checked_sub(self.most).filter(|count| *count > 0) else {
            return;
        };
        let mut ranks: Vec<(u64, std::cmp::Reverse<&String>)> =
            self.named.iter().map(|(name, named)| (named.rank(), std::cmp::Reverse(name))).collect();
        ranks.select_nth_unstable(too_many - 1);
        let leaving: Vec<String> = ranks[..too_many].iter().map(|(_, name)| name.0.clone()).collect();
        for name in leaving {
            if let Some(left) = self.named.remove(&name) {
                self.floor = self.floor.max(left.rank());
                self.other.merge(&left.profile);
            }
        }
    }

    /// Those with a profile of their own, by name.
    pub fn named(&self) -> impl ExactSizeIterator<Item = (&str, &PrincipalProfile)> {
        self.named.iter().map(|(name, named)| (name.as_str(), &named.profile))
    }

    /// How many records of each of these may have come before it had a profile of its own, in the same order.
    pub fn missed(&self) -> impl ExactSizeIterator<Item = u64> {
        self.named.values().map(|named| named.missed)
    }

    /// Records of all.
    pub fn records(&self) -> u64 {
        let named = self.named.values().map(|named| named.profile.records);
        named.fold(self.other.records, u64::saturating_add)
    }

    /// What was seen of all others.
    pub fn other(&self) -> &PrincipalProfile {
        &self.other
    }

    /// The most records and labels that one without a profile of its own may have had.
    pub fn floor(&self) -> u64 {
        self.floor
    }

    /// The most that have a profile of their own.
    pub fn most(&self) -> usize {
        self.most
    }

    /// What scores and features were looked at beside.
    pub fn frame(&self) -> Frame {
        self.frame
    }

    /// Whether nothing was seen.
    pub fn is_empty(&self) -> bool {
        self.named.is_empty() && self.other.records == 0 && self.other.labels == 0
    }
}
