use std::sync::Arc;

use driftline_sketches::joint::Frame;
use driftline_sketches::{JointColumns, JointProfile};

use super::baseline::frame_of;
use crate::baseline::Baseline;

/// What is known of one column set of a version.
#[derive(Debug, Clone)]
pub struct SetState {
    /// The set: a name may come with several lists of columns, as its declaration changes.
    pub columns: Arc<JointColumns>,
    /// What the default baseline says about it.
    frame: Frame,
}

/// The column sets of a version, in order of appearance.
#[derive(Debug, Clone, Default)]
pub struct SetStates(Vec<SetState>);

impl SetStates {
    /// Numbers a set.
    pub(crate) fn intern(&mut self, columns: &Arc<JointColumns>, baseline: Option<&Baseline>) -> u32 {
        let known = self.0.iter().position(|state| state.columns == *columns);
        known.unwrap_or_else(|| {
            self.0.push(SetState { columns: Arc::clone(columns), frame: frame_of(columns, baseline) });
            self.0.len() - 1
        }) as u32
    }

    /// Counts records to come beside another baseline.
    pub(crate) fn configure(&mut self, baseline: Option<&Baseline>) {
        for state in &mut self.0 {
            state.frame = frame_of(&state.columns, baseline);
        }
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &SetState> {
        self.0.iter()
    }

    /// The profile of a set in a list of those of a cell, made when it is first needed.
    pub(crate) fn profile_mut<'p>(
        &self,
        profiles: &'p mut Vec<Option<JointProfile>>,
        id: u32,
    ) -> &'p mut JointProfile {
        let index = id as usize;
        if profiles.len() <= index {
            profiles.resize_with(index + 1, || None);
        }
        let state = &self.0[index];
        profiles[index]
            .get_or_insert_with(|| JointProfile::new(Arc::clone(&state.columns), state.frame.clone()))
    }
}
