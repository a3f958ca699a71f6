//! Processes for tests that stop or kill them.

use std::env;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::ask::within;

/// Another process, which runs one of the ignored tests of this program. It is killed when this is
/// dropped.
pub(crate) struct Process {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Process {
    /// `wrapper`: what the program is started by, if not by itself.
    pub(crate) fn start(wrapper: &[&str], test: &str, variables: &[(&str, &str)]) -> Self {
        let program = env::current_exe().unwrap();
        let mut command = match wrapper {
            [] => Command::new(program),
            [wrapper, arguments @ ..] => {
                let mut command = Command::new(wrapper);
                command.args(arguments).arg(program);
                command
            }
        };
        let mut child = command
            .args(["--exact", test, "--ignored", "--nocapture"])
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// The next line.
    pub(crate) async fn line(&mut self) -> String {
        within(self.lines.next_line()).await.unwrap().expect("it has ended")
    }

    /// The rest of the next line that begins so.
    pub(crate) async fn says(&mut self, beginning: &str) -> String {
        loop {
            // The harness leaves its own line open.
            if let Some((_, rest)) = self.line().await.split_once(beginning) {
                return rest.to_owned();
            }
        }
    }

    /// Sends it a signal, such as `STOP`.
    pub(crate) async fn signal(&self, signal: &str) {
        let id = self.child.id().unwrap().to_string();
        let sent = Command::new("kill").args([&format!("-{signal}"), &id]).status().await;
        assert!(sent.unwrap().success());
    }

    /// SIGKILL.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// SIGKILL; and the lines that it had said and nobody had read.
    pub(crate) async fn kill_and_listen(mut self) -> Vec<String> {
        self.child.kill().await.unwrap();
        let mut rest = vec![];
        while let Some(line) = within(self.lines.next_line()).await.unwrap() {
            rest.push(line);
        }
        rest
    }
}
