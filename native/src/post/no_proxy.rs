//! What stands in for proxies in a program without the feature `proxy`: there are none.

use std::convert::Infallible;

use http::{HeaderValue, Uri};
use tokio::net::TcpStream;

use super::PostError;
use super::stream::Stream;
use crate::url::Host;

/// Which proxy posts go through: none.
#[derive(Clone, Debug, Default)]
pub(crate) struct ProxyChoice(());

/// A proxy.
pub(super) struct Proxy(Infallible);

impl ProxyChoice {
    #[allow(clippy::unused_self, reason = "the signatures are those of the real one")]
    pub(super) fn of(&self, _: &Uri, _: Option<&Host>) -> Option<Proxy> {
        None
    }
}

impl Proxy {
    pub(super) fn authorization(&self) -> Option<&HeaderValue> {
        match self.0 {}
    }

    #[allow(clippy::unused_async, reason = "the signatures are those of the real one")]
    pub(super) async fn connect(&self) -> Result<Box<dyn Stream>, PostError> {
        match self.0 {}
    }

    #[allow(clippy::unused_async, reason = "the signatures are those of the real one")]
    pub(super) async fn tunnel(&self, _: &str, _: u16) -> Result<TcpStream, PostError> {
        match self.0 {}
    }
}
