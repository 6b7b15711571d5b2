//! What a flush reads while it may change.

use std::sync::Arc;

/// A value that is lent out as it is now, and copied only if it changes while somebody has it.
///
/// It is owned until it is lent. An [`Arc`] from the start would ask at each change whether anybody has it, by an
/// instruction that waits for everything before it to be written.
#[derive(Debug, Default)]
pub(super) struct Lent<T> {
    /// The value, unless it has been lent since it changed.
    owned: T,
    lent: Option<Arc<T>>,
}

impl<T: Clone + Default> Lent<T> {
    #[inline]
    pub(super) fn get(&self) -> &T {
        self.lent.as_deref().unwrap_or(&self.owned)
    }

    #[inline]
    pub(super) fn get_mut(&mut self) -> &mut T {
        if self.lent.is_some() {
            self.own();
        }
        &mut self.owned
    }

    #[cold]
    fn own(&mut self) {
        if let Some(lent) = self.lent.take() {
            self.owned = Arc::unwrap_or_clone(lent);
        }
    }

    /// The value as it is now, for somebody who keeps it.
    pub(super) fn lend(&mut self) -> Self {
        let lent = self.lent.get_or_insert_with(|| Arc::new(std::mem::take(&mut self.owned)));
        Self { owned: T::default(), lent: Some(Arc::clone(lent)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lent_stays_as_it_was() {
        let mut list: Lent<Vec<u8>> = Lent::default();
        list.get_mut().push(1);
        let before = list.lend();
        let again = list.lend();
        list.get_mut().push(2);
        assert_eq!((before.get(), again.get(), list.get()), (&vec![1], &vec![1], &vec![1, 2]));
    }

    #[test]
    fn what_is_given_back_is_not_copied() {
        let mut list: Lent<Vec<u8>> = Lent::default();
        list.get_mut().push(1);
        let place = list.get().as_ptr();
        drop(list.lend());
        list.get_mut()[0] = 2;
        assert_eq!(list.get().as_ptr(), place);
    }
}
