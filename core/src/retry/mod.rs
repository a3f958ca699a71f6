//! When to try again.
//!
//! A [`RetryStrategy`] says how waits grow; a [`Backoff`] is where one operation stands on it. Each
//! operation has a backoff and a generator of its own, so two clients never share a sequence.

mod attempts;
mod backoff;
mod custom;
mod failure;
#[cfg(feature = "serde")]
mod form;
mod history;
mod jitter;
mod manager;
mod operation;
mod policy;
mod running;
mod strategy;
mod throttle;
mod verdict;

pub use attempts::Attempts;
pub use backoff::Backoff;
pub(crate) use backoff::Course;
pub use custom::{Custom, FailedAttempt};
pub use failure::{Failure, FailureClass};
#[cfg(feature = "serde")]
pub use form::StrategyForm;
pub use history::{AttemptOutcome, AttemptRecord, RetryStats};
pub use jitter::Jitter;
pub use manager::{OperationKey, OperationState, RetryManager, RetryManagerConfig};
pub use operation::OperationId;
pub use policy::RetryPolicy;
pub use strategy::{Adaptive, Exponential, Fixed, Guarded, Linear, RetryStrategy};
pub use throttle::{Throttle, ThrottleConfig, Withdrawal};
pub use verdict::{GiveUp, Verdict};
