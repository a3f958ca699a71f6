//! Where webhooks go.

use std::str::FromStr;

use hyper::Uri;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use steadfast_core::time::Instant;

use super::Secret;
use crate::auth::{AuthError, random_token};

/// A receiver that an organisation has set up.
#[derive(Clone, PartialEq)]
pub struct Endpoint {
    /// The name of the receiver: `wh_` and 16 digits.
    pub id: String,
    /// The form of messages.
    pub format: Format,
    /// Where they are posted. The path may be a secret.
    pub url: Uri,
    /// What they are signed with, or the routing key.
    pub secret: EndpointSecret,
    /// When it was set up.
    pub created_at: Instant,
    /// The name of the key that set it up, or the id of a key without a name.
    pub created_by: String,
}

/// The form of messages to a receiver.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Prometheus' Alertmanager, its API v2: `url` ends in `/api/v2/alerts`.
    Alertmanager,
    /// `PagerDuty`'s Events API v2; the routing key is the `secret`.
    Pagerduty,
    /// JSON, signed as Standard Webhooks say.
    Signed,
    /// An incoming webhook of Slack, or of what takes the same.
    Slack,
}

/// What a receiver knows messages by.
#[derive(Clone, PartialEq)]
pub enum EndpointSecret {
    /// Nothing: the address is the secret, or there is none.
    Nothing,
    /// A routing key of `PagerDuty`.
    Routing(String),
    /// What messages are signed with.
    Signing(Secret),
}

/// A receiver cannot be set up like this.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EndpointError {
    /// No random number could be had.
    #[error(transparent)]
    Random(#[from] AuthError),
    /// The secret does not go with the format.
    #[error("secret is not what format {format:?} takes; allowed is {allowed}")]
    Secret {
        /// The format.
        format: Format,
        /// What is allowed.
        allowed: &'static str,
    },
    /// The address is none that can be posted to.
    #[error("url is not allowed; allowed is {0}")]
    Url(&'static str),
}

/// Where `PagerDuty` takes events.
const PAGERDUTY: &str = "https://events.pagerduty.com/v2/enqueue";

const URL: &str = "an address that begins with https:// or http://, without a user and a password, \
    of at most 2048 characters";

impl Endpoint {
    /// The most receivers of an organisation.
    pub const MOST: u32 = 10;

    /// A new receiver, and the text of the secret if one was made for it.
    ///
    /// # Errors
    ///
    /// If the address or the secret is not one that the format takes.
    pub fn create(
        format: Format,
        url: Option<&str>,
        secret: Option<&str>,
        created_at: Instant,
        created_by: &str,
    ) -> Result<(Self, Option<String>), EndpointError> {
        let url = match (format, url) {
            (Format::Pagerduty, None) => PAGERDUTY,
            (_, None) => return Err(EndpointError::Url(URL)),
            (_, Some(url)) => url,
        };
        let url = checked(url).ok_or(EndpointError::Url(URL))?;
        let made = match (format, secret) {
            (Format::Signed, None) => Some(Secret::generate()?),
            _ => None,
        };
        let text = made.as_deref().or(secret).unwrap_or_default();
        let secret = EndpointSecret::parse(format, text)?;
        let id = format!("wh_{}", &random_token().map_err(AuthError::from)?[..16]);
        let created_by = created_by.to_owned();
        Ok((Self { id, format, url, secret, created_at, created_by }, made))
    }

    /// The part of the address that is no secret: the host and the port.
    #[must_use]
    pub fn host(&self) -> &str {
        host(&self.url)
    }
}

/// The host of an address, and its port.
pub(super) fn host(url: &Uri) -> &str {
    url.authority().map_or("", |authority| authority.as_str())
}

fn checked(text: &str) -> Option<Uri> {
    let url: Uri = text.parse().ok().filter(|_| text.len() <= 2048)?;
    let is_web = matches!(url.scheme_str(), Some("http" | "https"));
    let host = url.authority().filter(|host| !host.as_str().contains('@'))?;
    (is_web && !host.host().is_empty()).then_some(url)
}

impl EndpointSecret {
    /// The secret of a receiver of that form.
    ///
    /// # Errors
    ///
    /// If it is none.
    pub fn parse(format: Format, text: &str) -> Result<Self, EndpointError> {
        let refused = |allowed| EndpointError::Secret { format, allowed };
        match format {
            Format::Alertmanager | Format::Slack if text.is_empty() => Ok(Self::Nothing),
            Format::Alertmanager | Format::Slack => Err(refused("none")),
            Format::Pagerduty => {
                let fits = (16..=64).contains(&text.len())
                    && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
                let key = fits.then(|| Self::Routing(text.to_owned()));
                key.ok_or_else(|| refused("a routing key of 16 to 64 letters and digits"))
            }
            Format::Signed => {
                let secret = text.parse().map(Self::Signing);
                secret.map_err(|_| refused("whsec_ and the Base64 of 24 to 64 bytes, or none"))
            }
        }
    }
}

impl EndpointSecret {
    /// The secret as it is stored.
    pub(crate) fn reveal(&self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Routing(key) => key.clone(),
            Self::Signing(secret) => secret.reveal(),
        }
    }
}

impl Format {
    /// All of them, in alphabetical order.
    pub const ALL: [Self; 4] = [Self::Alertmanager, Self::Pagerduty, Self::Signed, Self::Slack];

    /// The name, as it is stored and asked for.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Alertmanager => "alertmanager",
            Self::Pagerduty => "pagerduty",
            Self::Signed => "signed",
            Self::Slack => "slack",
        }
    }
}

/// A text is the name of no format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("format is {0:?}; allowed are alertmanager, pagerduty, signed and slack")]
pub struct UnknownFormat(String);

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|format| format.as_str() == text);
        found.ok_or_else(|| UnknownFormat(text.to_owned()))
    }
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { id, format, .. } = self;
        f.debug_struct("Endpoint")
            .field("id", id)
            .field("format", format)
            .field("host", &self.host())
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for EndpointSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EndpointSecret")
    }
}

impl EndpointError {
    /// The stable name of this refusal.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Random(error) => error.code(),
            Self::Secret { .. } => "webhook.secret",
            Self::Url(_) => "webhook.url",
        }
    }
}
