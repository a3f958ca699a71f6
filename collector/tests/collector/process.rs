//! The program itself, as a process.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{ExitStatus, Stdio};

use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::support::Keys;

/// A collector that runs as a process of its own, which ends with this.
pub(crate) struct Process {
    pub(crate) url: String,
    /// The keys that it printed, if it printed any.
    pub(crate) keys: Option<Keys>,
    child: Child,
    _stdout: Lines<BufReader<ChildStdout>>,
}

impl Process {
    /// Starts it, and waits until it is ready.
    pub(crate) async fn start(database: impl AsRef<OsStr>) -> Self {
        Self::start_with(database, &[]).await
    }

    /// The same with further flags.
    pub(crate) async fn start_with(database: impl AsRef<OsStr>, flags: &[&str]) -> Self {
        Self::of(command(), database, flags, Stdio::null()).await
    }

    /// The same, whose log goes into a file.
    pub(crate) async fn start_logged(
        database: impl AsRef<OsStr>,
        flags: &[&str],
        log: &Path,
    ) -> Self {
        let log = std::fs::File::options().create(true).append(true).open(log).unwrap();
        Self::of(command(), database, flags, log.into()).await
    }

    /// The same as what another program executes, which gets it and its flags as arguments.
    pub(crate) async fn start_under(program: &[&str], database: impl AsRef<OsStr>) -> Self {
        let mut under = Command::new(program[0]);
        under.args(&program[1..]).arg(PROGRAM);
        Self::of(under, database, &[], Stdio::null()).await
    }

    async fn of(
        mut command: Command,
        database: impl AsRef<OsStr>,
        flags: &[&str],
        stderr: Stdio,
    ) -> Self {
        if !flags.contains(&"--listen") {
            command.args(["--listen", "127.0.0.1:0"]);
        }
        let mut child = command
            .arg("--database")
            .arg(database)
            // What most tests say of alerts should not depend on what the machine has to do. A flag
            // wins.
            .env("STEADFAST_OPERATOR", "nobody")
            .args(flags)
            .stdout(Stdio::piped())
            // Not a pipe: nobody reads it, and what is full would hold the collector up.
            .stderr(stderr)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap()).lines();
        let (mut publishable, mut secret) = (None, None);
        let url = loop {
            let line = stdout.next_line().await.unwrap().expect("it says where it listens");
            match line.rsplit_once(' ') {
                Some(("publishable key:", key)) => publishable = Some(key.to_owned()),
                Some(("secret key:", key)) => secret = Some(key.to_owned()),
                Some(("listening on", url)) => break url.to_owned(),
                _ => panic!("unexpected line {line:?}"),
            }
        };
        let keys =
            publishable.zip(secret).map(|(publishable, secret)| Keys { publishable, secret });
        Self { url, keys, child, _stdout: stdout }
    }

    /// The number of the process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id().unwrap()
    }

    /// Sends it a signal, such as `HUP`.
    pub(crate) async fn signal(&self, name: &str) {
        let (id, signal) = (self.id().to_string(), format!("-{name}"));
        let sent = Command::new("kill").args([&signal, &id]).status().await.unwrap();
        assert!(sent.success());
    }

    /// Ends it without a warning, as SIGKILL does.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// Asks it to end, as SIGTERM does, and waits for it.
    pub(crate) async fn terminate(mut self) -> ExitStatus {
        self.signal("TERM").await;
        self.child.wait().await.unwrap()
    }
}

const PROGRAM: &str = env!("CARGO_BIN_EXE_steadfast-collector");

/// The program, with nothing of this process's environment that it would listen to.
pub(crate) fn command() -> Command {
    let mut command = Command::new(PROGRAM);
    for name in ["STEADFAST_LISTEN", "STEADFAST_DATABASE", "STEADFAST_QUEUE", "RUST_LOG"] {
        command.env_remove(name);
    }
    command.stderr(Stdio::piped());
    command
}
