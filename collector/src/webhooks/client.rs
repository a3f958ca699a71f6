//! One attempt to send a message to its receiver.

use std::time::Duration;

use hyper::header::{HeaderName, HeaderValue, RETRY_AFTER};
use hyper::{StatusCode, Uri};
use steadfast_core::retry::{Failure, FailureClass};

use super::endpoint::host;
use super::message::{Body, TEST};
use super::{Endpoint, EndpointSecret, Format, Secret, alertmanager, pagerduty, slack};
use crate::clock::Clock;
use crate::outgoing::{Answer, Outgoing, OutgoingError, Reach};

/// Sends messages: to the receiver of the configuration, which may be anywhere, and to those that
/// organisations have set up, which may not be on a private network unless that is allowed.
#[derive(Clone, Debug)]
pub struct WebhookClient {
    clock: Clock,
    configured: Option<(Outgoing, Uri, Secret)>,
    reach: Reach,
}

/// Why a message was not taken.
#[derive(Clone, Debug)]
pub struct Refused {
    /// The host and port of the receiver.
    pub host: String,
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// Why there was no answer.
    pub error: Option<String>,
    /// What to do about it; absent if the receiver is gone for good, and says so.
    pub failure: Option<Failure>,
}

/// How long a receiver may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The longest wait that a receiver may ask for.
const LONGEST_ASKED: Duration = Duration::from_hours(24);

const JSON: &str = "application/json";

impl WebhookClient {
    /// Sends to the receiver of the configuration, if there is one, and to those of organisations
    /// within `reach`.
    ///
    /// # Errors
    ///
    /// If nothing can be sent at all.
    pub fn new(
        clock: Clock,
        configured: Option<(Uri, Secret)>,
        reach: Reach,
    ) -> Result<Self, OutgoingError> {
        let configured = configured.map(|(url, secret)| {
            Outgoing::new(url.clone(), TIMEOUT, Reach::Anywhere).map(|to| (to, url, secret))
        });
        Ok(Self { clock, configured: configured.transpose()?, reach })
    }

    /// Where receivers of organisations may be.
    #[must_use]
    pub(crate) fn reach(&self) -> Reach {
        self.reach
    }

    /// Whether there is a receiver in the configuration.
    #[must_use]
    pub fn is_configured(&self) -> bool {
        self.configured.is_some()
    }

    /// Sends a message to the receiver of the configuration.
    ///
    /// # Errors
    ///
    /// If it was not taken.
    pub async fn send(&self, id: &str, body: &str) -> Result<u16, Refused> {
        let Some((to, url, secret)) = &self.configured else {
            let error = Some("no receiver is configured".to_owned());
            return Err(Refused { host: String::new(), status: None, error, failure: None });
        };
        let headers = self.signature(secret, id, body);
        answered(url, to.post(JSON, &headers, body.to_owned()).await)
    }

    /// Sends a message to a receiver that an organisation has set up.
    ///
    /// # Errors
    ///
    /// If it was not taken.
    pub async fn send_to(&self, endpoint: &Endpoint, id: &str, body: &str) -> Result<u16, Refused> {
        let refused = |error: String, failure| Refused {
            host: endpoint.host().to_owned(),
            status: None,
            error: Some(error),
            failure,
        };
        let later = Some(Failure::new(FailureClass::Transport));
        let to = Outgoing::new(endpoint.url.clone(), TIMEOUT, self.reach);
        let to = to.map_err(|error| refused(error.to_string(), later))?;
        // What cannot be read now cannot be read later.
        let message: Body =
            serde_json::from_str(body).map_err(|error| refused(error.to_string(), None))?;
        let post = async |headers: &[_], body: String| {
            answered(&endpoint.url, to.post(JSON, headers, body).await)
        };
        match (endpoint.format, &endpoint.secret) {
            (Format::Signed, EndpointSecret::Signing(secret)) => {
                post(&self.signature(secret, id, body), body.to_owned()).await
            }
            (Format::Pagerduty, EndpointSecret::Routing(key)) => {
                let event = pagerduty::payload(&message, key);
                let status = post(&[], event.to_string()).await?;
                if message.r#type == TEST {
                    post(&[], pagerduty::end_of_test(event).to_string()).await?;
                }
                Ok(status)
            }
            (Format::Alertmanager, _) => {
                post(&[], alertmanager::payload(&message).to_string()).await
            }
            (Format::Slack, _) => post(&[], slack::payload(&message).to_string()).await,
            (Format::Signed | Format::Pagerduty, _) => {
                Err(refused("the stored secret does not go with the format".to_owned(), None))
            }
        }
    }

    fn signature(&self, secret: &Secret, id: &str, body: &str) -> Vec<(HeaderName, HeaderValue)> {
        let timestamp = self.clock.now().as_millis() / 1000;
        let header = |name, value: &str| {
            HeaderValue::from_str(value).ok().map(|value| (HeaderName::from_static(name), value))
        };
        let signature = secret.sign(id, timestamp, body);
        let headers = [
            header("webhook-id", id),
            header("webhook-timestamp", &timestamp.to_string()),
            header("webhook-signature", &signature),
        ];
        headers.into_iter().flatten().collect()
    }
}

fn answered(url: &Uri, answer: Result<Answer, OutgoingError>) -> Result<u16, Refused> {
    let host = host(url).to_owned();
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => {
            let class = match error {
                OutgoingError::TimedOut(_) => FailureClass::Overload,
                _ => FailureClass::Transport,
            };
            let (error, failure) = (Some(error.to_string()), Some(Failure::new(class)));
            return Err(Refused { host, status: None, error, failure });
        }
    };
    let status = answer.status.as_u16();
    if answer.status.is_success() {
        return Ok(status);
    }
    let is_gone = answer.status == StatusCode::GONE;
    let failure = (!is_gone).then(|| failure(&answer));
    Err(Refused { host, status: Some(status), error: None, failure })
}

fn failure(answer: &Answer) -> Failure {
    let class = match answer.status {
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => FailureClass::Overload,
        _ => FailureClass::Transport,
    };
    let asked = answer.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let seconds = asked.and_then(|value| value.trim().parse().ok()).map(Duration::from_secs);
    Failure { retry_after: seconds.map(|wait| wait.min(LONGEST_ASKED)), ..Failure::new(class) }
}
