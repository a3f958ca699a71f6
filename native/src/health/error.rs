use steadfast_core::health;

/// Something asked of a monitor was refused. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HealthError {
    /// The monitor was closed.
    #[error("the monitor is closed")]
    Closed,
    /// There is no such alert, or not in a state in which this can be said.
    #[error(transparent)]
    Refused(#[from] health::HealthError),
}

impl HealthError {
    /// The stable name of this refusal, the same in Rust and in JavaScript.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Closed => "health.closed",
            Self::Refused(error) => error.code(),
        }
    }
}
