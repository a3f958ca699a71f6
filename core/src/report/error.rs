use alloc::string::String;

use super::{Advice, Report};
use crate::error::ConfigError;

/// A report was refused. Nothing of it was taken.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// The batch id is not one.
    #[error("batchId is {0:?}; allowed are 1 to 64 of A-Z a-z 0-9 _ -")]
    BatchId(String),
    /// More than can have happened within the window.
    #[error("activity.{field} is {value}; allowed are at most {max} in this window")]
    Count {
        /// The count that is too large.
        field: &'static str,
        /// Its value.
        value: u64,
        /// Its maximum.
        max: u64,
    },
    /// More events than a report may carry.
    #[error("events has {count} entries; allowed are at most {max}")]
    Events {
        /// How many there are.
        count: usize,
        /// The bound.
        max: usize,
    },
    /// More missing events than there can be.
    #[error("eventsDropped is {0}; allowed are at most {max}", max = Report::MAX_EVENTS_DROPPED)]
    EventsDropped(u64),
    /// A round-trip time that none can have.
    #[error("activity.latency has {millis} ms; allowed are at most {max} ms")]
    Latency {
        /// The longest of them, in milliseconds.
        millis: f64,
        /// The bound.
        max: f64,
    },
    /// No collector asks for that share of windows.
    #[error("sampling is {0}; allowed is {least} to 1", least = Advice::LEAST_SAMPLING)]
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
            Self::Count { .. } => "report.count",
            Self::Events { .. } => "report.events",
            Self::EventsDropped(_) => "report.events_dropped",
            Self::Latency { .. } => "report.latency",
            Self::Sampling(_) => "report.sampling",
            Self::Session(_) => "report.session",
            Self::Version(_) => "report.version",
            Self::Window => "report.window",
        }
    }
}
