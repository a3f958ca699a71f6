//! Calls of real clients whose server dies in the middle of them.

#![cfg(all(feature = "reqwest", feature = "tonic"))]
#![allow(clippy::unwrap_used, reason = "a helper of a test may fail as the test does")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use steadfast::{
    Attempt, BreakerConfig, BreakerState, CircuitBreaker, Class, Classify as _, Fixed, Known,
    retry, retry_with,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tonic::transport::{Channel, Endpoint, Server};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

fn quickly() -> Fixed {
    Fixed { delay: Duration::from_millis(1), ..Fixed::default() }
}

/// How a server dies.
#[derive(Clone, Copy, Debug)]
enum Death {
    /// It closes its connections, as a process that exits.
    Close,
    /// It resets them, as a process whose memory was full.
    Reset,
}

fn dies(stream: TcpStream, death: Death) {
    match death {
        Death::Close => drop(stream),
        // What was not read makes a reset of a close.
        Death::Reset => {
            #[allow(deprecated, reason = "with a time of zero it does not block")]
            stream.set_linger(Some(Duration::ZERO)).unwrap();
            drop(stream);
        }
    }
}

/// The frame with which every server of HTTP/2 begins: no settings.
const SETTINGS: [u8; 9] = [0, 0, 0, 4, 0, 0, 0, 0, 0];

/// A server of gRPC that dies in the middle of its first calls, and lives on after so many.
async fn grpc_server(deaths: u32, death: Death) -> (Channel, Arc<AtomicU32>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let died = Arc::new(AtomicU32::new(0));
    let (survivors, living) = tokio::sync::mpsc::unbounded_channel();
    let counter = Arc::clone(&died);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            if counter.load(Ordering::Relaxed) >= deaths {
                survivors.send(Ok::<_, std::io::Error>(stream)).unwrap();
                continue;
            }
            stream.write_all(&SETTINGS).await.unwrap();
            // The call is there when its path is: it is sent as it is, or by HPACK's code for text.
            let mut read = Vec::new();
            while read.len() < 150 {
                if stream.read_buf(&mut read).await.unwrap() == 0 {
                    break;
                }
            }
            counter.fetch_add(1, Ordering::Relaxed);
            dies(stream, death);
        }
    });
    let (_, health) = tonic_health::server::health_reporter();
    let living = tokio_stream::wrappers::UnboundedReceiverStream::new(living);
    tokio::spawn(Server::builder().add_service(health).serve_with_incoming(living));
    let endpoint = Endpoint::try_from(format!("http://{address}")).unwrap();
    (endpoint.connect_lazy(), died)
}

async fn check(channel: Channel) -> Result<i32, tonic::Status> {
    let request = HealthCheckRequest { service: String::new() };
    let answer = HealthClient::new(channel).check(request).await?;
    Ok(answer.into_inner().status)
}

#[tokio::test]
async fn a_call_of_grpc_that_a_dying_server_cuts_is_tried_again() {
    for death in [Death::Close, Death::Reset] {
        let (channel, died) = grpc_server(2, death).await;
        let mut failures = Vec::new();
        let calls = retry(|| check(channel.clone()));
        let classify = |result: &Result<i32, tonic::Status>| {
            let class = Known.classify(result);
            if let Err(status) = result {
                assert!(matches!(class, Class::Failed(_)), "{status:?}");
            }
            class
        };
        let retrying = calls.strategy(quickly()).max_attempts(9).classify(classify);
        let status = retrying.notify(|event| failures.push(event.kind.name())).await.unwrap();
        assert_eq!(status, 1, "{death:?}: it serves");
        assert_eq!(died.load(Ordering::Relaxed), 2);
        assert!(failures.len() >= 3, "{failures:?}");
    }
}

