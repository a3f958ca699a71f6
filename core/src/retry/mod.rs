//! When to try again.

mod delay;
mod strategy;

pub use delay::delay;
pub use strategy::{Exponential, Jitter, RetryStrategy};
