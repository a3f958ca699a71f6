//! SIGHUP reads the configuration again.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use steadfast_core::connection::Status;
use steadfast_core::report::Report;

use crate::process::Process;
use crate::retention::execute;
use crate::support::{Keys, eventually, refusal, report};

const FIRST: &str = "the-first-scrape-key";
const SECOND: &str = "the-second-scrape-key";

struct Stage {
    process: Process,
    log: std::path::PathBuf,
    file: std::path::PathBuf,
    folder: tempfile::TempDir,
}

impl Stage {
    async fn set(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (file, log) = (folder.path().join("steadfast.toml"), folder.path().join("log"));
        std::fs::write(&file, text).unwrap();
        let flags = ["--config", file.to_str().unwrap()];
        let process = Process::start_logged(folder.path().join("a.db"), &flags, &log).await;
        Self { process, log, file, folder }
    }

    /// Writes the file anew, and waits until the collector has said something of it.
    async fn reload(&self, text: &str, expected: &str) {
        std::fs::write(&self.file, text).unwrap();
        self.process.signal("HUP").await;
        eventually(expected, async || read(&self.log).contains(expected)).await;
    }

    fn keys(&self) -> &Keys {
        self.process.keys.as_ref().unwrap()
    }

    /// Sends a request from an address, which a trusted proxy names.
    async fn send_from(&self, client: &str, request: RequestBuilder) -> Response {
        request.header("x-forwarded-for", client).send().await.unwrap()
    }

    fn post(&self, report: &Report) -> RequestBuilder {
        let post = Client::new().post(format!("{}/v1/reports", self.process.url));
        post.bearer_auth(&self.keys().publishable).json(report)
    }

    fn get(&self, path: &str) -> RequestBuilder {
        let get = Client::new().get(format!("{}{path}", self.process.url));
        get.bearer_auth(&self.keys().secret)
    }

    async fn read(&self, path: &str) -> Value {
        self.get(path).send().await.unwrap().json().await.unwrap()
    }

    async fn scrape(&self, key: &str) -> StatusCode {
        let scrape = Client::new().get(format!("{}/metrics", self.process.url));
        scrape.bearer_auth(key).send().await.unwrap().status()
    }
}

fn read(log: &Path) -> String {
    std::fs::read_to_string(log).unwrap()
}

fn scrape_key(key: &str) -> String {
    format!("scrape-key = \"{key}\"\n")
}

#[tokio::test]
async fn what_can_change_without_a_restart_does_and_the_rest_is_named() {
    let stage = Stage::set(&scrape_key(FIRST)).await;
    assert_eq!(
        (stage.scrape(FIRST).await, stage.scrape(SECOND).await.as_u16()),
        (StatusCode::OK, 401)
    );
    let text = scrape_key(SECOND) + "queue = 7\nlatency-raise = 2000\n";
    stage.reload(&text, "some settings change at the next start only").await;
    assert_eq!(
        (stage.scrape(FIRST).await.as_u16(), stage.scrape(SECOND).await),
        (401, StatusCode::OK)
    );
    let log = read(&stage.log);
    assert!(log.contains("applied=scrape-key, latency-raise"), "{log}");
    assert!(log.contains("at_start=queue"), "{log}");
    assert!(!log.contains(SECOND) && !log.contains(FIRST), "{log}");
    assert!(stage.process.terminate().await.success());
    drop(stage.folder);
}

/// The four limits, set to that many a minute.
fn limits(per_minute: u32) -> String {
    let names = [
        "reports-per-address",
        "requests-per-address",
        "new-sessions-per-key",
        "new-sessions-per-address",
    ];
    let lines = names.map(|name| format!("{name} = {per_minute}\n"));
    format!("trusted-proxies = \"127.0.0.1\"\n{}", lines.concat())
}