#[tokio::test]
async fn a_call_of_grpc_that_a_dying_server_cuts_counts_for_a_breaker() {
    let (channel, _) = grpc_server(99, Death::Reset).await;
    let breaker =
        CircuitBreaker::new(BreakerConfig::consecutive(2, Duration::from_mins(1))).unwrap();
    for _ in 0..2 {
        let error = breaker.call(check(channel.clone())).await.unwrap_err();
        assert_eq!(error.code(), "circuit.call_failed", "{error:?}");
    }
    assert_eq!(breaker.state(), BreakerState::Open);
}

#[tokio::test]
async fn a_refusal_that_a_server_of_grpc_sends_is_final() {
    let (channel, _) = grpc_server(0, Death::Close).await;
    let request = || HealthCheckRequest { service: "unknown".into() };
    let calls = AtomicU32::new(0);
    let error = retry(|| {
        calls.fetch_add(1, Ordering::Relaxed);
        let mut client = HealthClient::new(channel.clone());
        async move { client.check(request()).await }
    });
    assert_eq!(error.await.unwrap_err().code(), "retry.final");
    assert_eq!(calls.load(Ordering::Relaxed), 1);
}

/// A server of HTTP that dies in the middle of its first answers.
async fn http_server(head: &'static str, deaths: u32, death: Death) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        for number in 0_u32.. {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                assert!(stream.read_buf(&mut request).await.unwrap() > 0);
            }
            if number < deaths {
                stream.write_all(head.as_bytes()).await.unwrap();
                // The client has to have read the beginning.
                tokio::time::sleep(Duration::from_millis(50)).await;
                dies(stream, death);
            } else {
                let whole =
                    b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\n1234";
                stream.write_all(whole).await.unwrap();
            }
        }
    });
    address
}

fn http_client() -> reqwest::Client {
    // Needed only where another crate of the workspace asks reqwest for TLS.
    let _ = steadfast::rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

const BEGINNINGS: [&str; 4] = [
    "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n12",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n12\r\n",
    "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 100\r\n\r\n\u{1f}",
    "HTTP/1.1 200 OK\r\ncontent-le",
];

#[tokio::test]
async fn a_body_of_reqwest_that_is_cut_off_is_asked_for_again() {
    let client = &http_client();
    for head in BEGINNINGS {
        for death in [Death::Close, Death::Reset] {
            let url = &format!("http://{}/", http_server(head, 2, death).await);
            let breaker =
                CircuitBreaker::new(BreakerConfig::consecutive(9, Duration::from_mins(1))).unwrap();
            let load = |attempt: Attempt| async move {
                let response = client.get(url).send().await?;
                match attempt.number {
                    1 => response.bytes().await.map(|bytes| bytes.len()),
                    2 => response.text().await.map(|text| text.len()),
                    _ => response.json::<u32>().await.map(|number| number as usize),
                }
            };
            let retrying = retry_with(load).strategy(quickly()).max_attempts(9).breaker(&breaker);
            assert_eq!(retrying.await.unwrap(), 1234, "{head:?} {death:?}");
        }
    }
}

#[tokio::test]
async fn a_body_of_reqwest_that_makes_no_sense_is_final() {
    let client = &http_client();
    let url = &format!("http://{}/", http_server("", 0, Death::Close).await);
    let calls = AtomicU32::new(0);
    let load = || {
        calls.fetch_add(1, Ordering::Relaxed);
        async move { client.get(url).send().await?.json::<String>().await }
    };
    assert_eq!(retry(load).await.unwrap_err().code(), "retry.final");
    assert_eq!(calls.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn an_answer_of_reqwest_is_judged_by_its_status() {
    let busy = "HTTP/1.1 503 Service Unavailable\r\nretry-after: 0\r\ncontent-length: 0\r\n\r\n";
    let url = &format!("http://{}/", http_server(busy, 1, Death::Close).await);
    let client = &http_client();
    let answer = retry(|| client.get(url).send()).await.unwrap();
    assert_eq!(answer.status(), 200);
}
