//! What outlives the process.

mod error;
mod sqlite;

pub use error::StoreError;
pub use sqlite::SqliteStore;

/// What became of a report that was handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was stored already, and counts no second time.
    Duplicate,
    /// It is stored now.
    Stored,
}
