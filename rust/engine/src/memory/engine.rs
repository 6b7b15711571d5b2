//! What an engine does to stay within its budget.

use super::{Budget, Level, Relief, Reservation, Treatment};
use crate::engine::{Engine, Origin};
use crate::error::Result;
use crate::model::Model;
use crate::producer::lock;

impl Engine {
    /// The limit of memory, and what is in use.
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// What was given up since the start to stay within the budget.
    pub fn relief(&self) -> Relief {
        self.relief.get()
    }

    /// Lets a request of so many bytes in, before anything is made of it, until what is returned is dropped.
    ///
    /// # Errors
    /// [`crate::error::EngineError::Memory`] when it would not fit into the budget; the refusal is counted.
    pub fn admit(&self, bytes: usize) -> Result<Reservation<'_>> {
        self.budget.reserve(bytes as u64).inspect_err(|error| {
            *lock(&self.counters).batches_rejected.entry(error.reason()).or_default() += 1;
        })
    }

    /// How a batch of a model is to be counted: as it was, or as memory allows.
    pub(crate) fn treatment(&self, origin: Origin<'_>, model: &Model) -> Treatment {
        match origin {
            Origin::Logged(treatment) => treatment,
            Origin::Sent(_) => Treatment {
                overflows: self.budget.level() >= Level::Tight,
                releases: self.joins.is_over(model.join_bytes, &self.budget),
            },
        }
    }

    /// Notes what the join of a model takes now.
    pub(crate) fn note_join(&self, model: &mut Model) {
        let bytes = model.join.bytes();
        self.joins.change(std::mem::replace(&mut model.join_bytes, bytes), bytes);
    }
}
