//! The place of a loaded model: taken out while a call awaits, gone once it is disposed.

use std::cell::{Cell, RefCell};
use std::ops::{Deref, DerefMut};

use unmask_engine::{Error, Result};

/// Holds a `T` that one asynchronous call at a time may borrow mutably. A `RefCell` alone would
/// have to stay borrowed over an await, and panic when JavaScript calls in meanwhile.
pub struct Slot<T> {
    value: RefCell<Option<T>>,
    disposed: Cell<bool>,
}

impl<T> Slot<T> {
    /// A slot that holds `value`.
    pub fn new(value: T) -> Self {
        Self {
            value: RefCell::new(Some(value)),
            disposed: Cell::new(false),
        }
    }

    /// Takes the value until the lease is dropped.
    ///
    /// # Errors
    /// `bad_input` while another lease lives, and after [`Self::dispose`].
    pub fn lease(&self) -> Result<Lease<'_, T>> {
        let value = self.value.take().ok_or_else(|| self.absent())?;
        Ok(Lease {
            slot: self,
            value: Some(value),
        })
    }

    /// Drops the value, now or when its lease ends.
    pub fn dispose(&self) {
        self.disposed.set(true);
        drop(self.value.take());
    }

    fn absent(&self) -> Error {
        Error::bad_input(if self.disposed.get() {
            "the model was disposed; load it again"
        } else {
            "the model is busy with another call; wait for that to end"
        })
    }
}

/// A value on loan from its slot.
pub struct Lease<'a, T> {
    slot: &'a Slot<T>,
    /// `Some` until dropped.
    value: Option<T>,
}

impl<T> Drop for Lease<'_, T> {
    fn drop(&mut self) {
        if !self.slot.disposed.get() {
            *self.slot.value.borrow_mut() = self.value.take();
        }
    }
}

impl<T> Deref for Lease<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value
            .as_ref()
            .expect("a lease holds its value until it is dropped")
    }
}

impl<T> DerefMut for Lease<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.value
            .as_mut()
            .expect("a lease holds its value until it is dropped")
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::Slot;

    #[test]
    fn a_value_is_leased_once_and_comes_back() {
        let slot = Slot::new(1);
        let mut lease = slot.lease().unwrap();
        *lease += 1;
        assert!(slot.lease().err().unwrap().message.contains("busy"));
        drop(lease);
        assert_eq!(*slot.lease().unwrap(), 2);
    }

    #[test]
    fn disposing_drops_at_once_or_with_the_lease() {
        let value = Rc::new(());
        let slot = Slot::new(Rc::clone(&value));
        let lease = slot.lease().unwrap();
        slot.dispose();
        assert_eq!(Rc::strong_count(&value), 2);
        drop(lease);
        assert_eq!(Rc::strong_count(&value), 1);
        assert!(slot.lease().err().unwrap().message.contains("disposed"));

        let slot = Slot::new(Rc::clone(&value));
        slot.dispose();
        assert_eq!(Rc::strong_count(&value), 1);
    }
}
