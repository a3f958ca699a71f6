use std::time::Duration;

use hyper::StatusCode;
use serde::Deserialize;

/// How the server behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Connections stay open, and nothing more is read or answered.
    Blackhole,
    /// Whatever a client sends arrives so much later, in order.
    Delay(Duration),
    /// All is well.
    #[default]
    Normal,
    /// New connections are answered 503; open ones go on.
    Refuse,
}

/// A control request was refused. The mode has not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ControlError {
    /// The body is not JSON of the right form.
    #[error("body is not a control request: {0}")]
    Body(String),
    /// The delay is absent or out of range.
    #[error("delayMillis is {0}; allowed are 0 to 60000")]
    Delay(String),
    /// The HTTP method does nothing here.
    #[error("method is {0}; allowed are {1}")]
    Method(String, &'static str),
    /// No such mode.
    #[error("mode is {0:?}; allowed are blackhole, delay, normal and refuse")]
    Mode(String),
    /// Nothing is at this path.
    #[error("path is {0:?}; there are /, /control and /control/drop")]
    Path(String),
    /// The body is longer than [`Mode::MAX_BYTES`].
    #[error("body is longer than {} bytes", Mode::MAX_BYTES)]
    TooLong,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Request {
    mode: String,
    /// Looked at for `delay` only, so that a form can always send it.
    delay_millis: Option<f64>,
}

impl Mode {
    /// The longest control request, in bytes.
    pub const MAX_BYTES: usize = 1024;

    /// Reads a control request.
    ///
    /// # Errors
    ///
    /// Says what is wrong with it.
    pub fn parse(body: &[u8]) -> Result<Self, ControlError> {
        let Request { mode, delay_millis } =
            serde_json::from_slice(body).map_err(|error| ControlError::Body(error.to_string()))?;
        match mode.as_str() {
            "blackhole" => Ok(Self::Blackhole),
            "delay" => parse_delay(delay_millis).map(Self::Delay),
            "normal" => Ok(Self::Normal),
            "refuse" => Ok(Self::Refuse),
            _ => Err(ControlError::Mode(mode.chars().take(80).collect())),
        }
    }

    /// The name in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Blackhole => "blackhole",
            Self::Delay(_) => "delay",
            Self::Normal => "normal",
            Self::Refuse => "refuse",
        }
    }

    /// By how much what comes now is late.
    #[must_use]
    pub fn delay(self) -> Duration {
        if let Self::Delay(delay) = self { delay } else { Duration::ZERO }
    }
}

impl ControlError {
    /// The stable name of this refusal.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Body(_) => "control.body",
            Self::Delay(_) => "control.delay",
            Self::Method(..) => "control.method",
            Self::Mode(_) => "control.mode",
            Self::Path(_) => "control.path",
            Self::TooLong => "control.too_long",
        }
    }

    /// The HTTP status that goes with it.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Body(_) | Self::Delay(_) | Self::Mode(_) => StatusCode::BAD_REQUEST,
            Self::Method(..) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Path(_) => StatusCode::NOT_FOUND,
            Self::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
        }
    }
}

fn parse_delay(millis: Option<f64>) -> Result<Duration, ControlError> {
    match millis {
        Some(millis) if (0.0..=60_000.0).contains(&millis) => {
            Ok(Duration::from_secs_f64(millis / 1e3))
        }
        Some(millis) => Err(ControlError::Delay(millis.to_string())),
        None => Err(ControlError::Delay("absent".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mode_is_read_by_its_name() {
        let delay = Mode::Delay(Duration::from_millis(250));
        for (mode, body) in [
            (Mode::Blackhole, r#"{"mode":"blackhole"}"#),
            (delay, r#"{"mode":"delay","delayMillis":250}"#),
            (Mode::Normal, r#"{"mode":"normal","delayMillis":250}"#),
            (Mode::Refuse, r#"{"mode":"refuse"}"#),
        ] {
            assert_eq!(Mode::parse(body.as_bytes()), Ok(mode));
            assert!(body.contains(mode.as_str()));
        }
    }

    #[test]
    fn a_bad_request_is_refused_by_what_is_wrong_with_it() {
        for (code, body) in [
            ("control.body", ""),
            ("control.body", "[]"),
            ("control.body", "{}"),
            ("control.body", r#"{"mode":"normal","drop":true}"#),
            ("control.delay", r#"{"mode":"delay"}"#),
            ("control.delay", r#"{"mode":"delay","delayMillis":-1}"#),
            ("control.delay", r#"{"mode":"delay","delayMillis":60001}"#),
            ("control.mode", r#"{"mode":"Normal"}"#),
        ] {
            assert_eq!(Mode::parse(body.as_bytes()).unwrap_err().code(), code, "{body}");
        }
    }
}
