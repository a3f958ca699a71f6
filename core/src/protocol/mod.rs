//! The sub-protocol `steadfast.v1`: delivery that survives reconnects.
//!
//! A WebSocket delivers in order, and says nothing about what a link that broke had delivered. Where
//! both ends speak this sub-protocol they count the application messages of each direction. Each
//! tells the other how many it has received, and keeps what was not acknowledged. After a reconnect
//! the client says [`Hello`] with a token, the server answers [`Welcome`], both say how far they
//! got, and the rest is sent again: once, and in order. The numbers are implicit, as in XEP-0198
//! (Stream Management), so an application message goes over the wire as it is.
//!
//! `docs/protocol.md` has the rules in full. Here are
//!
//! | what | its idea |
//! |---|---|
//! | [`Frame`] | the control frames, read and written |
//! | [`Incoming`], [`Outgoing`] | the counts of one direction, at its end and at its beginning |
//! | [`DeliveryTracker`] | a client's part of it |
//! | [`server`] | a server's part of it |
//! | [`close`](mod@close) | the close codes |

pub mod close;
mod counts;
mod delivery;
mod error;
mod frame;
mod hint;
mod json;
pub mod server;
mod token;
mod write;

pub use counts::{AckConfig, CountError, Incoming, Outgoing};
pub use delivery::{DeliveryError, DeliverySnapshot, DeliveryTracker, Resumption};
pub use error::FrameError;
pub use frame::{Frame, Hello, Welcome};
pub use hint::Hint;
pub use token::Token;

/// The name of the sub-protocol in `Sec-WebSocket-Protocol`.
pub const SUBPROTOCOL: &str = "steadfast.v1";
