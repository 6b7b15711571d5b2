//! What an engine does to stay within its budget.

use std::sync::Arc;

use super::forecast::cell_bytes;
use super::{Budget, Level, Relief, Reservation, Treatment};
use crate::batch::Batch;
use crate::engine::{Engine, Origin};
use crate::error::{EngineError, Result};
use crate::model::Model;
use crate::plan::Plan;
use crate::producer::lock;

/// Share of the limit, in percent, that the cells of one request may take, and up to which they are not counted.
const MOST_PERCENT: u64 = 50;
const IGNORED_PERCENT: u64 = 2;

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

    /// Sets aside what the cells of a request may need, were all of them new, until what is returned is dropped.
    ///
    /// # Errors
    /// [`EngineError::Memory`] when that does not fit now; [`EngineError::Limit`] when it never would.
    pub(crate) fn reserve_cells(
        &self,
        origin: Origin<'_>,
        model: &Model,
        batches: &[Batch<'_>],
        plans: &[Arc<Plan>],
        now: i64,
    ) -> Result<Option<Reservation<'_>>> {
        if self.budget.limit().is_none() || matches!(origin, Origin::Logged(..)) {
            return Ok(None);
        }
        let ignored = self.budget.percent(IGNORED_PERCENT);
        let of_each = batches.iter().zip(plans);
        let bytes = of_each.map(|(batch, plan)| cell_bytes(batch, plan, &model.monitor, now, ignored)).sum();
        let most = self.budget.percent(MOST_PERCENT);
        if bytes > most {
            return Err(EngineError::Limit(format!(
                "the windows and segments of one batch may take {most} bytes, half of memory_bytes, and these would take \
                 {bytes}; send fewer at a time, or sort records by time first"
            )));
        }
        self.budget.reserve(bytes).map(Some)
    }

    /// How a batch of a model is to be counted: as it was, or as memory allows.
    pub(crate) fn treatment(&self, origin: Origin<'_>, model: &Model) -> Treatment {
        match origin {
            Origin::Logged(_, treatment) => treatment,
            Origin::Sent(_) => Treatment {
                overflows: self.budget.level() >= Level::Tight,
                releases: self.joins.is_over(model.join_bytes, &self.budget),
            },
        }
    }

    /// Notes what the join of a model and its lists take now.
    pub(crate) fn note_join(&self, model: &mut Model) {
        let bytes = model.join.bytes() + model.queries.bytes();
        self.joins.change(std::mem::replace(&mut model.join_bytes, bytes), bytes);
    }
}
