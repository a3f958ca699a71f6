//! The servers under load, as processes of their own.

use std::error::Error;
use std::net::SocketAddr;
use std::process::Stdio;

use serde_json::Value;
use steadfast_tests::http::Http;
use steadfast_tests::process::Process;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::BE_NOOP;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// A server that holds live connections.
pub(crate) trait Server {
    /// Where its live stream is, with whatever lets in one client.
    async fn live_url(&self) -> Outcome<String>;

    /// Its process.
    fn id(&self) -> Option<u32>;
}

/// The collector, with a database of its own.
pub(crate) struct Collector {
    address: SocketAddr,
    process: Process,
    publishable_key: String,
    reading: Http,
    _folder: TempDir,
}

/// The server that does nothing.
pub(crate) struct Noop {
    address: SocketAddr,
    child: Child,
}

impl Collector {
    pub(crate) async fn start(live_clients: usize) -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let database = folder.path().join("load.db").display().to_string();
        let live_clients = live_clients.to_string();
        let arguments = [
            "--listen",
            "127.0.0.1:0",
            "--database",
            &database,
            "--max-live-clients",
            &live_clients,
        ];
        let mut process = Process::start("steadfast-collector", &arguments)?;
        let address = process.line("listening on ").await?;
        let publishable_key = process.line("publishable key: ").await?;
        let secret_key = process.line("secret key: ").await?;
        let address = address.trim_start_matches("http://").trim_end_matches('/').parse()?;
        let reading = Http::new(&format!("{address}")).with_key(secret_key);
        Ok(Self { address, process, publishable_key, reading, _folder: folder })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn publishable_key(&self) -> &str {
        &self.publishable_key
    }

    pub(crate) async fn end(self) -> Outcome<()> {
        Ok(self.process.kill().await?)
    }
}

impl Server for Collector {
    async fn live_url(&self) -> Outcome<String> {
        let answer: Value = self.reading.post("/v1/live/ticket", "").await?.agreed()?.json()?;
        let ticket = answer["ticket"].as_str().ok_or("there is no ticket")?;
        Ok(format!("ws://{}/v1/live?ticket={ticket}", self.address))
    }

    fn id(&self) -> Option<u32> {
        self.process.id()
    }
}

impl Noop {
    pub(crate) async fn start() -> Outcome<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg(BE_NOOP)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let stdout = child.stdout.take().ok_or("there is no output")?;
        let line = BufReader::new(stdout).lines().next_line().await?.ok_or("it has ended")?;
        let address =
            line.strip_prefix("listening on ").ok_or("it says something else")?.parse()?;
        Ok(Self { address, child })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) async fn end(mut self) -> Outcome<()> {
        Ok(self.child.kill().await?)
    }
}

impl Server for Noop {
    async fn live_url(&self) -> Outcome<String> {
        Ok(format!("ws://{}/v1/live", self.address))
    }

    fn id(&self) -> Option<u32> {
        self.child.id()
    }
}
