//! The control frames of `steadfast.v1`, which JavaScript reads and writes: see frames.js.

use std::time::Duration;

use steadfast_core::heartbeat::PingId;
use steadfast_core::protocol::{Frame, Hello, Hint, Token, Welcome};
use steadfast_core::time::duration_from_millis;

use crate::sink::Sink;

const ACK: u8 = 0;
const HELLO: u8 = 1;
const HINT: u8 = 2;
const PING: u8 = 3;
const PONG: u8 = 4;
const WELCOME: u8 = 5;
/// A frame of a kind that is not known.
pub(super) const UNKNOWN: u8 = 6;

/// A frame of this kind, whose members JavaScript has checked. None if there was none.
pub(super) fn frame(kind: u8, numbers: [f64; 3], token: Option<String>) -> Option<Frame> {
    let [first, second, third] = numbers;
    // A cast from a float saturates.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let received = first as u64;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let id = PingId(first as u32);
    Some(match kind {
        ACK => Frame::Ack { received },
        // No server says it, so nobody asks for its session.
        HELLO => Frame::Hello(Hello { session: String::new(), token: None, received }),
        HINT => Frame::Hint(Hint {
            retry_after: wait(first),
            spread: wait(second),
            max_idle: wait(third),
        }),
        PING => Frame::Ping { id },
        PONG => Frame::Pong { id },
        WELCOME => Frame::Welcome(Welcome {
            token: Token::new(token?)?,
            received,
            resumed: second > 0.0,
            max_idle: wait(third),
        }),
        _ => return None,
    })
}

/// Says a frame. A client has three.
pub(super) fn say(sink: &Sink, frame: &Frame) {
    match frame {
        Frame::Ack { received } => sink.say(ACK, *received as f64, None, None),
        Frame::Hello(Hello { session, token, received }) => {
            sink.say(HELLO, *received as f64, Some(session), token.as_ref().map(Token::as_str));
        }
        Frame::Pong { id } => sink.say(PONG, id.0.into(), None, None),
        _ => {}
    }
}

/// A wait in seconds, none if it is negative.
fn wait(seconds: f64) -> Option<Duration> {
    (seconds >= 0.0).then(|| duration_from_millis(seconds * 1e3).min(Hint::LONGEST))
}
