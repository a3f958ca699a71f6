//! A month of a mixed fleet, in simulated time: native and web clients on good and bad paths, with sleeps, hidden
//! pages, clocks that are set, dead links, network holes and restarts of the server.
//!
//! Every client is a real [`Connection`](steadfast_core::connection::Connection) behind the real
//! [`Clock`](steadfast_core::time::Clock), driven as the drivers do. Clients share nothing but the moments at which the
//! server restarts, so each one lives its month alone. The rules that hold whatever happens are checked on the way:
//!
//! - A client never has two sockets, and what it does with one it does while it has it.
//! - A deadline is ahead, and no client wakes up in a loop.
//! - Messages arrive in the order in which they were sent.
//! - What waits is bounded.

mod client;
mod link;
mod path;
mod rules;
mod schedule;
mod tally;

pub use self::client::{Platform, live};
pub use self::path::Path;
pub use self::tally::Tally;
