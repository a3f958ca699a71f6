//! Two collectors on one `PostgreSQL` behind nginx, with the file that it is deployed with.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::StreamExt as _;
use futures::future::join_all;
use reqwest::StatusCode;
use serde_json::Value;
use steadfast_core::report::Report;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio_tungstenite::tungstenite::{Error, http};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::postgres::TestDatabase;
use crate::process::Process;
use crate::support::{Keys, eventually, refusal, report, report_of_losses};

type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// nginx, before two collectors.
struct Balanced {
    address: String,
    keys: Keys,
    http: reqwest::Client,
    collectors: Vec<Process>,
    database: TestDatabase,
    _nginx: Child,
    _folder: TempDir,
}

impl Balanced {
    /// Nothing where there is no nginx or no `PostgreSQL`, but not on CI.
    async fn start(flags: &[&str]) -> Option<Self> {
        Self::start_with(flags, &[]).await
    }

    /// The same with a configuration that differs from the one to deploy with.
    async fn start_with(flags: &[&str], edits: &[(&str, &str)]) -> Option<Self> {
        let Some(program) = program() else {
            assert!(std::env::var_os("CI").is_none(), "{MISSING}");
            eprintln!("{MISSING}; this test is left out");
            return None;
        };
        let database = TestDatabase::new().await?;
        let mut collectors = Vec::new();
        for _ in 0..2 {
            collectors.push(Process::start_with(&database.url, flags).await);
        }
        let keys = collectors[0].keys.clone().unwrap();
        let folder = tempfile::tempdir().unwrap();
        // It cannot choose a port by itself.
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let address = free.to_string();
        let nginx = run(&program, folder.path(), &conf(&address, &collectors, edits));
        let http = reqwest::Client::new();
        eventually("nginx answers", async || {
            http.get(format!("http://{address}/metrics")).send().await.is_ok()
        })
        .await;
        Some(Self { address, keys, http, collectors, database, _nginx: nginx, _folder: folder })
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    async fn report(&self, report: &Report) -> reqwest::Result<StatusCode> {
        let post = self.http.post(self.url("/v1/reports")).bearer_auth(&self.keys.publishable);
        Ok(post.json(report).send().await?.status())
    }

    async fn read(&self, path: &str) -> Value {
        let answer = self.http.get(self.url(path)).bearer_auth(&self.keys.secret).send().await;
        answer.unwrap().error_for_status().unwrap().json().await.unwrap()
    }

    /// The collector that has the only live stream.
    async fn take_serving(&mut self) -> Process {
        let mut serving = None;
        for (index, collector) in self.collectors.iter().enumerate() {
            let metrics = self.http.get(format!("{}/metrics", collector.url)).send().await;
            let metrics = metrics.unwrap().text().await.unwrap();
            serving = serving.or(metrics.contains("\nsteadfast_live_clients 1\n").then_some(index));
        }
        self.collectors.remove(serving.expect("one of them has it"))
    }

    /// Opens a live stream with a ticket of its own; the answer if it is refused.
    async fn listen(&self) -> Result<Stream, http::Response<Option<Vec<u8>>>> {
        let post = self.http.post(self.url("/v1/live/ticket")).bearer_auth(&self.keys.secret);
        let issued: Value = post.send().await.unwrap().json().await.unwrap();
        let ticket = issued["ticket"].as_str().unwrap();
        let url = format!("ws://{}/v1/live?ticket={ticket}", self.address);
        match connect_async(url).await {
            Ok((stream, _)) => Ok(stream),
            Err(Error::Http(answer)) => Err(*answer),
            Err(error) => panic!("{error}"),
        }
    }
}

const MISSING: &str = "there is no `nginx`: install it, or set NGINX to its program";

fn program() -> Option<PathBuf> {
    let named = std::env::var_os("NGINX").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into()]);
    named.into_iter().chain(folders.map(|folder| folder.join("nginx"))).find(|file| file.is_file())
}