#[tokio::test]
async fn limits_by_address_and_of_new_sessions_change_at_once() {
    let stage = Stage::set(&limits(1000)).await;
    let begin = async |client: &str, session: &str| {
        stage.send_from(client, stage.post(&report(session, session))).await
    };
    let ask = async || stage.send_from("198.51.100.9", stage.get("/v1/connections")).await;
    assert_eq!(begin("198.51.100.1", "s1").await.status(), StatusCode::OK);
    assert_eq!(ask().await.status(), StatusCode::OK);

    stage.reload(&limits(1), "was read again").await;
    let log = read(&stage.log);
    assert!(!log.contains("at the next start only"), "{log}");
    // What the key took of the limit of before is a thousandth of that of now, which fills up in 60 ms.
    let tried = AtomicU32::new(0);
    let next = || format!("198.51.100.{}", 100 + tried.load(Ordering::Relaxed));
    eventually("a limit of one lets one pass", async || {
        tried.fetch_add(1, Ordering::Relaxed);
        begin(&next(), "s2").await.status() == StatusCode::OK
    })
    .await;
    let refused = refusal(begin(&next(), "s2").await).await;
    assert_eq!(refused, (429, "address.rate".to_owned()), "reports of one address");
    let refused = refusal(begin("198.51.100.3", "s3").await).await;
    assert_eq!(refused, (429, "session.key_rate".to_owned()));
    eventually("one request passes", async || ask().await.status() == StatusCode::OK).await;
    assert_eq!(refusal(ask().await).await, (429, "address.rate".to_owned()));

    let roomy =
        limits(1000).replace("new-sessions-per-address = 1000", "new-sessions-per-address = 1");
    std::fs::write(&stage.file, roomy).unwrap();
    stage.process.signal("HUP").await;
    eventually("both limits let pass again", async || {
        begin("198.51.100.4", "s4").await.status() == StatusCode::OK
            && ask().await.status() == StatusCode::OK
    })
    .await;
    // Of another address: what that one was refused before the reload has used up its reports.
    eventually("the key begins one more", async || {
        begin("198.51.100.5", "s5").await.status() == StatusCode::OK
    })
    .await;
    let refused = refusal(begin("198.51.100.5", "s6").await).await;
    assert_eq!(refused, (429, "session.address_rate".to_owned()));
    assert!(stage.process.terminate().await.success());
    drop(stage.folder);
}

#[tokio::test]
async fn what_a_shorter_retention_does_not_keep_is_removed_at_once() {
    let stage = Stage::set("").await;
    let mut ended = report("ended", "b1");
    ended.session.status = Status::Disconnected;
    for report in [&ended, &report("new", "b2")] {
        assert_eq!(stage.post(report).send().await.unwrap().status(), StatusCode::OK);
    }
    assert_eq!(stage.read("/v1/organization").await["retention"]["audit"], 400 * 86_400_000_u64);
    // As if it had been two hours ago.
    let database = stage.folder.path().join("a.db");
    for statement in [
        "UPDATE sessions SET heard_at = heard_at - 7200000 WHERE session_id = 'ended'",
        "UPDATE reports SET received_at = received_at - 7200000 WHERE batch_id = 'b1'",
    ] {
        execute(database.to_str().unwrap(), statement).await;
    }
    let names = [
        "reports",
        "events",
        "rollups",
        "ended-sessions",
        "stale-sessions",
        "keys",
        "alerts",
        "audit",
    ];
    let text = names.map(|name| format!("retention-{name} = \"1h\"\n")).concat();
    stage.reload(&text, "was read again").await;
    let log = read(&stage.log);
    assert!(!log.contains("at the next start only"), "{log}");
    let shown = stage.read("/v1/organization").await["retention"].clone();
    let hour = 3_600_000;
    let each = json!({
        "reports": hour, "events": hour, "rollups": hour, "endedSessions": hour,
        "staleSessions": hour, "keys": hour, "alerts": hour, "audit": hour,
    });
    assert_eq!(shown, each);
    eventually("the report is forgotten", async || {
        stage.read("/v1/connections/ended/events").await["reports"]
            .as_array()
            .is_none_or(Vec::is_empty)
    })
    .await;
    eventually("it is no duplicate any more", async || {
        let answer = stage.post(&ended).send().await.unwrap().json::<Value>().await.unwrap();
        answer["duplicate"] == false
    })
    .await;
    assert!(stage.process.terminate().await.success());
    drop(stage.folder);
}

#[tokio::test]
async fn a_file_that_makes_no_sense_is_refused_and_what_was_in_effect_stays() {
    let stage = Stage::set(&scrape_key(FIRST)).await;
    for (text, expected) in [
        (scrape_key(SECOND) + "queue = 0\n", "is \"0\"; allowed is 1 to 100000"),
        (scrape_key(SECOND) + "quee = 1\n", "quee in "),
        (scrape_key(SECOND) + "queue =\n", "cannot be read: line 2"),
    ] {
        stage.reload(&text, expected).await;
        let log = read(&stage.log);
        assert!(log.contains("the configuration is refused; what was in effect stays"), "{log}");
        assert_eq!(stage.scrape(FIRST).await, 200, "{expected}");
    }
    std::fs::remove_file(&stage.file).unwrap();
    stage.process.signal("HUP").await;
    eventually("it is said", async || read(&stage.log).contains("No such file")).await;
    assert_eq!(stage.scrape(FIRST).await, 200);
    assert!(stage.process.terminate().await.success());
    drop(stage.folder);
}

#[tokio::test]
async fn many_hang_ups_end_nothing() {
    let stage = Stage::set(&scrape_key(FIRST)).await;
    for _ in 0..50 {
        stage.process.signal("HUP").await;
    }
    eventually("it is read", async || read(&stage.log).contains("was read again")).await;
    assert_eq!(stage.scrape(FIRST).await, 200);
    assert!(stage.process.terminate().await.success());
    drop(stage.folder);
}
