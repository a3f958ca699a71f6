use alloc::string::{String, ToString};
use core::time::Duration;

use super::frame::Frame;

impl Frame {
    /// Appends the frame to a text, in the one form that this project writes: without space, the
    /// members in the order of the documentation.
    pub fn write(&self, to: &mut String) {
        match self {
            Self::Ack { received } => {
                begin(to, "ack");
                number(to, "received", *received);
            }
            Self::Hello(hello) => {
                begin(to, "hello");
                text(to, "session", &hello.session);
                if let Some(token) = &hello.token {
                    text(to, "token", token.as_str());
                }
                number(to, "received", hello.received);
            }
            Self::Hint(hint) => {
                begin(to, "hint");
                seconds(to, "retryAfter", hint.retry_after);
                seconds(to, "spread", hint.spread);
                seconds(to, "maxIdle", hint.max_idle);
            }
            Self::Ping { id } => {
                begin(to, "ping");
                number(to, "id", u64::from(id.0));
            }
            Self::Pong { id } => {
                begin(to, "pong");
                number(to, "id", u64::from(id.0));
            }
            Self::Welcome(welcome) => {
                begin(to, "welcome");
                text(to, "token", welcome.token.as_str());
                number(to, "received", welcome.received);
                name(to, "resumed");
                to.push_str(if welcome.resumed { "true" } else { "false" });
                seconds(to, "maxIdle", welcome.max_idle);
            }
        }
        to.push('}');
    }

    /// The frame as a text: see [`write`](Self::write).
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }
}

fn begin(to: &mut String, kind: &str) {
    to.push_str(Frame::PREFIX);
    to.push('"');
    to.push_str(kind);
    to.push('"');
}

fn name(to: &mut String, name: &str) {
    to.push_str(",\"");
    to.push_str(name);
    to.push_str("\":");
}

fn number(to: &mut String, field: &str, number: u64) {
    name(to, field);
    to.push_str(&number.to_string());
}

/// Seconds, with three digits behind the point where they are needed. What lies between two
/// milliseconds is rounded up: nobody is asked to come earlier.
fn seconds(to: &mut String, field: &str, duration: Option<Duration>) {
    let Some(duration) = duration else { return };
    let millis = duration.as_nanos().div_ceil(1_000_000);
    let millis = u64::try_from(millis).unwrap_or(u64::MAX);
    number(to, field, millis / 1000);
    let mut rest = millis % 1000;
    if rest > 0 {
        to.push('.');
        let mut unit = 100;
        while rest > 0 {
            // A remainder below 1000 has digits below 10.
            to.push(char::from(b'0' + u8::try_from(rest / unit).unwrap_or(0)));
            (rest, unit) = (rest % unit, unit / 10);
        }
    }
}

fn text(to: &mut String, field: &str, value: &str) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    name(to, field);
    to.push('"');
    for char in value.chars() {
        match char {
            '"' | '\\' => {
                to.push('\\');
                to.push(char);
            }
            '\0'..' ' => {
                to.push_str("\\u00");
                let code = char as usize;
                to.push(char::from(HEX[code >> 4]));
                to.push(char::from(HEX[code & 15]));
            }
            _ => to.push(char),
        }
    }
    to.push('"');
}
