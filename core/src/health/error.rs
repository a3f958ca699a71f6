use super::alert::AlertState;

/// Something asked of a monitor was refused. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HealthError {
    /// The alert is not one that can be acknowledged.
    #[error("alert {id} is {}; only one that is FIRING can be acknowledged", state.as_str())]
    NotFiring {
        /// Its number.
        id: u32,
        /// How far it is.
        state: AlertState,
    },
    /// There is no such alert, or no more.
    #[error("there is no alert {0}")]
    UnknownAlert(u32),
}

impl HealthError {
    /// The stable name of this refusal, the same in Rust and in JavaScript.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFiring { .. } => "health.not_firing",
            Self::UnknownAlert(_) => "health.unknown_alert",
        }
    }
}
