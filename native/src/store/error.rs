use std::fmt::Display;

use steadfast_core::outbox::MessageId;
use steadfast_core::snapshot::{RestoreError, SnapshotError};

/// Something is wrong with what is kept for a connection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The connection has ended, and nothing more is written: it was dropped, or the runtime that
    /// it was opened in has ended.
    #[error("the connection has ended")]
    Closed,
    /// The store could not be read or written.
    #[error("the store failed: {0}")]
    Failed(String),
    /// Another process has it open.
    #[error("the store is in use by another process")]
    InUse,
    /// A message cannot be read any more. It is dropped.
    #[error("message {} is damaged", message.0)]
    Message {
        /// Its number.
        message: MessageId,
    },
    /// The connection was given no store.
    #[error("there is no store")]
    None,
    /// The stored record is of another session than the requested one.
    #[error(transparent)]
    Restore(#[from] RestoreError),
    /// What is kept cannot be read.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
}

impl StoreError {
    /// The store failed, for this reason. It is logged: nothing secret.
    pub fn failed(reason: impl Display) -> Self {
        Self::Failed(reason.to_string())
    }

    /// The stable name of this error, the same in Rust and in JavaScript.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Closed => "connection.closed",
            Self::Failed(_) => "store.failed",
            Self::InUse => "store.in_use",
            Self::Message { .. } => "store.message",
            Self::None => "store.none",
            Self::Restore(error) => error.code(),
            Self::Snapshot(error) => error.code(),
        }
    }
}
