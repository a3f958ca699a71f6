use std::sync::Arc;

use steadfast_core::connection::Cause;
use tokio::net::TcpStream;
use tokio_tungstenite::client_async_with_config;
use tokio_tungstenite::tungstenite::Error;
use tokio_util::either::Either;

use crate::counted::Counted;
use crate::socket::Socket;
use crate::target::Target;

/// Opens a socket: name, TCP, TLS, upgrade. How long that may take is the caller's to say.
pub(crate) async fn dial(target: Arc<Target>) -> Result<Box<Socket>, Cause> {
    attempt(&target).await.map_err(|error| {
        tracing::debug!(%error, "dial failed");
        match error {
            Error::Http(response) => Cause::Rejected { status: response.status().as_u16() },
            _ => Cause::Network,
        }
    })
}

async fn attempt(target: &Target) -> Result<Box<Socket>, Error> {
    let tcp = TcpStream::connect((target.host.as_str(), target.port)).await?;
    // A message is worth a packet: what is small here is small because it is urgent.
    tcp.set_nodelay(true)?;
    let tcp = Counted::new(tcp);
    let transport = match &target.tls {
        Some((connector, name)) => {
            Either::Right(Box::new(connector.connect(name.clone(), tcp).await?))
        }
        None => Either::Left(tcp),
    };
    let request = target.request()?;
    let (stream, _) = client_async_with_config(request, transport, Some(target.websocket)).await?;
    Ok(Box::new(Socket::new(stream)))
}
