use bytes::Bytes;

use crate::connector::Payload;
use crate::message::Message;

/// A message that can be kept as bytes.
pub trait Persist: Payload {
    /// The bytes to keep. Called on a thread that may block.
    fn to_bytes(&self) -> Vec<u8>;

    /// Reads what [`to_bytes`](Self::to_bytes) wrote, maybe by an earlier version of the program;
    /// absent for what makes no sense.
    fn from_bytes(bytes: Vec<u8>) -> Option<Self>;
}

/// How messages of a type are kept.
pub(crate) struct Codec<M> {
    pub(crate) encode: fn(&M) -> Vec<u8>,
    pub(crate) decode: fn(Vec<u8>) -> Option<M>,
}

impl<M: Persist> Codec<M> {
    pub(crate) fn new() -> Self {
        Self { encode: M::to_bytes, decode: M::from_bytes }
    }
}

impl<M> Clone for Codec<M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M> Copy for Codec<M> {}

impl Persist for Message {
    fn to_bytes(&self) -> Vec<u8> {
        // What kind it is stands behind, so that reading moves nothing.
        let kind = match self {
            Self::Binary(_) => b'b',
            Self::Text(_) => b't',
        };
        let mut bytes = Vec::with_capacity(self.len() + 1);
        bytes.extend_from_slice(self.as_bytes());
        bytes.push(kind);
        bytes
    }

    fn from_bytes(mut bytes: Vec<u8>) -> Option<Self> {
        match bytes.pop()? {
            b'b' => Some(Self::binary(bytes)),
            b't' => Some(Self::text(String::from_utf8(bytes).ok()?)),
            _ => None,
        }
    }
}

impl Persist for Bytes {
    fn to_bytes(&self) -> Vec<u8> {
        self.to_vec()
    }

    fn from_bytes(bytes: Vec<u8>) -> Option<Self> {
        Some(bytes.into())
    }
}

impl Persist for String {
    fn to_bytes(&self) -> Vec<u8> {
        self.clone().into_bytes()
    }

    fn from_bytes(bytes: Vec<u8>) -> Option<Self> {
        Self::from_utf8(bytes).ok()
    }
}

impl Persist for Vec<u8> {
    fn to_bytes(&self) -> Vec<u8> {
        self.clone()
    }

    fn from_bytes(bytes: Vec<u8>) -> Option<Self> {
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_as_they_were_written() {
        for message in [Message::text("täxt"), Message::text(""), Message::binary(vec![0, 255])] {
            assert_eq!(Message::from_bytes(message.to_bytes()), Some(message));
        }
        for damaged in [vec![], vec![b'x'], vec![255, b't']] {
            assert_eq!(Message::from_bytes(damaged), None);
        }
    }
}
