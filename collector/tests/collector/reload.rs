//! SIGHUP reads the configuration again.

use std::path::Path;

use reqwest::StatusCode;

use crate::process::Process;
use crate::support::eventually;

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

    async fn scrape(&self, key: &str) -> StatusCode {
        let scrape = reqwest::Client::new().get(format!("{}/metrics", self.process.url));
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
