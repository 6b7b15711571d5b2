//! Threads that share the columns of a large batch.

use std::sync::{Arc, Mutex};

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::{EngineError, Result};
use crate::producer::lock;

/// Fewer values than this are done before another thread has woken up.
const MIN_VALUES: usize = 8192;

/// A pool of threads, which work beside the one that calls, or none: everything then happens on that one.
#[derive(Debug, Clone, Default)]
pub struct Workers {
    pool: Option<Arc<ThreadPool>>,
}

impl Workers {
    /// So many threads, the one that calls among them; with one there is no pool.
    ///
    /// # Errors
    /// [`EngineError::Limit`] if the operating system gives no more threads.
    pub fn new(threads: usize) -> Result<Self> {
        if threads <= 1 {
            return Ok(Self::default());
        }
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads - 1)
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
                share(pool, tasks, &call);
            }
            _ => tasks.into_iter().for_each(call),
        }
    }
}

/// The calling thread begins at once, the others as they wake up. It takes tasks from the front and they from the back,
/// so that of two threads each mostly has the columns that it had before, and their sketches in its cache.
fn share<T: Send>(pool: &ThreadPool, tasks: Vec<T>, call: &(impl Fn(T) + Sync + Send)) {
    let others = pool.current_num_threads().min(tasks.len() - 1);
    let left = Mutex::new(tasks.into_iter());
    let (first, last) = (|| lock(&left).next(), || lock(&left).next_back());
    pool.in_place_scope(|scope| {
        for _ in 0..others {
            scope.spawn(|_| std::iter::from_fn(last).for_each(call));
        }
        std::iter::from_fn(first).for_each(call);
    });
}
