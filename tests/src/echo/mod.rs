//! An echo server that misbehaves on request.
//!
//! It speaks WebSocket at `/`: whatever comes, text or binary, goes back, and an application ping
//! `{"steadfast":"ping","id":7}` is answered by its pong. With a client that offers the sub-protocol
//! `steadfast.v1` it speaks the whole of it, so that nothing is lost with a link. On the same port `/control` tells how to
//! behave:
//!
//! | request | effect |
//! |---|---|
//! | `GET /control` | `{"mode":"normal","connections":3,"echoed":120}` |
//! | `POST /control` `{"mode":"normal"}` | all is well |
//! | `POST /control` `{"mode":"refuse"}` | new connections are answered 503; open ones go on |
//! | `POST /control` `{"mode":"blackhole"}` | old and new connections stay open, and nothing more is read or answered |
//! | `POST /control` `{"mode":"delay","delayMillis":250}` | whatever a client sends arrives so much later |
//! | `POST /control/drop` | every open connection is reset |
//!
//! The misbehaviour is one of the [`line`], below the WebSocket: so pings of the protocol are
//! swallowed or late just as messages are.

mod control;
mod http;
mod line;
mod server;
mod socket;

pub use control::{ControlError, Mode};
pub use server::EchoServer;
