use super::cause::Cause;

/// Why a session has failed: no link is dialled until the user asks for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SessionFailure {
    /// Why the last loss was the last.
    pub reason: FailureReason,
    /// The last loss: how the last link went down, or why the last dial failed.
    pub cause: Cause,
}

/// Why the last loss of a session was the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum FailureReason {
    /// There were
    /// [`max_reconnect_attempts`](super::ConnectionConfig::max_reconnect_attempts) attempts.
    AttemptsExhausted,
    /// The peer's close code is one of
    /// [`fatal_close_codes`](super::ConnectionConfig::fatal_close_codes), or another link has taken
    /// the session over under `steadfast.v1` (4409).
    FinalCloseCode,
    /// The HTTP status of the refused upgrade is one of
    /// [`fatal_statuses`](super::ConnectionConfig::fatal_statuses).
    FinalStatus,
}

impl FailureReason {
    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AttemptsExhausted => "attempts_exhausted",
            Self::FinalCloseCode => "final_close_code",
            Self::FinalStatus => "final_status",
        }
    }
}
