use std::collections::BTreeMap;

use steadfast_core::connection::SocketId;

/// What a server does with those who come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Everything vanishes: nothing is answered, nothing is closed.
    BlackHole,
    /// The process is gone: dials are refused.
    Down,
    /// Dials are accepted, pings answered, messages taken and echoed.
    Up,
}

/// The far end of every link.
#[derive(Debug)]
pub struct Server {
    /// What it does at present.
    pub mode: Mode,
    /// The messages it has received, by client, in order of arrival.
    pub received: BTreeMap<usize, Vec<u64>>,
    /// The sockets that are open.
    pub(super) sockets: Vec<(usize, SocketId)>,
}

impl Default for Server {
    fn default() -> Self {
        Self { mode: Mode::Up, received: BTreeMap::new(), sockets: Vec::new() }
    }
}

impl Server {
    /// What a client's messages were, in order of arrival.
    #[must_use]
    pub fn received_from(&self, client: usize) -> &[u64] {
        self.received.get(&client).map_or(&[], Vec::as_slice)
    }
}
