use alloc::string::String;
use core::fmt;

use super::batch::is_name;
use crate::decimal;
use crate::error::ConfigError;

/// Shows that a report comes from the client that began the session: a secret that the client draws
/// and sends with every report. A collector takes a report that names the session and shows another
/// token, or none, as a report of another session.
///
/// 22 to 64 of `A-Z a-z 0-9 _ -`. Draw 128 random bits from the platform's generator for
/// cryptography: as 32 hexadecimal digits or 22 characters of base64url. Its `Debug` form does not
/// tell it.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct ReportToken(String);

const ALLOWED: &str = "22 to 64 of A-Z a-z 0-9 _ -";

impl ReportToken {
    /// A token of this text.
    ///
    /// # Errors
    ///
    /// If the text cannot be one. The error tells its length only.
    pub fn new(text: String) -> Result<Self, ConfigError> {
        if is_name(&text, 22) {
            return Ok(Self(text));
        }
        let given = ["a text of ", &decimal::count(text.len()), " bytes"].concat();
        Err(ConfigError::out_of_range("report.token", &given, ALLOWED))
    }

    /// The secret.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ReportToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReportToken(…)")
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for ReportToken {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <String as serde::Deserialize>::deserialize(deserializer)?;
        Self::new(text)
            .map_err(|_| serde::de::Error::custom(["the token is not ", ALLOWED].concat()))
    }
}
