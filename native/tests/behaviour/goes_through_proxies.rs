use std::sync::{Arc, Mutex};

use steadfast::{Builder, Cause, EventKind, Proxy, Status};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use crate::ask::{becomes, eager, next_event, next_text};
use crate::children::Process;
use crate::server::{Server, echo, free_address};
use crate::speaks_tls::{echo as echo_tls, secure};

type Heard = Arc<Mutex<Vec<String>>>;

/// A proxy for `CONNECT` that leads everything to one server, or refuses with a status.
async fn proxy(to: Result<std::net::SocketAddr, u16>) -> (Server, Heard) {
    let heard = Heard::default();
    let told = Arc::clone(&heard);
    let server = Server::start_raw(free_address().await, move |stream: TcpStream| {
        let told = Arc::clone(&told);
        async move {
            let mut stream = BufReader::new(stream);
            let mut request = String::new();
            while !request.ends_with("\r\n\r\n") {
                if stream.read_line(&mut request).await.unwrap_or(0) == 0 {
                    return;
                }
            }
            told.lock().unwrap().push(request);
            match to {
                Ok(address) => {
                    let mut onward = TcpStream::connect(address).await.unwrap();
                    stream.write_all(b"HTTP/1.0 200 Established\r\n\r\n").await.unwrap();
                    let _ = tokio::io::copy_bidirectional(&mut stream, &mut onward).await;
                }
                Err(status) => {
                    let answer = format!("HTTP/1.1 {status} No\r\n\r\n");
                    let _ = stream.write_all(answer.as_bytes()).await;
                }
            }
        }
    })
    .await;
    (server, heard)
}

async fn first_cause(builder: Builder) -> Cause {
    let connection = builder.open().unwrap();
    let failed = |kind| match kind {
        EventKind::RetryFailed { cause, .. } => cause,
        _ => None,
    };
    next_event(&mut connection.events(), failed).await
}

#[tokio::test]
async fn a_dial_goes_through_an_http_proxy_which_resolves_the_name() {
    let server = Server::start(echo).await;
    let (proxy, heard) = proxy(Ok(server.address)).await;
    let via = Proxy::new(format!("http://user:pass%20word@{}", proxy.address));
    let mut connection = eager("ws://service.invalid:81/").proxy(via).open().unwrap();
    connection.send("hello").await.unwrap();
    assert_eq!(next_text(&mut connection).await.as_deref(), Some("hello"));
    let request = heard.lock().unwrap()[0].clone();
    assert!(request.starts_with("CONNECT service.invalid:81 HTTP/1.1\r\n"), "{request}");
    // user:pass word
    assert!(request.contains("Proxy-Authorization: Basic dXNlcjpwYXNzIHdvcmQ="), "{request}");
}

#[tokio::test]
async fn tls_through_a_proxy_is_with_the_server() {
    let (server, config) = secure(echo_tls).await;
    let (proxy, _) = proxy(Ok(server.address)).await;
    let via = Proxy::new(format!("http://{}", proxy.address));
    let mut connection = eager("wss://localhost/").tls(config).proxy(via).open().unwrap();
    connection.send("secret").await.unwrap();
    assert_eq!(next_text(&mut connection).await.as_deref(), Some("secret"));
}

#[tokio::test]
async fn a_proxy_that_refuses_is_told_apart_from_one_that_cannot_reach_the_server() {
    for (status, expected) in [(407, Cause::Proxy), (403, Cause::Proxy), (502, Cause::Network)] {
        let (proxy, _) = proxy(Err(status)).await;
        let via = Proxy::new(format!("http://{}", proxy.address));
        assert_eq!(first_cause(eager("ws://service.invalid/").proxy(via)).await, expected);
    }
}

#[tokio::test]
async fn a_proxy_of_a_kind_that_is_not_known_is_refused_at_once() {
    for url in ["ftp://proxy/", "http://", "socks4://proxy:1/", ""] {
        let error = eager("ws://localhost/").proxy(Proxy::new(url)).open().unwrap_err();
        assert_eq!(error.code(), "config.proxy", "{url}");
    }
}

/// Run by another process, whose environment names a proxy.
#[ignore = "run by the test below"]
#[tokio::test]
async fn dials_as_the_environment_says() {
    let url = std::env::var("DIAL").unwrap();
    let connection = eager(url).proxy(Proxy::from_env()).open().unwrap();
    becomes(&connection, Status::Connected).await;
    println!("connected");
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn the_environment_names_a_proxy_and_who_is_dialled_directly() {
    let server = Server::start(echo).await;
    let (proxy, heard) = proxy(Ok(server.address)).await;
    let via = format!("http://{}", proxy.address);
    let test = "goes_through_proxies::dials_as_the_environment_says";
    for variable in ["HTTP_PROXY", "ALL_PROXY", "http_proxy"] {
        let variables = [(variable, via.as_str()), ("DIAL", "ws://service.invalid/")];
        Process::start(&[], test, &variables).says("connected").await;
    }
    assert_eq!(heard.lock().unwrap().len(), 3);
    // Directly: this machine, and whom NO_PROXY names.
    let url = server.url();
    let variables = [("HTTP_PROXY", via.as_str()), ("DIAL", url.as_str())];
    Process::start(&[], test, &variables).says("connected").await;
    assert_eq!(heard.lock().unwrap().len(), 3);
}

#[cfg(feature = "socks")]
#[tokio::test]
async fn a_dial_goes_through_a_socks_proxy() {
    use tokio::io::AsyncReadExt as _;
    let server = Server::start(echo).await;
    let address = server.address;
    let proxy = Server::start_raw(free_address().await, move |mut stream: TcpStream| async move {
        let mut greeting = [0; 2];
        stream.read_exact(&mut greeting).await.unwrap();
        let mut methods = vec![0; usize::from(greeting[1])];
        stream.read_exact(&mut methods).await.unwrap();
        stream.write_all(&[5, 0]).await.unwrap();
        let mut head = [0; 5];
        stream.read_exact(&mut head).await.unwrap();
        assert_eq!(head[..4], [5, 1, 0, 3], "a name, which is resolved here");
        let mut name = vec![0; usize::from(head[4]) + 2];
        stream.read_exact(&mut name).await.unwrap();
        assert_eq!(&name[..name.len() - 2], b"service.invalid");
        let mut onward = TcpStream::connect(address).await.unwrap();
        stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await.unwrap();
        let _ = tokio::io::copy_bidirectional(&mut stream, &mut onward).await;
    })
    .await;
    let via = Proxy::new(format!("socks5h://{}", proxy.address));
    let mut connection = eager("ws://service.invalid/").proxy(via).open().unwrap();
    connection.send("hello").await.unwrap();
    assert_eq!(next_text(&mut connection).await.as_deref(), Some("hello"));
}
