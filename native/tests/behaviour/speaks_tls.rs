use std::sync::Arc;

use futures::{SinkExt as _, StreamExt as _};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use steadfast::rustls::crypto::ring;
use steadfast::rustls::pki_types::PrivateKeyDer;
use steadfast::rustls::{ClientConfig, RootCertStore, ServerConfig};
use steadfast::{Cause, EventKind, ReportTo};
use tokio::io::{AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_tungstenite::accept_async;

use crate::ask::{eager, next_event, next_text};
use crate::reports::read_request;
use crate::server::{Server, free_address, url};

/// A server for `localhost`, and a client configuration that trusts it.
pub(crate) async fn secure<F>(
    serve: impl Fn(TlsStream<TcpStream>) -> F + Clone + Send + 'static,
) -> (Server, Arc<ClientConfig>)
where
    F: Future<Output = ()> + Send,
{
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let server = Server::start_raw(free_address().await, move |stream| {
        let (acceptor, serve) = (acceptor.clone(), serve.clone());
        async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                serve(stream).await;
            }
        }
    })
    .await;
    let mut roots = RootCertStore::empty();
    roots.add(cert.der().clone()).unwrap();
    let client = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    (server, Arc::new(client))
}

pub(crate) async fn echo(stream: TlsStream<TcpStream>) {
    let Ok(mut peer) = accept_async(stream).await else { return };
    while let Some(Ok(message)) = peer.next().await {
        if message.is_text() {
            peer.send(message).await.unwrap();
        }
    }
}

#[tokio::test]
async fn messages_pass_under_tls_to_a_server_that_the_given_configuration_trusts() {
    let (server, config) = secure(echo).await;
    let url = format!("wss://localhost:{}/", server.address.port());
    let mut connection = eager(url).tls(config).open().unwrap();
    let large = "x".repeat(200_000);
    connection.send(large.as_str()).await.unwrap();
    assert_eq!(next_text(&mut connection).await, Some(large));
}

#[tokio::test]
async fn a_server_of_another_name_is_not_connected_to() {
    let (server, config) = secure(echo).await;
    let connection = eager(format!("wss://{}/", server.address)).tls(config).open().unwrap();
    let failed = |kind| match kind {
        EventKind::RetryFailed { cause, .. } => cause,
        _ => None,
    };
    assert_eq!(next_event(&mut connection.events(), failed).await, Cause::Certificate);
}

#[tokio::test]
async fn reports_pass_under_tls_to_a_collector_that_the_given_configuration_trusts() {
    let (sender, mut posts) = mpsc::unbounded_channel();
    let (collector, config) = secure(move |stream| {
        let sender = sender.clone();
        async move {
            let mut stream = BufReader::new(stream);
            sender.send(read_request(&mut stream).await.unwrap()).unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        }
    })
    .await;
    let posted_to = format!("https://localhost:{}/v1/reports", collector.address.port());
    let to = ReportTo::new(posted_to, "pk_test").tls(config);
    let connection = eager(url(free_address().await)).report_to(to).open().unwrap();
    connection.close().await;
    assert_eq!(posts.try_recv().unwrap().report().session.client_type, "native");
}
