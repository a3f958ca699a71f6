//! What waits to be sent.

mod config;
mod queue;

pub use config::{OutboxConfig, OutboxError, Overflow};
pub(crate) use queue::{Entry, Outbox};

/// One message of one connection, numbered by the driver in the order of sending, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MessageId(pub u64);
