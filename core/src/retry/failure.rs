use core::time::Duration;

/// Why an attempt failed, as far as it matters for the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What kind of failure it was.
    pub class: FailureClass,
    /// How long the other side asked to be left alone (`Retry-After`).
    pub retry_after: Option<Duration>,
    /// Over how long it asked those who come back to spread, from then on.
    pub spread: Option<Duration>,
    /// Whether another attempt may be made. If not, the failure still counts against the peer, for
    /// a breaker and for a throttle: the peer asked for no retry, or the request may have been
    /// processed and must not be repeated.
    pub repeatable: bool,
}

/// What kind of failure it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum FailureClass {
    /// The other side has too much to do, or seems to: HTTP 429 or 503, WebSocket 1013, a dial that
    /// failed after seconds of silence. Trying again soon makes it worse.
    Overload,
    /// Waiting does not mend it: no such path, a certificate that is not accepted, a server that is
    /// no WebSocket server. Somebody has to change something, so it is tried ever more slowly.
    Persistent,
    /// The other side was reached and did not answer in time. Its queue is long, and a client that
    /// gives its place up starts again at the end, so the next attempt waits longer for the answer.
    Slow,
    /// Nothing says that the other side is overloaded: refused, reset, unreachable, rejected.
    Transport,
}

impl Failure {
    /// A failure of this class, without a hint.
    #[must_use]
    pub const fn new(class: FailureClass) -> Self {
        Self { class, retry_after: None, spread: None, repeatable: true }
    }

    /// The same failure, after which no other attempt may be made.
    #[must_use]
    pub const fn not_repeatable(self) -> Self {
        Self { repeatable: false, ..self }
    }
}
