use alloc::string::String;
use core::fmt;

/// What lets a client resume its session: a secret between it and the server, made by the server.
///
/// 1 to 256 bytes without control characters. Its `Debug` form does not tell it.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Token(String);

impl Token {
    /// The most bytes.
    pub const MAX_BYTES: usize = 256;

    /// A token, if this text can be one.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Option<Self> {
        let text = text.into();
        is_name(&text, Self::MAX_BYTES).then_some(Self(text))
    }

    /// A token of a text that is known to be fit for one.
    pub(super) fn of(text: String) -> Self {
        Self(text)
    }

    /// The secret.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Token {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let allowed = "a token of 1 to 256 bytes without control characters";
        Self::new(String::deserialize(deserializer)?)
            .ok_or_else(|| serde::de::Error::custom(allowed))
    }
}

/// Whether a text has 1 to `max` bytes and no control characters.
pub(super) fn is_name(text: &str, max: usize) -> bool {
    !text.is_empty() && text.len() <= max && !text.chars().any(char::is_control)
}
