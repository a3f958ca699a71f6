use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http::HeaderValue;
use steadfast_core::report::ReportToken;
use tokio_rustls::rustls::ClientConfig;

use crate::endpoint::Endpoint;
use crate::error::OpenError;
use crate::post::{Client, ProxyChoice};
use crate::random::random_name;
use crate::url::{Host, Url};
use crate::websocket::tls;

/// The collector that a connection reports to.
///
/// Clones share one connection to the collector: a program with many connections makes one of these
/// and gives each connection a clone.
///
/// # Proxies
///
/// With the feature `proxy`, reports over HTTPS go through the proxy that the environment names: by
/// `HTTPS_PROXY` or `ALL_PROXY`, where the rules of `NO_PROXY` do not say otherwise. Reports to this
/// machine never do, nor do reports over plain HTTP, since a proxy could read the key. The methods
/// `proxy` and `no_proxy` override the environment. Without that feature there are no proxies.
#[derive(Clone)]
pub struct ReportTo {
    url: String,
    key: String,
    interval: Duration,
    token: Option<String>,
    allow_http: bool,
    tls: Option<Arc<ClientConfig>>,
    proxy: Result<ProxyChoice, String>,
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
            token: None,
            allow_http: false,
            tls: None,
            proxy: Ok(ProxyChoice::default()),
            client: Arc::default(),
        }
    }

    /// The time between two reports. From 100 ms to a day; 30 s by default.
    #[must_use]
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// Shows with each report that the session is this program's: 22 to 64 of `A-Z a-z 0-9 _ -` that nobody can
    /// guess. A collector takes reports of the same session with another token for those of another session.
    ///
    /// By default the token is random, and is kept with the session in the
    /// [store](crate::Builder::persist). Give one if the program names its session, has no store, and
    /// should go on with the session after a restart. A session that is kept already goes on with the
    /// token that it has.
    #[must_use]
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
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

    /// Reports go through this proxy, whatever the environment says:
    /// `http://[user:password@]host[:port]`, or `https` for a proxy that wants TLS itself. It may
    /// read reports over plain HTTP, and the key with them. Another URL is refused by
    /// [`open`](crate::Builder::open).
    #[cfg(feature = "proxy")]
    #[must_use]
    pub fn proxy(mut self, url: impl AsRef<str>) -> Self {
        self.proxy = ProxyChoice::given(url.as_ref());
        self.client = Arc::default();
        self
    }

    /// Reports go through no proxy, whatever the environment says.
    #[cfg(feature = "proxy")]
    #[must_use]
    pub fn no_proxy(mut self) -> Self {
        self.proxy = Ok(ProxyChoice::None);
        self.client = Arc::default();
        self
    }

    pub(crate) fn report_interval(&self) -> Duration {
        self.interval
    }

    /// The token for a session that has none yet.
    pub(crate) fn report_token(&self) -> Result<ReportToken, OpenError> {
        let token = match &self.token {
            Some(token) => token.clone(),
            None => random_name()?,
        };
        Ok(ReportToken::new(token)?)
    }

    /// Checks the options.
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
        Ok(Endpoint::new(client, authorization))
    }

    fn checked_url(&self) -> Result<Url, OpenError> {
        let refuse = |reason: String| Err(OpenError::ReportUrl(reason));
        let url = match Url::parse(&self.url) {
            Ok(url) => url,
            Err(error) => return refuse(error.to_string()),
        };
        match url.scheme() {
            "https" => Ok(url),
            "http" if self.allow_http || url.host().is_some_and(Host::is_loopback) => Ok(url),
            "http" => refuse("it would send the key in the clear; see ReportTo::allow_http".into()),
            scheme => {
                refuse(format!("its scheme is {scheme:?}; allowed are \"https\" and \"http\""))
            }
        }
    }

    fn new_client(&self, url: &Url) -> Result<Client, OpenError> {
        let tls = match &self.tls {
            _ if url.scheme() != "https" => None,
            Some(tls) => Some(Arc::clone(tls)),
            None => Some(tls::platform()?),
        };
        // Only HTTP/1.1 is spoken here.
        let tls = tls.map(|tls| {
            let mut tls = ClientConfig::clone(&tls);
            tls.alpn_protocols = vec![b"http/1.1".to_vec()];
            Arc::new(tls)
        });
        let proxy = self.proxy.as_ref();
        let proxy = proxy.map_err(|wrong| OpenError::Report(format!("the proxy: {wrong}")))?;
        Client::new(url, tls, proxy).map_err(OpenError::ReportUrl)
    }
}

impl fmt::Debug for ReportTo {
    // Neither the key nor the URL, whose query may be secret too.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReportTo").field("interval", &self.interval).finish_non_exhaustive()
    }
}
