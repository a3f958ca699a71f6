use std::num::NonZeroU32;
use std::time::Duration;

/// What a [`Proxy`](super::Proxy) does to bytes, in both directions. By default nothing but to hand
/// them on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Conduct {
    /// One bit is turned over in each run of that many bytes.
    pub corrupt: Option<NonZeroU32>,
    /// How long bytes are on their way. They arrive in order, and do not wait for each other.
    pub delay: Duration,
    /// Nothing is handed on, and nothing ends, for as long as this holds: a black hole.
    pub holds: bool,
    /// New connections are reset at once.
    pub refuses: bool,
    /// At most that many bytes a second.
    pub throttle: Option<NonZeroU32>,
}

impl Conduct {
    /// A black hole.
    #[must_use]
    pub fn black_hole() -> Self {
        Self { holds: true, ..Self::default() }
    }

    /// Damages one bit in each run of that many bytes.
    #[must_use]
    pub fn corrupting(every: NonZeroU32) -> Self {
        Self { corrupt: Some(every), ..Self::default() }
    }

    /// Hands bytes on so long after they came.
    #[must_use]
    pub fn delaying(delay: Duration) -> Self {
        Self { delay, ..Self::default() }
    }

    /// Resets new connections.
    #[must_use]
    pub fn refusing() -> Self {
        Self { refuses: true, ..Self::default() }
    }

    /// Lets through at most that many bytes a second.
    #[must_use]
    pub fn throttling(bytes_a_second: NonZeroU32) -> Self {
        Self { throttle: Some(bytes_a_second), ..Self::default() }
    }
}
