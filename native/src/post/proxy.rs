use std::fmt;
use std::sync::Arc;

use http::header::{HOST, PROXY_AUTHORIZATION};
use http::{HeaderValue, Method, Request, Uri};
use hyper::client::conn::http1;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;
use tokio_rustls::rustls::ClientConfig;

use super::PostError;
use super::stream::{Stream, secure};
use crate::url::Host;
use crate::websocket::tcp::connect;
use crate::websocket::tls;

/// Which proxy posts go through.
#[derive(Clone, Default)]
pub(crate) enum ProxyChoice {
    /// For HTTPS the one that the environment names (`HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`). None
    /// for this machine, and none for plain HTTP, of which a proxy could read everything.
    #[default]
    Environment,
    /// This one, for every server.
    Given(Arc<Proxy>),
    /// None.
    None,
}

/// A proxy that speaks HTTP.
#[derive(Clone)]
pub(crate) struct Proxy {
    host: String,
    port: u16,
    /// Whether it wants TLS itself.
    tls: bool,
    /// The value of `Proxy-Authorization`.
    authorization: Option<HeaderValue>,
}

impl ProxyChoice {
    /// The proxy of this URL: `http://[user:password@]host[:port]`, or `https`.
    ///
    /// # Errors
    ///
    /// Says what is wrong with it.
    pub(crate) fn given(url: &str) -> Result<Self, String> {
        let wrong = || {
            // It may hold a password.
            String::from("expected http://[user:password@]host[:port], or https")
        };
        let matcher = Matcher::builder().all(url).build();
        let any = matcher.intercept(&Uri::from_static("http://any.example"));
        let proxy = any.filter(|_| url.contains("://")).and_then(|any| Proxy::new(&any));
        Ok(Self::Given(Arc::new(proxy.ok_or_else(wrong)?)))
    }

    /// The proxy to a server.
    pub(super) fn of(&self, server: &Uri, host: Option<&Host>) -> Option<Proxy> {
        match self {
            Self::Environment if host.is_some_and(Host::is_loopback) => None,
            Self::Environment => of_environment(server, Matcher::from_env),
            Self::Given(proxy) => Some(Proxy::clone(proxy)),
            Self::None => None,
        }
    }
}

fn of_environment(server: &Uri, environment: impl FnOnce() -> Matcher) -> Option<Proxy> {
    if server.scheme_str() != Some("https") {
        return None;
    }
    let intercept = environment().intercept(server)?;
    let proxy = Proxy::new(&intercept);
    if proxy.is_none() {
        tracing::warn!(
            "reports go without the proxy of the environment, which does not speak HTTP"
        );
    }
    proxy
}

impl Proxy {
    fn new(intercept: &Intercept) -> Option<Self> {
        let uri = intercept.uri();
        let (tls, port) = match uri.scheme_str()? {
            "http" => (false, 80),
            "https" => (true, 443),
            _ => return None,
        };
        let host = uri.host()?.trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = uri.port_u16().unwrap_or(port);
        Some(Self { host, port, tls, authorization: intercept.basic_auth().cloned() })
    }

    /// The credentials for the proxy.
    pub(super) fn authorization(&self) -> Option<&HeaderValue> {
        self.authorization.as_ref()
    }

    /// A connection to the proxy itself.
    pub(super) async fn connect(&self) -> Result<Box<dyn Stream>, PostError> {
        let stream = connect(&self.host, self.port).await?;
        if !self.tls {
            return Ok(Box::new(stream));
        }
        let tls: Arc<ClientConfig> = tls::platform().map_err(std::io::Error::other)?;
        Ok(secure(stream, &self.host, &tls).await?)
    }

    /// A connection through the proxy to a server (RFC 9110, 9.3.6).
    pub(super) async fn tunnel(
        &self,
        host: &str,
        port: u16,
    ) -> Result<impl Stream + use<>, PostError> {
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        let authority = format!("{host}:{port}");
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(self.connect().await?)).await?;
        tokio::spawn(async move {
            let _ = connection.with_upgrades().await;
        });
        let mut request = Request::new(String::new());
        *request.method_mut() = Method::CONNECT;
        let invalid = || std::io::Error::from(std::io::ErrorKind::InvalidInput);
        let value = HeaderValue::try_from(authority.as_str()).map_err(|_| invalid())?;
        *request.uri_mut() = authority.parse().map_err(|_| invalid())?;
        request.headers_mut().insert(HOST, value);
        if let Some(authorization) = self.authorization.clone() {
            request.headers_mut().insert(PROXY_AUTHORIZATION, authorization);
        }
        let response = sender.send_request(request).await?;
        if !response.status().is_success() {
            return Err(PostError::Proxy(response.status()));
        }
        Ok(TokioIo::new(hyper::upgrade::on(response).await?))
    }
}

impl fmt::Debug for ProxyChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Environment => "Environment",
            Self::Given(_) => "Given",
            Self::None => "None",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(url: &str) -> Option<String> {
        let url = crate::url::Url::parse(url).unwrap();
        let environment = || {
            let all = Matcher::builder().all("http://all.example:3128");
            all.no("internal.example, .corp.example, 10.0.0.0/8, [fd00::1]").build()
        };
        if url.host().is_some_and(Host::is_loopback) {
            return None;
        }
        of_environment(&url.requested().parse().unwrap(), environment).map(|proxy| proxy.host)
    }

    #[test]
    fn only_https_goes_through_a_proxy_of_the_environment_and_never_to_this_machine() {
        assert_eq!(of("https://collector.example/v1/reports").as_deref(), Some("all.example"));
        for url in [
            "http://collector.example/",
            "https://localhost/",
            "https://LOCALHOST:8443/",
            "https://localhost./",
            "https://reports.localhost/",
            "https://127.0.0.1/",
            "https://127.9.9.9:8443/",
            "https://[::1]:8443/",
            "https://[::ffff:127.0.0.1]/",
        ] {
            assert_eq!(of(url), None, "{url}");
        }
    }

    #[test]
    fn the_rules_of_no_proxy_are_honoured() {
        for url in [
            "https://internal.example/",
            "https://collector.internal.example/",
            "https://collector.corp.example:8443/",
            "https://10.1.2.3/",
        ] {
            assert_eq!(of(url), None, "{url}");
        }
        assert!(of("https://notinternal.example/").is_some());
        assert!(of("https://11.1.2.3/").is_some());
    }

    #[test]
    fn a_proxy_that_is_asked_for_is_an_url_of_http() {
        let ProxyChoice::Given(proxy) =
            ProxyChoice::given("http://me:se%20cret@[::1]:3128").unwrap()
        else {
            panic!("it was given")
        };
        assert_eq!((proxy.host.as_str(), proxy.port, proxy.tls), ("::1", 3128, false));
        assert_eq!(proxy.authorization.as_ref().unwrap(), "Basic bWU6c2UgY3JldA==");
        for wrong in
            ["", "proxy.example", "socks5://proxy.example", "http://", "ftp://a", "http://a b"]
        {
            let refused = ProxyChoice::given(wrong).unwrap_err();
            assert!(refused.contains("expected http://"), "{wrong}: {refused}");
        }
    }
}
