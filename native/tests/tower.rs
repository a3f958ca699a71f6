//! The layers around services that answer over real sockets, and around small ones.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail as the test does")]

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::server::conn::http1;
use hyper::service::service_fn as hyper_service;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use steadfast::tower::{BreakerLayer, RetryLayer};
use steadfast::{BreakerConfig, CircuitBreaker, CircuitError, Fixed, RetryOptions};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use tower::{ServiceBuilder, ServiceExt as _, service_fn};

fn quickly(max_attempts: u32) -> RetryOptions {
    let strategy = Fixed { delay: Duration::from_millis(1), ..Fixed::default() };
    RetryOptions::new().strategy(strategy).max_attempts(max_attempts)
}

/// A server that answers 503 so many times, with `Retry-After: 1` at first; and its URL.
async fn busy_server(times: u32) -> (String, Arc<AtomicU32>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let answered = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&answered);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let counter = Arc::clone(&counter);
            let answer = hyper_service(move |_| {
                let number = counter.fetch_add(1, Ordering::Relaxed);
                let mut response = Response::new(Full::new(Bytes::from("here you are")));
                if number < times {
                    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
                }
                if number == 0 {
                    response.headers_mut().insert("retry-after", "1".parse().unwrap());
                }
                async move { Ok::<_, Infallible>(response) }
            });
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
        }
    });
    (url, answered)
}

fn request(url: &str) -> Request<Full<Bytes>> {
    Request::builder().uri(url).body(Full::default()).unwrap()
}

#[tokio::test]
async fn calls_of_a_real_client_are_tried_again_as_the_server_asks() {
    let (url, answered) = busy_server(2).await;
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let service = ServiceBuilder::new().layer(RetryLayer::http(quickly(5))).service(client);
    let began = std::time::Instant::now();
    let response = service.oneshot(request(&url)).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(answered.load(Ordering::Relaxed), 3);
    assert!(began.elapsed() >= Duration::from_secs(1), "Retry-After is a floor");
}

