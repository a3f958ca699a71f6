//! What becomes of alerts is told elsewhere by webhooks, signed as
//! [Standard Webhooks](https://www.standardwebhooks.com) say.
//!
//! A message is written into an outbox in the same commit as what it tells of: so each is there
//! once, and outlives the collector. One collector of those that share a database sends them, and
//! tries again, with the core's back-off, until they are taken. A message whose answer got lost is
//! sent once more under the same id.

mod message;
mod sender;
mod signature;

pub use message::{Message, OutboxMessage, Settled};
pub use sender::Sender;
pub use signature::Secret;

/// The most messages that wait to be taken. What comes beyond is not told.
pub const MAX_WAITING: u32 = 10_000;
