//! Real processes for tests: started, listened to, and killed without mercy.

use std::env;
use std::hash::{BuildHasher as _, RandomState};
use std::io;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;

/// How long anything may take that a test waits for. Generous: no test asserts a time.
pub const DEADLINE: Duration = Duration::from_mins(1);

/// How many of a program's lines are kept.
const KEPT_LINES: usize = 1000;

/// A program of this workspace, running; it is killed when this is dropped.
#[derive(Debug)]
pub struct Process {
    program: String,
    child: Child,
    lines: Arc<watch::Sender<Vec<String>>>,
}

/// A program could not be started, or did not do what was expected of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProcessError {
    /// What was waited for did not happen.
    #[error("waited {limit} s in vain: {0}", limit = DEADLINE.as_secs())]
    InVain(&'static str),
    /// The program is not where the tests are built.
    #[error("{0} is missing: build the workspace first, as `cargo xtask test` does")]
    Missing(PathBuf),
    /// The line did not come.
    #[error("{program} said no line that begins with {prefix:?}, but only:\n{}", said.join("\n"))]
    Silent {
        /// The program.
        program: String,
        /// What the line should have begun with.
        prefix: String,
        /// What it said instead.
        said: Vec<String>,
    },
    /// The system refused.
    #[error(transparent)]
    System(#[from] io::Error),
}

impl Process {
    /// Starts a program that the workspace builds.
    ///
    /// # Errors
    ///
    /// If it is not built, or does not start.
    pub fn start<S: AsRef<str>>(program: &str, arguments: &[S]) -> Result<Self, ProcessError> {
        let mut child = Command::new(path_of(program)?)
            .args(arguments.iter().map(AsRef::as_ref))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let lines = Arc::new(watch::Sender::new(Vec::new()));
        if let Some(stdout) = child.stdout.take() {
            tokio::spawn(collect(stdout, Arc::clone(&lines)));
        }
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(collect(stderr, Arc::clone(&lines)));
        }
        Ok(Self { program: program.into(), child, lines })
    }

    /// Its number in the system, until it has ended.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Waits for a line that begins with `prefix`, and returns the rest of it.
    ///
    /// # Errors
    ///
    /// If none has come by the [deadline](DEADLINE), or the program has ended without one.
    pub async fn line(&mut self, prefix: &str) -> Result<String, ProcessError> {
        let rest = |line: &String| line.strip_prefix(prefix).map(String::from);
        let mut lines = self.lines.subscribe();
        let found = lines.wait_for(|lines| lines.iter().any(|line| line.starts_with(prefix)));
        let ended = async {
            let _ = self.child.wait().await;
            // What it said last may still be on its way.
            tokio::time::sleep(Duration::from_millis(200)).await;
        };
        tokio::select! {
            _ = tokio::time::timeout(DEADLINE, found) => {}
            () = ended => {}
        }
        let said = self.lines.borrow().clone();
        said.iter().find_map(rest).ok_or_else(|| ProcessError::Silent {
            program: self.program.clone(),
            prefix: prefix.into(),
            said,
        })
    }

    /// Kills it with SIGKILL and waits until it is gone.
    ///
    /// # Errors
    ///
    /// If the system refuses.
    pub async fn kill(mut self) -> Result<(), ProcessError> {
        Ok(self.child.kill().await?)
    }

    /// Asks it to end as Ctrl-C does, and waits until it has: true if it ended well.
    ///
    /// # Errors
    ///
    /// If the system refuses.
    pub async fn interrupt(mut self) -> Result<bool, ProcessError> {
        if let Some(id) = self.child.id() {
            Command::new("kill").args(["-INT", &id.to_string()]).status().await?;
        }
        Ok(self.child.wait().await?.success())
    }
}

/// A port for a server that is killed and comes back: free, and below those that the system gives
/// to outgoing connections, so that none of them takes it meanwhile.
///
/// # Errors
///
/// If no port is free.
pub fn lasting_port() -> io::Result<u16> {
    let random = RandomState::new();
    let ports = (0_u16..100).map(|attempt| {
        let spread = u16::try_from(random.hash_one(attempt) % 10_000).unwrap_or_default();
        20_000 + spread
    });
    let mut free = ports.filter(|&port| TcpListener::bind(("127.0.0.1", port)).is_ok());
    free.next().ok_or_else(|| io::ErrorKind::AddrInUse.into())
}

/// Asks again and again until there is an answer; `what` it is about is for the error.
///
/// # Errors
///
/// If there is none by the [deadline](DEADLINE).
pub async fn eventually<T>(
    what: &'static str,
    mut ask: impl AsyncFnMut() -> Option<T>,
) -> Result<T, ProcessError> {
    let asking = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(DEADLINE, asking).await.map_err(|_| ProcessError::InVain(what))
}

/// Programs are built beside the folder of the tests: `target/debug/NAME`.
fn path_of(program: &str) -> Result<PathBuf, ProcessError> {
    let mut path = env::current_exe()?;
    path.pop();
    if path.ends_with("deps") {
        path.pop();
    }
    path.push(format!("{program}{}", env::consts::EXE_SUFFIX));
    if path.exists() { Ok(path) } else { Err(ProcessError::Missing(path)) }
}

async fn collect(output: impl AsyncRead + Unpin, into: Arc<watch::Sender<Vec<String>>>) {
    let mut lines = BufReader::new(output).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        into.send_if_modified(|lines| {
            let room = lines.len() < KEPT_LINES;
            if room {
                lines.push(line);
            }
            room
        });
    }
}
