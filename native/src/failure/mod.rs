//! What is known of failures: whether a call may be tried again, and whether it counts against a circuit. Retries and
//! breakers judge by the same rules.

mod answer;
mod circuit;
mod classify;
#[cfg(feature = "tonic")]
mod grpc;
mod known;

pub use answer::retry_after;
pub use circuit::CircuitError;
pub use classify::{Class, Classify, HttpAnswers, Known, RetryAfter, RetryIf};
#[cfg(feature = "tower")]
pub(crate) use known::was_never_sent;
