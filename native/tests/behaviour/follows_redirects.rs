use std::sync::{Arc, Mutex};

use steadfast::{Builder, Cause, EventKind, Status};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::ask::{becomes, eager, next_event};
use crate::server::{Server, echo, free_address};

/// What was asked for, one text a request.
type Requests = Arc<Mutex<Vec<String>>>;

/// A server that answers every request with a redirect to there, and remembers it.
async fn redirects(to: impl Into<String>) -> (Server, Requests) {
    let (to, requests) = (to.into(), Requests::default());
    let heard = Arc::clone(&requests);
    let server = Server::start_raw(free_address().await, move |mut stream: TcpStream| {
        let (to, heard) = (to.clone(), Arc::clone(&heard));
        async move {
            let mut bytes = vec![0; 4096];
            let read = stream.read(&mut bytes).await.unwrap_or(0);
            heard.lock().unwrap().push(String::from_utf8_lossy(&bytes[..read]).into_owned());
            let answer = format!("HTTP/1.1 307 There\r\nlocation: {to}\r\n\r\n");
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    })
    .await;
    (server, requests)
}

/// A server that takes every upgrade, and remembers the request.
async fn serves() -> (Server, Requests) {
    use tokio_tungstenite::accept_hdr_async;
    use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
    let requests = Requests::default();
    let heard = Arc::clone(&requests);
    let server = Server::start_raw(free_address().await, move |stream| {
        let heard = Arc::clone(&heard);
        async move {
            #[allow(clippy::result_large_err, reason = "the signature is tungstenite's")]
            let note = |request: &Request, response: Response| {
                heard.lock().unwrap().push(format!("{} {:?}", request.uri(), request.headers()));
                Ok(response)
            };
            if let Ok(peer) = accept_hdr_async(stream, note).await {
                echo(peer).await;
            }
        }
    })
    .await;
    (server, requests)
}

async fn fails_by_redirect(builder: Builder) {
    let connection = builder.open().unwrap();
    let failed = |kind| match kind {
        EventKind::RetryFailed { cause, .. } => cause,
        _ => None,
    };
    assert_eq!(next_event(&mut connection.events(), failed).await, Cause::Redirect);
}

#[tokio::test]
async fn a_redirect_on_the_same_host_is_followed_without_what_the_other_port_may_not_know() {
    let (server, requests) = serves().await;
    let (front, asked) = redirects(format!("http://{}/there?x=1", server.address)).await;
    let connection = eager(front.url())
        .header("authorization", "Bearer secret-token")
        .header("x-api-key", "secret-key")
        .header("user-agent", "test/1")
        .open()
        .unwrap();
    becomes(&connection, Status::Connected).await;
    assert!(asked.lock().unwrap()[0].contains("secret-token"));
    let request = requests.lock().unwrap()[0].clone();
    assert!(request.starts_with("/there?x=1 ") && request.contains("test/1"), "{request}");
    assert!(!request.contains("secret"), "{request}");
}

#[tokio::test]
async fn a_redirect_within_the_origin_keeps_the_credentials() {
    let address = free_address().await;
    let heard = Requests::default();
    let told = Arc::clone(&heard);
    let _server = Server::start_raw(address, move |mut stream: TcpStream| {
        let told = Arc::clone(&told);
        async move {
            let mut bytes = vec![0; 4096];
            let read = stream.read(&mut bytes).await.unwrap_or(0);
            let request = String::from_utf8_lossy(&bytes[..read]).into_owned();
            let answer = if request.starts_with("GET /new ") {
                "HTTP/1.1 503 Later\r\n\r\n"
            } else {
                "HTTP/1.1 301 Moved\r\nlocation: /new\r\n\r\n"
            };
            told.lock().unwrap().push(request);
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    })
    .await;
    let url = format!("ws://{address}/old");
    let connection = eager(url).header("authorization", "Bearer token").open().unwrap();
    let failed = |kind| match kind {
        EventKind::RetryFailed { cause, .. } => cause,
        _ => None,
    };
    let cause = next_event(&mut connection.events(), failed).await;
    assert_eq!(cause, Cause::Rejected { status: 503 });
    assert!(heard.lock().unwrap()[1].contains("Bearer token"));
}

#[tokio::test]
async fn a_redirect_in_a_circle_or_in_plain_text_to_another_host_is_a_cause_of_its_own() {
    let (circle, asked) = redirects("/live?token=secret").await;
    fails_by_redirect(eager(circle.url())).await;
    assert_eq!(asked.lock().unwrap().len(), 1, "an address that leads to itself is asked once");
    let (away, _) = redirects("http://other.example/").await;
    fails_by_redirect(eager(away.url())).await;
}

#[tokio::test]
async fn no_more_redirects_are_followed_than_was_said() {
    let (server, _) = serves().await;
    let (front, _) = redirects(format!("http://{}/", server.address)).await;
    fails_by_redirect(eager(front.url()).max_redirects(0)).await;
    let (before, _) = redirects(front.url()).await;
    fails_by_redirect(eager(before.url()).max_redirects(1)).await;
    let connection = eager(before.url()).max_redirects(2).open().unwrap();
    becomes(&connection, Status::Connected).await;
    let error = eager(front.url()).max_redirects(21).open().unwrap_err();
    assert!(error.to_string().contains("maxRedirects"), "{error}");
}
