//! Changes of alerts are sent elsewhere by webhooks: to the receiver of the configuration, signed
//! as [Standard Webhooks](https://www.standardwebhooks.com) say, and to those that organisations have
//! set up, in the form that each takes.
//!
//! A message is written into an outbox in the same commit as what it tells of: so each is there
//! once, and outlives the collector. One collector of those that share a database sends them, and
//! tries again, with the core's back-off, until they are taken. A message whose answer got lost is
//! sent once more under the same id.

mod alertmanager;
mod client;
mod endpoint;
mod message;
mod pagerduty;
mod sender;
mod signature;
mod slack;
mod words;

pub use client::{Refused, WebhookClient};
pub use endpoint::{Endpoint, EndpointError, EndpointSecret, Format, UnknownFormat};
pub use message::{Message, OutboxMessage, Settled};
pub use sender::Sender;
pub use signature::Secret;

/// The most messages that wait to be taken. What comes beyond is not told.
pub const MAX_WAITING: u32 = 10_000;

/// The most messages that wait for one receiver that an organisation has set up.
pub const MAX_WAITING_FOR_ENDPOINT: u32 = 1000;
