use alloc::string::String;
use core::time::Duration;

use super::error::FrameError;
use super::json::{Members, Text, Value};
use super::token::{Token, is_name};
use crate::heartbeat::PingId;
use crate::protocol::Hint;

/// A control frame: a text message that is between the two ends, and not for their users.
///
/// On the wire it is a flat JSON object that begins with exactly `{"steadfast":`. Everything else
/// that JSON allows is read: space, any order of the other members, and members that are not known,
/// which are passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Frame {
    /// The number of application messages of the session that have come from the other side.
    Ack {
        /// How many.
        received: u64,
    },
    /// A client's first words.
    Hello(Hello),
    /// The server's hint.
    Hint(Hint),
    /// Is the other side there?
    Ping {
        /// What the answer has to carry.
        id: PingId,
    },
    /// It is.
    Pong {
        /// The id of the ping that is answered.
        id: PingId,
    },
    /// A server's answer to [`Frame::Hello`].
    Welcome(Welcome),
}

/// A client's first words on every link: which session it wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hello {
    /// The name that the client gives the session. 1 to 128 bytes without control characters. A
    /// claim: only the token proves anything.
    pub session: String,
    /// What the server said when the session began; absent for a new one.
    pub token: Option<Token>,
    /// How many application messages of the session have come from the server; 0 for a new one.
    pub received: u64,
}

/// A server's answer to a [`Hello`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Welcome {
    /// The token for the next time.
    pub token: Token,
    /// How many application messages of the session have come from the client; 0 for a new one.
    pub received: u64,
    /// Whether the session goes on. If not, both sides begin to count at 0.
    pub resumed: bool,
    /// The server closes a link on which nothing was heard for this long.
    pub max_idle: Option<Duration>,
}

/// The members that have a meaning.
#[derive(Default)]
struct Known<'a> {
    steadfast: Option<Text<'a>>,
    id: Option<Value<'a>>,
    max_idle: Option<Value<'a>>,
    received: Option<Value<'a>>,
    resumed: Option<Value<'a>>,
    retry_after: Option<Value<'a>>,
    session: Option<Value<'a>>,
    spread: Option<Value<'a>>,
    token: Option<Value<'a>>,
}

impl Frame {
    /// What every control frame begins with, to the byte.
    pub const PREFIX: &'static str = "{\"steadfast\":";

    /// The most bytes of a control frame.
    pub const MAX_BYTES: usize = 4096;

    /// The most bytes of the name that a client gives a session.
    pub const MAX_SESSION_BYTES: usize = 128;

    /// The greatest count: the greatest integer that JavaScript's numbers hold exactly.
    pub const MAX_COUNT: u64 = (1 << 53) - 1;

    /// Whether a text message is a control frame, by its first bytes.
    #[must_use]
    pub fn is_control(text: &str) -> bool {
        text.starts_with(Self::PREFIX)
    }

    /// Reads a control frame.
    ///
    /// # Errors
    ///
    /// Says what is wrong with it. [`FrameError::Unknown`] is to be passed over by who receives it,
    /// anything else is a violation of the protocol.
    pub fn parse(text: &str) -> Result<Self, FrameError> {
        if text.len() > Self::MAX_BYTES {
            return Err(FrameError::TooLong { bytes: text.len() });
        }
        let known = Known::read(text)?;
        let kind = known.steadfast.ok_or(FrameError::Missing { field: "steadfast" })?;
        if kind.is("ack") {
            Ok(Self::Ack { received: known.received()? })
        } else if kind.is("hello") {
            let token = known.token.map(|token| token_of(token, "token")).transpose()?;
            let session = required(known.session, "session")?;
            let session = text_of(session, "session", Frame::MAX_SESSION_BYTES)?;
            Ok(Self::Hello(Hello { session, token, received: known.received()? }))
        } else if kind.is("hint") {
            let retry_after = seconds_of(known.retry_after, "retryAfter")?;
            let spread = seconds_of(known.spread, "spread")?;
            Ok(Self::Hint(Hint { retry_after, spread, max_idle: known.max_idle()? }))
        } else if kind.is("ping") {
            Ok(Self::Ping { id: known.id()? })
        } else if kind.is("pong") {
            Ok(Self::Pong { id: known.id()? })
        } else if kind.is("welcome") {
            let Value::Flag(resumed) = required(known.resumed, "resumed")? else {
                return Err(FrameError::Value { field: "resumed" });
            };
            let token = token_of(required(known.token, "token")?, "token")?;
            let (received, max_idle) = (known.received()?, known.max_idle()?);
            Ok(Self::Welcome(Welcome { token, received, resumed, max_idle }))
        } else {
            Err(FrameError::Unknown)
        }
    }
}

