//! What a panic, which is always a defect of ours, may cost: the batch or the answer at hand, never the process.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `work`; a panic in it becomes a description of it.
///
/// Whoever calls answers for state that the panic left half changed: see [`crate::shared`].
///
/// # Errors
/// The text of the panic, with a request to report it.
pub fn catch<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work))
        .map_err(|panic| format!("a defect in driftline, please report it: {}", text(panic.as_ref())))
}

fn text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("panic")
}

/// A place where unit tests can make the calling thread panic; nothing outside of them.
#[inline]
pub(crate) fn failpoint(name: &str) {
    #[cfg(test)]
    failpoints::hit(name);
    #[cfg(not(test))]
    let _ = name;
}

#[cfg(test)]
pub(crate) mod failpoints {
    use std::cell::Cell;

    thread_local! {
        static ARMED: Cell<Option<&'static str>> = const { Cell::new(None) };
    }

    /// The next time that this thread comes to the place, it panics.
    pub(crate) fn arm(name: &'static str) {
        ARMED.set(Some(name));
    }

    /// Whether a place that was armed has not been come to.
    pub(crate) fn is_armed() -> bool {
        ARMED.get().is_some()
    }

    pub(super) fn hit(name: &str) {
        if ARMED.get() == Some(name) {
            ARMED.set(None);
            panic!("failpoint {name}");
        }
    }
}