/// The file to deploy with, with the addresses and the edits of the test.
fn conf(address: &str, collectors: &[Process], edits: &[(&str, &str)]) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/nginx.conf");
    let mut conf = std::fs::read_to_string(file).unwrap();
    let mut replace = |from: &str, to: &str| {
        assert!(conf.contains(from), "{from}");
        conf = conf.replace(from, to);
    };
    for (from, to) in edits {
        replace(from, to);
    }
    replace("listen 4700;", &format!("listen {address};"));
    // What stands behind this may be a socket, which cannot be opened.
    replace("access_log /dev/stdout steadfast;", "access_log access.log steadfast;");
    for (name, collector) in ["collector-1:4700", "collector-2:4700"].iter().zip(collectors) {
        replace(name, collector.url.trim_start_matches("http://"));
    }
    conf
}

/// Runs it in the foreground with all that it writes in this folder.
fn run(program: &Path, folder: &Path, conf: &str) -> Child {
    let places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let places = places.map(|name| format!("{name}_temp_path {name};"));
    let whole = format!("events {{}}\nhttp {{\n{}\n{conf}\n}}\n", places.join("\n"));
    std::fs::write(folder.join("nginx.conf"), whole).unwrap();
    Command::new(program)
        .arg("-p")
        .arg(folder)
        .args(["-c", "nginx.conf", "-e", "error.log"])
        // One process, as the user that runs the tests, so that it ends with them.
        .args(["-g", "daemon off; master_process off; pid nginx.pid;"])
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

#[tokio::test]
async fn what_a_collector_takes_nginx_lets_through_and_probes_and_metrics_it_does_not() {
    let Some(balanced) = Balanced::start(&[]).await else { return };
    let text = serde_json::to_string(&report("s1", "b1")).unwrap();
    let padded = format!("{text}{}", " ".repeat(Report::MAX_BYTES - text.len()));
    // Each byte is escaped that has to be, and the padding is most of it.
    let form: String = form_urlencoded::byte_serialize(padded.as_bytes()).collect();
    let form = format!("report={}", form.replace('+', "%20"));
    assert!(form.len() > 2 * Report::MAX_BYTES);
    for (kind, body) in [("application/json", padded), ("application/x-www-form-urlencoded", form)]
    {
        let post = balanced.http.post(balanced.url("/v1/reports")).header("content-type", kind);
        let post = post.bearer_auth(&balanced.keys.publishable).body(body);
        assert_eq!(post.send().await.unwrap().status(), StatusCode::OK, "{kind}");
    }
    assert_eq!(balanced.read("/v1/connections").await["total"], 1);
    for path in ["/metrics", "/healthz", "/readyz", "/%6detrics"] {
        let answer = balanced.http.get(balanced.url(path)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn nginx_says_who_the_client_is_and_a_client_cannot_say_it_is_another() {
    // nginx comes from 127.0.0.1, the client from 127.0.0.3.
    let flags = ["--trusted-proxies", "127.0.0.1", "--reports-per-address", "1"];
    let Some(balanced) = Balanced::start(&flags).await else { return };
    let mut statuses = Vec::new();
    for number in 0..6 {
        let forged = format!("198.51.100.{number}");
        let post = post_from("127.0.0.3", &balanced, &report("s1", &format!("b{number}")));
        let post = post.header("x-forwarded-for", &forged);
        let answer = post.header("forwarded", format!("for={forged}")).send().await.unwrap();
        statuses.push(answer.status().as_u16());
    }
    let taken = statuses.iter().filter(|status| **status == 200).count();
    assert!((1..=2).contains(&taken), "one at each collector: {statuses:?}");
    assert!(statuses.iter().all(|status| [200, 429].contains(status)), "{statuses:?}");
    let other = post_from("127.0.0.4", &balanced, &report("s1", "b7")).send().await.unwrap();
    assert_eq!(other.status(), StatusCode::OK, "another client is not concerned");
}

#[tokio::test]
async fn nginx_ends_a_flood_of_reports_from_one_address_as_a_collector_would() {
    let edits = [("rate=100r/s", "rate=1r/m"), ("burst=6000", "burst=2")];
    let Some(balanced) = Balanced::start_with(&[], &edits).await else { return };
    for number in 0..3 {
        let report = report("s1", &format!("b{number}"));
        assert_eq!(balanced.report(&report).await.unwrap(), StatusCode::OK);
    }
    let post = post_from("127.0.0.1", &balanced, &report("s1", "b4"));
    let refused = post.header("origin", "https://app.example").send().await.unwrap();
    let header = |name: &str| refused.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("access-control-allow-origin"), "https://app.example");
    assert_eq!(header("retry-after"), "10");
    assert_eq!(refusal(refused).await, (429, "address.rate".to_owned()));
}

/// The request of a client that connects from that address.
fn post_from(address: &str, balanced: &Balanced, report: &Report) -> reqwest::RequestBuilder {
    let address: std::net::IpAddr = address.parse().unwrap();
    let http = reqwest::Client::builder().local_address(address).build().unwrap();
    let post = http.post(balanced.url("/v1/reports")).bearer_auth(&balanced.keys.publishable);
    post.json(report)
}

#[tokio::test]
async fn who_is_full_says_when_to_come_back_and_is_not_taken_for_dead() {
    let Some(balanced) = Balanced::start(&["--max-live-clients", "1"]).await else { return };
    let mut streams = Vec::new();
    let refused = loop {
        match balanced.listen().await {
            Ok(stream) => streams.push(stream),
            Err(refused) => break refused,
        }
        assert!(streams.len() <= 2, "each has room for one");
    };
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.headers().contains_key("retry-after"), "{refused:?}");
    for number in 0..10 {
        let report = report("s1", &format!("b{number}"));
        assert_eq!(balanced.report(&report).await.unwrap(), StatusCode::OK);
    }
    assert_eq!(balanced.read("/v1/connections").await["total"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_killed_under_load_loses_nothing_and_its_live_stream_moves() {
    const CLIENTS: usize = 6;
    const REPORTS: u32 = 30;
    let Some(mut balanced) = Balanced::start(&[]).await else { return };
    let mut stream = balanced.listen().await.unwrap();
    assert!(stream.next().await.unwrap().unwrap().is_text());
    let killed = balanced.take_serving().await;
    let acknowledged = AtomicUsize::new(0);
    let load =
        join_all((0..CLIENTS).map(|client| report_all(&balanced, client, REPORTS, &acknowledged)));
    let kill = async {
        while acknowledged.load(Ordering::Relaxed) < CLIENTS * 10 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        killed.kill().await;
    };
    tokio::join!(load, kill);
    let pool = balanced.database.pool().await;
    let stored: (i64, i64) =
        sqlx::query_as("SELECT count(*), count(DISTINCT batch_id) FROM reports")
            .fetch_one(&pool)
            .await
            .unwrap();
    pool.close().await;
    let sent = i64::try_from(CLIENTS * REPORTS as usize).unwrap();
    assert_eq!(stored, (sent, sent), "each that was acknowledged is there once");
    while let Some(Ok(_)) = stream.next().await {}
    // It is refused for no longer than nginx needs to find out who is gone.
    eventually("a live stream at the other", async || balanced.listen().await.is_ok()).await;
}

/// Reports as a client does: the same report again until it is acknowledged.
async fn report_all(balanced: &Balanced, client: usize, reports: u32, acknowledged: &AtomicUsize) {
    for number in 1..=reports {
        let id = format!("b{client}-{number}");
        let report = report_of_losses(&format!("s{client}"), &id, number);
        while !balanced.report(&report).await.is_ok_and(|status| status == StatusCode::OK) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        acknowledged.fetch_add(1, Ordering::Relaxed);
    }
}
