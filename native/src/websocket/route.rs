use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;

use super::failure::DialError;
use super::raw::{ByteStream, RawStream};
use super::target::Target;
use super::tcp;
use crate::connector::Progress;
#[cfg(feature = "proxy")]
use crate::error::OpenError;

/// How a stream of bytes to a host is opened.
#[derive(Clone, Default)]
pub(crate) enum Route {
    /// By the user's function.
    Custom(Arc<dyn Fn(String, u16) -> Opening + Send + Sync>),
    /// By TCP.
    #[default]
    Direct,
    #[cfg(feature = "proxy")]
    Proxy(super::proxy::Proxy),
}

type Opening = Pin<Box<dyn Future<Output = io::Result<Box<dyn ByteStream>>> + Send>>;

impl Route {
    /// By this function, of which each call gets a clone.
    pub(crate) fn custom<F, Dialling, S>(dial: F) -> Self
    where
        F: FnOnce(String, u16) -> Dialling + Clone + Send + Sync + 'static,
        Dialling: Future<Output = io::Result<S>> + Send + 'static,
        S: ByteStream + 'static,
    {
        Self::Custom(Arc::new(move |host, port| {
            let dialling = dial.clone()(host, port);
            Box::pin(async move {
                let stream: Box<dyn ByteStream> = Box::new(dialling.await?);
                Ok(stream)
            })
        }))
    }

    /// Refuses what makes no sense: only a proxy can.
    #[cfg(feature = "proxy")]
    pub(crate) fn check(&self) -> Result<(), OpenError> {
        match self {
            Self::Custom(_) | Self::Direct => Ok(()),
            Self::Proxy(proxy) => proxy.check(),
        }
    }

    /// Whether [`open`](Self::open) says when TCP has answered: that of the server, or that of the proxy, since a
    /// proxy such as Tor's may take its time. Nothing is known of what a function of the user does.
    pub(crate) fn tells(&self) -> bool {
        !matches!(self, Self::Custom(_))
    }

    pub(crate) async fn open(
        &self,
        target: &Target,
        progress: &Progress,
    ) -> Result<RawStream, DialError> {
        match self {
            Self::Custom(dial) => {
                let stream = dial(target.host.clone(), target.port).await;
                Ok(RawStream::Other(stream.map_err(DialError::Custom)?))
            }
            Self::Direct => {
                let stream = tcp::connect(&target.host, target.port).await?;
                progress.reached();
                Ok(RawStream::Tcp(stream))
            }
            #[cfg(feature = "proxy")]
            Self::Proxy(proxy) => Ok(proxy.open(target, progress).await?),
        }
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Custom(_) => "Custom",
            Self::Direct => "Direct",
            #[cfg(feature = "proxy")]
            Self::Proxy(_) => "Proxy",
        })
    }
}
