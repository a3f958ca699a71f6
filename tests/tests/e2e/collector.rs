use std::path::PathBuf;

use hyper::StatusCode;
use serde_json::Value;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, SqliteConnection};
use steadfast_core::activity::Activity;
use steadfast_core::connection::ConnectionState;
use steadfast_core::health::HealthMetrics;
use steadfast_tests::http::{Answer, Http, HttpError};
use steadfast_tests::process::{Process, lasting_port};
use tempfile::TempDir;

use crate::Fallible;

/// The collector, with a port and a database that outlive it.
pub(crate) struct Collector {
    site: Site,
    process: Process,
}

/// What is left of a collector that was killed.
pub(crate) struct KilledCollector(Site);

/// Talks to the collector, whether it runs or not.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) publishable_key: String,
    /// May report.
    reporting: Http,
    /// May read.
    reading: Http,
}

/// A report as the collector stored it.
pub(crate) struct StoredReport {
    pub(crate) batch_id: String,
    pub(crate) session_id: String,
    pub(crate) activity: Activity,
}

struct Site {
    port: u16,
    folder: TempDir,
    client: Client,
}

impl Collector {
    pub(crate) async fn start() -> Fallible<Self> {
        let port = lasting_port()?;
        let folder = tempfile::tempdir()?;
        let mut process = start(port, &folder).await?;
        let publishable_key = process.line("publishable key: ").await?;
        let secret_key = process.line("secret key: ").await?;
        let http = Http::new(&format!("127.0.0.1:{port}"));
        let reporting = http.with_key(publishable_key.clone());
        let client = Client { publishable_key, reporting, reading: http.with_key(secret_key) };
        Ok(Self { site: Site { port, folder, client }, process })
    }

    pub(crate) fn client(&self) -> &Client {
        &self.site.client
    }

    /// Kills it with SIGKILL.
    pub(crate) async fn kill(self) -> Fallible<KilledCollector> {
        self.process.kill().await?;
        Ok(KilledCollector(self.site))
    }
}

impl KilledCollector {
    /// Starts it again on the same port and the same database.
    pub(crate) async fn restart(self) -> Fallible<Collector> {
        let process = start(self.0.port, &self.0.folder).await?;
        Ok(Collector { site: self.0, process })
    }

    /// Everything in its database, as often as it is there.
    pub(crate) async fn stored_reports(&self) -> Fallible<Vec<StoredReport>> {
        let options = SqliteConnectOptions::new().filename(database(&self.0.folder));
        let mut database = SqliteConnection::connect_with(&options).await?;
        let rows: Vec<(String, String, String)> =
            sqlx::query_as("SELECT batch_id, session_id, activity FROM reports")
                .fetch_all(&mut database)
                .await?;
        rows.into_iter()
            .map(|(batch_id, session_id, activity)| {
                let activity = serde_json::from_str(&activity)?;
                Ok(StoredReport { batch_id, session_id, activity })
            })
            .collect()
    }
}

impl Client {
    /// Where clients report to.
    pub(crate) fn report_url(&self) -> String {
        self.reporting.url("/v1/reports")
    }

    /// Posts a report as a client does, and returns the whole answer.
    pub(crate) async fn report(&self, body: impl Into<String>) -> Result<Answer, HttpError> {
        self.reporting.post("/v1/reports", body.into()).await
    }

    /// What it knows of a session; nothing if it never heard of it.
    pub(crate) async fn connection(&self, session_id: &str) -> Fallible<Option<ConnectionState>> {
        let answer = self.reading.get(&format!("/v1/connections/{session_id}")).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        Ok(Some(answer.agreed()?.json()?))
    }

    /// What it says of the health of all sessions.
    pub(crate) async fn metrics(&self) -> Fallible<HealthMetrics> {
        let health: Value = self.reading.get("/v1/health").await?.agreed()?.json()?;
        Ok(serde_json::from_value(health["metrics"].clone())?)
    }
}

async fn start(port: u16, folder: &TempDir) -> Fallible<Process> {
    let listen = format!("127.0.0.1:{port}");
    let database = database(folder).display().to_string();
    let arguments = ["--listen", &listen, "--database", &database];
    let mut process = Process::start("steadfast-collector", &arguments)?;
    process.line("listening on ").await?;
    Ok(process)
}

fn database(folder: &TempDir) -> PathBuf {
    folder.path().join("steadfast.db")
}
