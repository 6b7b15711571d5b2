//! Threads that share the columns of a large batch.

use std::sync::Arc;

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::{EngineError, Result};

/// Fewer values than this are done before another thread has woken up.
const MIN_VALUES: usize = 8192;

/// A pool of threads, or none: everything then happens on the thread that calls.
#[derive(Debug, Clone, Default)]
pub struct Workers {
    pool: Option<Arc<ThreadPool>>,
}

impl Workers {
    /// So many threads; with one there is no pool.
    ///
    /// # Errors
    /// [`EngineError::Limit`] if the operating system gives no more threads.
    pub fn new(threads: usize) -> Result<Self> {
        if threads <= 1 {
            return Ok(Self::default());
        }
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|number| format!("driftline-{number}"))
            .build()
            .map_err(|error| EngineError::Limit(format!("there can be no {threads} threads: {error}")))?;
        Ok(Self { pool: Some(Arc::new(pool)) })
    }

    /// Calls with every task, which is about `values_each` values; tasks do not see each other, so that their order
    /// does not matter.
    pub(crate) fn for_each<T: Send>(
        &self,
        tasks: Vec<T>,
        values_each: usize,
        call: impl Fn(T) + Sync + Send,
    ) {
        match &self.pool {
            Some(pool) if tasks.len() > 1 && tasks.len() * values_each >= MIN_VALUES => {
                pool.install(|| tasks.into_par_iter().with_max_len(1).for_each(call));
            }
            _ => tasks.into_iter().for_each(call),
        }
    }
}
