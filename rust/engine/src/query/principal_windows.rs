//! What is kept of each window where a question asks who probes a model.

use std::collections::BTreeMap;

use driftline_sketches::ColumnProfile;
use driftline_sketches::principals::Principals;

use super::by_window::ByWindow;
use crate::error::{EngineError, Result};
use crate::role::Role;
use crate::rollup::Window;

/// The most profiles of principals that are kept at once, of up to some kilobytes each.
const MOST_PROFILES: usize = 2_000_000;

/// The principals of each window.
#[derive(Debug, Clone, Default)]
pub(crate) struct PrincipalWindows {
    /// Records, by start and length of the window in nanoseconds.
    pub(crate) records: BTreeMap<Window, u64>,
    /// Principals, where they were counted.
    pub(crate) principals: BTreeMap<Window, Principals>,
    profiles: usize,
}

impl ByWindow for PrincipalWindows {
    fn cover(&mut self, window: Window, records: u64) {
        *self.records.entry(window).or_default() += records;
    }

    fn add_column(&mut self, _: &str, _: Role, _: Window, _: &ColumnProfile) -> Result<()> {
        Ok(())
    }

    fn add_principals(&mut self, window: Window, principals: &Principals) -> Result<()> {
        let known = self.principals.entry(window).or_default();
        let before = known.named().len();
        known.merge(principals);
        self.profiles += known.named().len().saturating_sub(before);
        if self.profiles > MOST_PROFILES {
            return Err(EngineError::InvalidArgument(format!(
                "signals of at most {MOST_PROFILES} principals, those of every window apart, can be asked for at once; ask for \
                 a shorter range"
            )));
        }
        Ok(())
    }
}
