//! Clients that report whatever happens, and the outcome of their reports.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::Client;
use serde_json::Value;
use tokio::task::JoinSet;

use crate::process::Process;
use crate::support::{Keys, eventually, report_of_losses};

const CLIENTS: u32 = 4;

/// Clients under way. Each tells of the next after the last was acknowledged, or given up.
pub(super) struct Load {
    url: String,
    keys: Keys,
    told: Arc<Mutex<Told>>,
    clients: JoinSet<()>,
}

#[derive(Debug, Default)]
struct Told {
    acknowledged: BTreeSet<String>,
    /// The codes of refusals.
    refused: BTreeSet<String>,
}

impl Load {
    pub(super) fn start(process: &Process) -> Self {
        Self::start_at(&process.url, process.keys.clone().unwrap())
    }

    pub(super) fn start_at(url: &str, keys: Keys) -> Self {
        let told = Arc::<Mutex<Told>>::default();
        let clients = (0..CLIENTS)
            .map(|client| tell(url.to_owned(), keys.clone(), client, Arc::clone(&told)));
        let clients = clients.collect();
        Self { url: url.to_owned(), keys, told, clients }
    }

    /// Until that many more were acknowledged.
    pub(super) async fn goes_on(&self, more: usize) {
        let before = self.told.lock().unwrap().acknowledged.len();
        eventually("reports are acknowledged", async || {
            self.told.lock().unwrap().acknowledged.len() >= before + more
        })
        .await;
    }

    /// Until reports are refused with this code, it says that it is not ready, and that it is alive.
    pub(super) async fn is_refused(&self, code: &str) {
        eventually(&format!("reports are refused with {code}"), async || {
            self.told.lock().unwrap().refused.contains(code)
        })
        .await;
        eventually("it is not ready", async || {
            let (status, state) = self.ready().await;
            status == 503 && state["store"] == "failing"
        })
        .await;
        let alive = Client::new().get(format!("{}/healthz", self.url)).send().await.unwrap();
        assert_eq!(alive.status(), 200);
    }

    pub(super) async fn is_ready_again(&self) {
        eventually("it is ready", async || self.ready().await.0 == 200).await;
    }

    async fn ready(&self) -> (u16, Value) {
        let answer = Client::new().get(format!("{}/readyz", self.url)).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// Ends it: what was acknowledged has to be stored, and nothing twice.
    pub(super) async fn ends_with(mut self, stored: impl AsyncFn() -> Vec<String>) {
        self.clients.shutdown().await;
        let read = Client::new().get(format!("{}/v1/connections", self.url));
        let page = read.bearer_auth(&self.keys.secret).send().await.unwrap();
        assert_eq!(page.status(), 200, "it answers questions, too");
        let stored = stored().await;
        let distinct: BTreeSet<&String> = stored.iter().collect();
        assert_eq!(distinct.len(), stored.len(), "each at most once");
        let told = self.told.lock().unwrap();
        let missing: Vec<_> =
            told.acknowledged.iter().filter(|one| !distinct.contains(one)).collect();
        assert!(missing.is_empty(), "acknowledged and lost: {missing:?}");
    }
}

async fn tell(url: String, keys: Keys, client: u32, told: Arc<Mutex<Told>>) {
    let http = Client::new();
    for number in 1.. {
        let batch = format!("b{client}-{number}");
        let report = report_of_losses(&format!("s{client}"), &batch, number);
        let post = http.post(format!("{url}/v1/reports")).bearer_auth(&keys.publishable);
        let Ok(answer) = post.json(&report).send().await else { continue };
        if answer.status() == 200 {
            told.lock().unwrap().acknowledged.insert(batch);
            continue;
        }
        let refused: Value = answer.json().await.unwrap();
        let code = refused["error"]["code"].as_str().unwrap().to_owned();
        told.lock().unwrap().refused.insert(code);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
