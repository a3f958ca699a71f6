use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::header::HeaderValue;
use reqwest::{Client, redirect};
use tokio_rustls::rustls::ClientConfig;
use url::{Host, Url};

use crate::endpoint::Endpoint;
use crate::error::OpenError;
use crate::reporter::SDK;
use crate::websocket::tls;

/// The collector that a connection reports to.
///
/// Clones share one HTTP client: a program with many connections makes one of these and gives each
/// connection a clone. The runtime that opens the first of them has to outlive the others.
#[derive(Clone)]
pub struct ReportTo {
    url: String,
    key: String,
    interval: Duration,
    allow_http: bool,
    tls: Option<Arc<ClientConfig>>,
    client: Arc<OnceLock<Client>>,
}

impl ReportTo {
    /// Reports go to this URL (`https://collector.example/v1/reports`), authorised by this
    /// publishable key (`pk_…`).
    #[must_use]
    pub fn new(url: impl Into<String>, key: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            key: key.into(),
            interval: Duration::from_secs(30),
            allow_http: false,
            tls: None,
            client: Arc::default(),
        }
    }

    /// The time between two reports. From 100 ms to a day; 30 s by default.
    #[must_use]
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// Reports may go in the clear to any host. Otherwise they may to this machine only, because
    /// everyone on the way could read the key.
    #[must_use]
    pub fn allow_http(mut self) -> Self {
        self.allow_http = true;
        self
    }

    /// How to do TLS, instead of trusting whom the platform trusts.
    #[must_use]
    pub fn tls(mut self, config: Arc<ClientConfig>) -> Self {
        self.tls = Some(config);
        self.client = Arc::default();
        self
    }

    pub(crate) fn report_interval(&self) -> Duration {
        self.interval
    }

    /// Checks what was asked for.
    pub(crate) fn endpoint(&self) -> Result<Endpoint, OpenError> {
        let url = self.checked_url()?;
        let mut authorization =
            HeaderValue::try_from(format!("Bearer {}", self.key)).map_err(|_| {
                OpenError::Report("the key has characters that no header may have".into())
            })?;
        authorization.set_sensitive(true);
        let client = if let Some(client) = self.client.get() {
            client.clone()
        } else {
            let client = self.new_client(&url)?;
            self.client.get_or_init(|| client).clone()
        };
        Ok(Endpoint::new(client, url, authorization))
    }

    fn checked_url(&self) -> Result<Url, OpenError> {
        let refuse = |reason: String| Err(OpenError::ReportUrl(reason));
        let url = match Url::parse(&self.url) {
            Ok(url) => url,
            Err(error) => return refuse(error.to_string()),
        };
        match url.scheme() {
            "https" => Ok(url),
            "http" if self.allow_http || is_loopback(&url) => Ok(url),
            "http" => refuse("it would send the key in the clear; see ReportTo::allow_http".into()),
            scheme => {
                refuse(format!("its scheme is {scheme:?}; allowed are \"https\" and \"http\""))
            }
        }
    }

    fn new_client(&self, url: &Url) -> Result<Client, OpenError> {
        let tls = match &self.tls {
            Some(tls) => Arc::clone(tls),
            None if url.scheme() == "https" => tls::platform()?,
            None => tls::nobody()?,
        };
        Client::builder()
            .tls_backend_preconfigured(ClientConfig::clone(&tls))
            // The key is for this collector, and for no one it points at.
            .redirect(redirect::Policy::none())
            .user_agent(SDK)
            .timeout(Duration::from_secs(10))
            .pool_max_idle_per_host(1)
            .build()
            .map_err(|error| OpenError::Report(error.to_string()))
    }
}

impl fmt::Debug for ReportTo {
    // Neither the key nor the URL, whose query may be secret too.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReportTo").field("interval", &self.interval).finish_non_exhaustive()
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