impl<'a> Known<'a> {
    fn read(text: &'a str) -> Result<Self, FrameError> {
        let mut known = Self::default();
        let mut members = Members::new(text);
        while let Some((name, value)) = members.next()? {
            if name.is("steadfast") {
                let field = "steadfast";
                let Value::Text(kind) = value else { return Err(FrameError::Value { field }) };
                if known.steadfast.replace(kind).is_some() {
                    return Err(FrameError::Duplicate { field });
                }
                continue;
            }
            let places = [
                ("id", &mut known.id),
                ("maxIdle", &mut known.max_idle),
                ("received", &mut known.received),
                ("resumed", &mut known.resumed),
                ("retryAfter", &mut known.retry_after),
                ("session", &mut known.session),
                ("spread", &mut known.spread),
                ("token", &mut known.token),
            ];
            if let Some((field, place)) = places.into_iter().find(|(field, _)| name.is(field)) {
                // What is null is absent.
                let value = if let Value::Null = value { None } else { Some(value) };
                if place.is_some() {
                    return Err(FrameError::Duplicate { field });
                }
                *place = value;
            }
        }
        Ok(known)
    }

    fn id(&self) -> Result<PingId, FrameError> {
        let id = whole(required(self.id, "id")?).and_then(|id| u32::try_from(id).ok());
        id.map(PingId).ok_or(FrameError::Value { field: "id" })
    }

    fn received(&self) -> Result<u64, FrameError> {
        whole(required(self.received, "received")?)
            .filter(|received| *received <= Frame::MAX_COUNT)
            .ok_or(FrameError::Value { field: "received" })
    }

    fn max_idle(&self) -> Result<Option<Duration>, FrameError> {
        seconds_of(self.max_idle, "maxIdle")
    }
}

fn required<'a>(value: Option<Value<'a>>, field: &'static str) -> Result<Value<'a>, FrameError> {
    value.ok_or(FrameError::Missing { field })
}

fn whole(value: Value<'_>) -> Option<u64> {
    if let Value::Number(number) = value { number.whole() } else { None }
}

/// A wait in seconds, at most what a hint may ask for.
fn seconds_of(
    value: Option<Value<'_>>,
    field: &'static str,
) -> Result<Option<Duration>, FrameError> {
    let Some(value) = value else { return Ok(None) };
    let nanos = if let Value::Number(number) = value { number.scaled(9) } else { None };
    let nanos = nanos.ok_or(FrameError::Value { field })?;
    Ok(Some(Duration::from_nanos(nanos).min(Hint::LONGEST)))
}

fn text_of(value: Value<'_>, field: &'static str, max: usize) -> Result<String, FrameError> {
    let text = if let Value::Text(text) = value { text.decode() } else { String::new() };
    if is_name(&text, max) { Ok(text) } else { Err(FrameError::Value { field }) }
}

fn token_of(value: Value<'_>, field: &'static str) -> Result<Token, FrameError> {
    let text = text_of(value, field, Token::MAX_BYTES)?;
    Token::new(text).ok_or(FrameError::Value { field })
}

#[cfg(test)]
mod tests;
