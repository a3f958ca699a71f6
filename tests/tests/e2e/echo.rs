use serde_json::{Value, json};
use steadfast_tests::http::Http;
use steadfast_tests::process::{Process, lasting_port};

use crate::Fallible;

/// The echo server, on a port that it keeps when it is restarted.
pub(crate) struct Echo {
    port: u16,
    process: Process,
}

impl Echo {
    pub(crate) async fn start() -> Fallible<Self> {
        let port = lasting_port()?;
        Ok(Self { port, process: start(port).await? })
    }

    pub(crate) fn url(&self) -> String {
        format!("ws://127.0.0.1:{}/", self.port)
    }

    /// Kills it with SIGKILL; what is returned can be started again.
    pub(crate) async fn kill(self) -> Fallible<KilledEcho> {
        self.process.kill().await?;
        Ok(KilledEcho { port: self.port })
    }

    /// Tells it how to behave: `normal`, `refuse`, `blackhole`.
    pub(crate) async fn behave(&self, mode: &str) -> Fallible<Value> {
        self.post("/control", json!({ "mode": mode }).to_string()).await
    }

    /// Resets all connections, and says how many there were.
    pub(crate) async fn drop_all(&self) -> Fallible<Value> {
        Ok(self.post("/control/drop", String::new()).await?["dropped"].clone())
    }

    async fn post(&self, path: &str, body: String) -> Fallible<Value> {
        let http = Http::new(&format!("127.0.0.1:{}", self.port));
        Ok(http.post(path, body).await?.agreed()?.json()?)
    }
}

/// What is left of an echo server that was killed.
pub(crate) struct KilledEcho {
    port: u16,
}

impl KilledEcho {
    pub(crate) async fn restart(self) -> Fallible<Echo> {
        Ok(Echo { port: self.port, process: start(self.port).await? })
    }
}

async fn start(port: u16) -> Fallible<Process> {
    let listen = format!("127.0.0.1:{port}");
    let mut process = Process::start("steadfast-echo", &["--listen", &listen])?;
    process.line("listening on ").await?;
    Ok(process)
}
