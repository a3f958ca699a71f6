//! Which proxies reports go through, and which not.

#![cfg(all(feature = "proxy", feature = "report"))]
#![allow(clippy::unwrap_used, reason = "a helper of a test may fail as the test does")]

use std::env;
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use steadfast::{OpenError, ReportTo};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::sync::mpsc;

const COLLECTOR: &str = "STEADFAST_TEST_COLLECTOR";

/// A server that takes any request, and tells the beginning of each.
async fn server() -> (SocketAddr, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, heard) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let tell = tell.clone();
            tokio::spawn(async move {
                let mut request = Vec::new();
                while !request.windows(4).any(|end| end == b"\r\n\r\n") {
                    if stream.read_buf(&mut request).await.unwrap_or(0) == 0 {
                        return;
                    }
                }
                let _ = tell.send(String::from_utf8_lossy(&request).to_lowercase());
                let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
                let _ = stream.write_all(answer).await;
            });
        }
    });
    (address, heard)
}

async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), future).await.unwrap()
}

fn connection(report_to: ReportTo) -> Result<steadfast::Connection, OpenError> {
    let report_to = report_to.interval(Duration::from_millis(100));
    steadfast::connect("ws://127.0.0.1:1/").organization("acme").report_to(report_to).open()
}

/// Reports to the collector that it is told, until it is killed.
#[tokio::test]
#[ignore = "what the process does that other tests start"]
async fn reports() {
    let url = env::var(COLLECTOR).unwrap();
    let _connection = connection(ReportTo::new(url, "pk_test").allow_http()).unwrap();
    std::future::pending::<()>().await;
}

/// A process that reports there, with a proxy in its environment for everything.
fn reporting(collector: &str, proxy: SocketAddr, no_proxy: &str) -> tokio::process::Child {
    let mut command = Command::new(env::current_exe().unwrap());
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        command
            .env(name, format!("http://{proxy}"))
            .env(name.to_lowercase(), format!("http://{proxy}"));
    }
    command.env("NO_PROXY", no_proxy).env("no_proxy", no_proxy).env(COLLECTOR, collector);
    command.args(["--exact", "--ignored", "reports"]).stdout(Stdio::null());
    command.kill_on_drop(true).spawn().unwrap()
}

#[tokio::test]
async fn reports_to_this_machine_never_go_through_a_proxy_of_the_environment() {
    let (proxy, mut seen) = server().await;
    let (collector, mut posts) = server().await;
    for host in ["127.0.0.1", "localhost"] {
        let url = format!("http://{host}:{}/v1/reports", collector.port());
        let _process = reporting(&url, proxy, "");
        let post = within(posts.recv()).await.unwrap();
        assert!(post.starts_with("post /v1/reports http/1.1\r\n"), "{post}");
        assert!(post.contains("authorization: bearer pk_test\r\n"), "{post}");
        assert!(seen.try_recv().is_err(), "the proxy saw it");
    }
}

#[tokio::test]
async fn reports_over_plain_http_go_to_no_proxy_that_was_not_asked_for() {
    let (proxy, mut seen) = server().await;
    let mut process = reporting("http://collector.invalid/v1/reports", proxy, "");
    // It cannot get there; what matters is who hears of it.
    let heard = tokio::time::timeout(Duration::from_secs(3), seen.recv()).await;
    assert!(heard.is_err(), "{heard:?}");
    assert!(process.try_wait().unwrap().is_none(), "it still runs");
}

#[tokio::test]
async fn reports_over_https_go_through_the_proxy_of_the_environment_unless_no_proxy_says_no() {
    let (proxy, mut seen) = server().await;
    let process = reporting("https://collector.invalid/v1/reports", proxy, "other.invalid");
    let tunnel = within(seen.recv()).await.unwrap();
    assert!(tunnel.starts_with("connect collector.invalid:443 http/1.1\r\n"), "{tunnel}");
    assert!(!tunnel.contains("pk_test"), "{tunnel}");
    drop(process);
    let (proxy, mut seen) = server().await;
    let mut process =
        reporting("https://a.collector.invalid/v1/reports", proxy, "collector.invalid");
    let heard = tokio::time::timeout(Duration::from_secs(3), seen.recv()).await;
    assert!(heard.is_err(), "{heard:?}");
    assert!(process.try_wait().unwrap().is_none(), "it still runs");
}

#[tokio::test]
async fn a_proxy_that_is_asked_for_gets_reports_also_over_plain_http() {
    let (proxy, mut seen) = server().await;
    let to = ReportTo::new("http://collector.invalid:8080/v1/reports?a=b", "pk_test").allow_http();
    let _connection = connection(to.proxy(format!("http://me:secret@{proxy}"))).unwrap();
    let post = within(seen.recv()).await.unwrap();
    assert!(
        post.starts_with("post http://collector.invalid:8080/v1/reports?a=b http/1.1\r\n"),
        "{post}"
    );
    assert!(post.contains("host: collector.invalid:8080\r\n"), "{post}");
    assert!(post.contains("proxy-authorization: basic bwu6c2vjcmv0\r\n"), "{post}");
}

#[tokio::test]
async fn a_proxy_that_is_none_is_refused() {
    for wrong in ["", "proxy", "socks5://127.0.0.1:1", "ftp://127.0.0.1"] {
        let to = ReportTo::new("https://collector.example/v1/reports", "pk_test").proxy(wrong);
        let error = connection(to).unwrap_err();
        assert_eq!(error.code(), "config.report", "{wrong}: {error}");
        assert!(error.to_string().contains("expected http://"), "{error}");
    }
}
