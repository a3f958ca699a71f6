use alloc::string::String;

use crate::error::ConfigError;

/// A report was refused. Nothing of it was taken.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// The batch id is not one.
    #[error("batchId is {0:?}; allowed are 1 to 64 of A-Z a-z 0-9 _ -")]
    BatchId(String),
    /// More events than a report may carry.
    #[error("events has {count} entries; allowed are at most {max}")]
    Events {
        /// How many there are.
        count: usize,
        /// The bound.
        max: usize,
    },
    /// The share of sessions that report is not a share.
    #[error("sampling is {0}; allowed is more than 0 and at most 1")]
    Sampling(f64),
    /// The session makes no sense.
    #[error("session: {0}")]
    Session(#[from] ConfigError),
    /// A version that this side does not know.
    #[error("version is {0}; only 1 is known")]
    Version(u32),
    /// The window ends before it begins.
    #[error("window ends before it begins")]
    Window,
}

impl ReportError {
    /// The stable name of this refusal, the same in Rust and in JavaScript.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::BatchId(_) => "report.batch_id",
            Self::Events { .. } => "report.events",
            Self::Sampling(_) => "report.sampling",
            Self::Session(_) => "report.session",
            Self::Version(_) => "report.version",
            Self::Window => "report.window",
        }
    }
}
