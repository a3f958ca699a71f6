use std::sync::Arc;

use bytes::Bytes;

use crate::message::Message;

/// What can be sent.
///
/// A link that dies may have to be followed by another that is given the same thing, so clones
/// have to be cheap: put into an [`Arc`] what is not.
pub trait Payload: Clone + Send + 'static {
    /// The length in bytes, by which the outbox is bounded. An estimate will do where nobody knows
    /// before it is written.
    fn size(&self) -> usize;
}

impl Payload for Message {
    fn size(&self) -> usize {
        self.len()
    }
}

impl Payload for Bytes {
    fn size(&self) -> usize {
        self.len()
    }
}

impl Payload for String {
    fn size(&self) -> usize {
        self.len()
    }
}

impl Payload for Vec<u8> {
    fn size(&self) -> usize {
        self.len()
    }
}

impl Payload for Arc<str> {
    fn size(&self) -> usize {
        self.len()
    }
}

impl<P: Payload + Sync> Payload for Arc<P> {
    fn size(&self) -> usize {
        P::size(self)
    }
}
