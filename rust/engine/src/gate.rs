//! Holds batches back while something needs a state that does not move.

use std::sync::{Condvar, Mutex, PoisonError};

use crate::producer::lock;

/// Lets any number of batches in, or, while it is closed, none.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    inside: usize,
    /// How often it was closed and not opened.
    closed: usize,
}

/// Being inside.
#[derive(Debug)]
pub(crate) struct Inside<'g>(&'g Gate);

impl Gate {
    /// Goes in, once the gate is open.
    pub(crate) fn enter(&self) -> Inside<'_> {
        let state = lock(&self.state);
        let waited = self.changed.wait_while(state, |state| state.closed > 0);
        waited.unwrap_or_else(PoisonError::into_inner).inside += 1;
        Inside(self)
    }

    /// Lets nobody in any more and waits until all are out. May be called again before it is opened.
    pub(crate) fn close(&self) {
        let mut state = lock(&self.state);
        state.closed += 1;
        let waited = self.changed.wait_while(state, |state| state.inside > 0);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    /// The same until what is returned is dropped.
    pub(crate) fn closed(&self) -> Closed<'_> {
        self.close();
        Closed(self)
    }

    /// Undoes one [`Gate::close`]; does nothing when there is none.
    pub(crate) fn open(&self) {
        let mut state = lock(&self.state);
        state.closed = state.closed.saturating_sub(1);
        drop(state);
        self.changed.notify_all();
    }
}

/// The gate being closed.
#[derive(Debug)]
pub(crate) struct Closed<'g>(&'g Gate);

impl Drop for Closed<'_> {
    fn drop(&mut self) {
        self.0.open();
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        lock(&self.0.state).inside -= 1;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;

    use super::*;

    #[test]
    fn a_closed_gate_lets_nobody_in_and_waits_for_those_inside() {
        let gate = Gate::default();
        let (left, entered) = (AtomicBool::new(false), AtomicBool::new(false));
        thread::scope(|scope| {
            let inside = gate.enter();
            let closing = scope.spawn(|| {
                gate.close();
                assert!(left.load(Ordering::SeqCst));
                gate.close();
            });
            left.store(true, Ordering::SeqCst);
            drop(inside);
            assert!(closing.join().is_ok());
            let late = scope.spawn(|| {
                let _inside = gate.enter();
                entered.store(true, Ordering::SeqCst);
            });
            gate.open();
            thread::sleep(std::time::Duration::from_millis(20));
            assert!(!entered.load(Ordering::SeqCst));
            gate.open();
            assert!(late.join().is_ok());
        });
        assert!(entered.load(Ordering::SeqCst));
    }
}