#[tokio::test]
async fn the_last_answer_is_handed_on() {
    let (url, answered) = busy_server(99).await;
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let service = ServiceBuilder::new().layer(RetryLayer::http(quickly(2))).service(client);
    let response = service.oneshot(request(&url)).await.unwrap();
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answered.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_breaker_around_a_real_client_spares_a_server_that_is_too_busy() {
    let (url, answered) = busy_server(99).await;
    let config = BreakerConfig::consecutive(3, Duration::from_mins(1));
    let breaker = CircuitBreaker::new(config).unwrap();
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let service = ServiceBuilder::new().layer(BreakerLayer::http(&breaker)).service(client);
    for _ in 0..3 {
        let response = service.clone().oneshot(request(&url)).await.unwrap();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    }
    let error = service.oneshot(request(&url)).await.unwrap_err();
    assert_eq!(error.code(), "circuit.open");
    assert_eq!(answered.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn a_refused_connection_is_tried_again_and_its_error_handed_on() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let service = ServiceBuilder::new().layer(RetryLayer::http(quickly(3))).service(client);
    let error = service.oneshot(request(&url)).await.unwrap_err();
    assert_eq!(error.code(), "retry.exhausted");
    assert!(error.into_inner().unwrap().is_connect());
}

#[tokio::test]
async fn both_layers_together_stop_trying_when_the_circuit_opens() {
    let calls = Arc::new(AtomicU32::new(0));
    let failing = {
        let calls = Arc::clone(&calls);
        service_fn(move |(): ()| {
            calls.fetch_add(1, Ordering::Relaxed);
            async { Err::<(), _>("down") }
        })
    };
    let config = BreakerConfig::consecutive(2, Duration::from_mins(1));
    let breaker = CircuitBreaker::new(config).unwrap();
    let error = ServiceBuilder::new()
        .layer(RetryLayer::new(quickly(5).breaker(&breaker)))
        .service(failing)
        .oneshot(())
        .await
        .unwrap_err();
    assert_eq!((error.code(), calls.load(Ordering::Relaxed)), ("circuit.open", 2));
}

#[tokio::test]
async fn a_call_that_is_dropped_gives_its_probe_back() {
    let config = BreakerConfig::consecutive(1, Duration::from_millis(10));
    let breaker = CircuitBreaker::new(config).unwrap();
    breaker.admit().unwrap().record(steadfast::Outcome::Failure);
    tokio::time::sleep(Duration::from_millis(20)).await;
    let hanging = service_fn(|(): ()| std::future::pending::<Result<(), &str>>());
    let service = ServiceBuilder::new().layer(BreakerLayer::new(&breaker)).service(hanging);
    let call = tokio::time::timeout(Duration::from_millis(10), service.clone().oneshot(()));
    assert!(call.await.is_err());
    let again = tokio::time::timeout(Duration::from_millis(10), service.oneshot(()));
    assert!(!matches!(again.await, Ok(Err(CircuitError::Open(_)))), "the probe came back");
}

/// A request of this method, with an `Idempotency-Key` or without.
fn with_method(method: &str, url: &str, key: bool) -> Request<Full<Bytes>> {
    let mut request = Request::builder().method(method).uri(url);
    if key {
        request = request.header("idempotency-key", "8e03978e-40d5-43dd-bc93-6894a57f9324");
    }
    request.body(Full::from("order")).unwrap()
}

#[tokio::test]
async fn a_request_that_may_do_harm_twice_is_sent_once_unless_it_has_a_key() {
    for (method, key, sent) in [
        ("GET", false, 3),
        ("PUT", false, 3),
        ("DELETE", false, 3),
        ("POST", false, 1),
        ("PATCH", false, 1),
        ("LOCK", false, 1),
        ("POST", true, 3),
        ("PATCH", true, 3),
    ] {
        let (url, answered) = busy_server(99).await;
        let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
        let layer = RetryLayer::http(
            quickly(3).strategy(Fixed { delay: Duration::from_millis(1), ..Fixed::default() }),
        );
        let service = ServiceBuilder::new().layer(layer).service(client);
        let response = service.oneshot(with_method(method, &url, key)).await.unwrap();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answered.load(Ordering::Relaxed), sent, "{method} {key}");
    }
}

#[tokio::test]
async fn a_post_is_sent_again_where_the_program_says_that_it_may() {
    let (url, answered) = busy_server(99).await;
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let layer = RetryLayer::http(quickly(2)).repeat(|_: &Request<Full<Bytes>>| true);
    let service = ServiceBuilder::new().layer(layer).service(client);
    service.oneshot(with_method("POST", &url, false)).await.unwrap();
    assert_eq!(answered.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_post_that_was_never_sent_is_sent_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let breaker =
        CircuitBreaker::new(BreakerConfig::consecutive(9, Duration::from_mins(1))).unwrap();
    let service = ServiceBuilder::new()
        .layer(RetryLayer::http(quickly(3)))
        .layer(BreakerLayer::http(&breaker))
        .service(client);
    let error = service.oneshot(with_method("POST", &url, false)).await.unwrap_err();
    let steadfast::RetryError::Exhausted { attempts, .. } = error else { panic!("{error:?}") };
    assert_eq!(attempts, 3);
}

#[tokio::test]
async fn a_post_that_was_cut_off_is_not_sent_again_but_counts() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let accepted = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&accepted);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            counter.fetch_add(1, Ordering::Relaxed);
            assert!(stream.read(&mut [0; 1024]).await.unwrap() > 0);
        }
    });
    let breaker =
        CircuitBreaker::new(BreakerConfig::consecutive(1, Duration::from_mins(1))).unwrap();
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let service =
        ServiceBuilder::new().layer(RetryLayer::http(quickly(3).breaker(&breaker))).service(client);
    let error = service.oneshot(with_method("POST", &url, false)).await.unwrap_err();
    assert_eq!((error.code(), accepted.load(Ordering::Relaxed)), ("retry.final", 1), "{error:?}");
    assert_eq!(breaker.state().as_str(), "OPEN");
}
