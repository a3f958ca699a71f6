/// How a [`Connection`](crate::Connection) was closed: see
/// [`Connection::close`](crate::Connection::close).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Closed {
    /// The number of messages that could not be sent within the limit: no socket has taken them or,
    /// where the server acknowledges messages, it has not acknowledged them. They are kept, and sent
    /// after a [`reconnect`](crate::Connection::reconnect).
    pub unsent: usize,
}
