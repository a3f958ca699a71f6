//! Control frames from whatever text comes.

use std::collections::HashMap;
use std::time::Duration;

use arbitrary::Arbitrary;
use serde::de::IgnoredAny;
use steadfast_core::heartbeat::PingId;
use steadfast_core::protocol::{Frame, FrameError, Hello, Hint, Token, Welcome};

use super::case;

/// What comes over the wire, or is to be sent over it.
#[derive(Arbitrary, Debug)]
enum Case<'a> {
    Text(&'a str),
    /// An object that begins as a control frame does.
    Members(&'a str, Vec<(Name, Value<'a>)>),
    Sent(Sent<'a>),
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Name {
    Id,
    MaxIdle,
    Received,
    Resumed,
    RetryAfter,
    Session,
    Spread,
    Steadfast,
    Token,
    Unknown,
}

#[derive(Arbitrary, Debug)]
enum Value<'a> {
    Flag(bool),
    Null,
    Number(u64),
    /// Digits, a point and an exponent of whatever length.
    Long(&'a [u8]),
    Raw(&'a str),
    Text(&'a str),
}

#[derive(Arbitrary, Debug)]
enum Sent<'a> {
    Ack(u64),
    Hello { session: &'a str, token: Option<&'a str>, received: u64 },
    Hint([Option<Duration>; 3]),
    Ping(u32),
    Pong(u32),
    Welcome { token: &'a str, received: u64, resumed: bool, max_idle: Option<Duration> },
}

/// Reading never panics, agrees with another reader about what is JSON, and what was read can be
/// written and read again.
///
/// # Panics
///
/// If not.
pub fn frames(bytes: &[u8]) {
    match case(bytes) {
        Some(Case::Text(text)) => read(text),
        Some(Case::Members(kind, members)) => read(&object(kind, &members)),
        Some(Case::Sent(sent)) => {
            if let Some(frame) = sent.frame() {
                write(&frame);
            }
        }
        None => {}
    }
}

fn read(text: &str) {
    match Frame::parse(text) {
        Ok(frame) => {
            #[allow(clippy::zero_sized_map_values)]
            let other = serde_json::from_str::<HashMap<String, IgnoredAny>>(text);
            assert!(other.is_ok(), "{text:?} is no JSON: {other:?}");
            write(&frame);
        }
        Err(FrameError::Syntax { .. }) => {
            let other = serde_json::from_str::<HashMap<String, Flat>>(text);
            assert!(other.is_err(), "{text:?} is a flat object");
        }
        Err(FrameError::TooLong { .. }) => assert!(text.len() > Frame::MAX_BYTES),
        Err(_) => {}
    }
}

/// A value that is no array and no object.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Flat {
    #[expect(dead_code, reason = "what matters is that it can be read")]
    Flag(bool),
    #[expect(dead_code, reason = "what matters is that it can be read")]
    Number(f64),
    #[expect(dead_code, reason = "what matters is that it can be read")]
    Text(String),
    Null,
}

fn write(frame: &Frame) {
    let text = frame.to_text();
    assert!(Frame::is_control(&text) && text.len() <= Frame::MAX_BYTES, "{text:?}");
    let again = Frame::parse(&text);
    let expected = rounded(frame.clone());
    assert_eq!(again, Ok(expected.clone()), "{text:?}");
    assert_eq!(Frame::parse(&expected.to_text()), again, "it stays as it is");
}

/// Waits are written in whole milliseconds, rounded up.
fn rounded(frame: Frame) -> Frame {
    let up = |wait: Duration| {
        let nanos = wait.as_nanos().next_multiple_of(1_000_000);
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)).min(Hint::LONGEST)
    };
    match frame {
        Frame::Hint(Hint { retry_after, spread, max_idle }) => Frame::Hint(Hint {
            retry_after: retry_after.map(up),
            spread: spread.map(up),
            max_idle: max_idle.map(up),
        }),
        Frame::Welcome(welcome) => {
            Frame::Welcome(Welcome { max_idle: welcome.max_idle.map(up), ..welcome })
        }
        other => other,
    }
}

impl Sent<'_> {
    /// The frame, if it is one that this project may send.
    fn frame(self) -> Option<Frame> {
        let token = |text: &str| Token::new(text);
        Some(match self {
            Self::Ack(received) => Frame::Ack { received: received.min(Frame::MAX_COUNT) },
            Self::Hello { session, token: said, received } => Frame::Hello(Hello {
                // A name of a session may be whatever a token may, within half its length.
                session: token(session).filter(|_| session.len() <= 128)?.as_str().into(),
                token: said.map(|said| token(said).ok_or(())).transpose().ok()?,
                received: received.min(Frame::MAX_COUNT),
            }),
            Self::Hint([retry_after, spread, max_idle]) => {
                Frame::Hint(Hint { retry_after, spread, max_idle })
            }
            Self::Ping(id) => Frame::Ping { id: PingId(id) },
            Self::Pong(id) => Frame::Pong { id: PingId(id) },
            Self::Welcome { token: said, received, resumed, max_idle } => Frame::Welcome(Welcome {
                token: token(said)?,
                received: received.min(Frame::MAX_COUNT),
                resumed,
                max_idle,
            }),
        })
    }
}

fn object(kind: &str, members: &[(Name, Value<'_>)]) -> String {
    let mut text = format!("{}{}", Frame::PREFIX, quoted(kind));
    for (name, value) in members {
        text.extend([",\"", name.as_str(), "\":", &value.text()]);
    }
    text.push('}');
    text
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

impl Name {
    fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::MaxIdle => "maxIdle",
            Self::Received => "received",
            Self::Resumed => "resumed",
            Self::RetryAfter => "retryAfter",
            Self::Session => "session",
            Self::Spread => "spread",
            // The same name, by an escape.
            Self::Steadfast => "stead\\u0066ast",
            Self::Token => "token",
            Self::Unknown => "unknown",
        }
    }
}

impl Value<'_> {
    fn text(&self) -> String {
        match self {
            Self::Flag(flag) => flag.to_string(),
            Self::Long(bytes) => {
                let signs = b"0123456789.eE-+0";
                bytes.iter().map(|byte| char::from(signs[usize::from(byte & 15)])).collect()
            }
            Self::Null => "null".into(),
            Self::Number(number) => number.to_string(),
            Self::Raw(raw) => (*raw).into(),
            Self::Text(text) => quoted(text),
        }
    }
}
