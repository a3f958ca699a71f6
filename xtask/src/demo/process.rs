//! A process of the demonstration, with what it started and what it said.

use std::{
    collections::VecDeque,
    io::{BufRead, BufReader, Read},
    process::{Command, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
#[cfg(windows)]
use process_wrap::std::JobObject;
#[cfg(unix)]
use process_wrap::std::ProcessGroup;
use process_wrap::std::{ChildWrapper, CommandWrap};

use super::interrupt::Interrupt;

/// How often processes are looked at.
pub(super) const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// How long a process may take to say that it is ready.
const START_LIMIT: Duration = Duration::from_secs(30);

/// How long a process may take to end when asked to, before it is killed.
const END_LIMIT: Duration = Duration::from_secs(5);

/// How many of a process's last lines are kept, to be shown when it ends by itself.
const KEPT_LINES: usize = 100;

/// How many of those are shown.
const SHOWN_LINES: usize = 15;

/// A running process. It has a process group of its own (a job on Windows), so that what it starts ends with it.
pub(super) struct Process {
    name: &'static str,
    child: Box<dyn ChildWrapper>,
    lines: Arc<Mutex<VecDeque<String>>>,
}

impl Process {
    /// Starts a command, and keeps the last lines it prints.
    pub(super) fn start(name: &'static str, mut command: Command) -> Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut command = CommandWrap::from(command);
        #[cfg(unix)]
        command.wrap(ProcessGroup::leader());
        #[cfg(windows)]
        command.wrap(JobObject);
        let mut child = command.spawn().with_context(|| format!("starting {name}"))?;
        let lines = Arc::new(Mutex::new(VecDeque::new()));
        if let Some(stdout) = child.stdout().take() {
            keep_lines(stdout, Arc::clone(&lines));
        }
        if let Some(stderr) = child.stderr().take() {
            keep_lines(stderr, Arc::clone(&lines));
        }
        Ok(Self { name, child, lines })
    }

    /// Waits for a line that starts with `prefix`, and returns the rest of it.
    ///
    /// # Errors
    ///
    /// When the process ends, takes too long, or the user asks for the end.
    pub(super) fn wait_for_line(&mut self, prefix: &str, interrupt: &Interrupt) -> Result<String> {
        let said = |process: &Self| {
            process.lines().iter().find_map(|line| line.strip_prefix(prefix).map(str::to_owned))
        };
        self.wait_for(&format!("print `{prefix}…`"), said, interrupt)
    }

    /// Waits until `ready` has an answer, and returns it; `what` says what is waited for.
    ///
    /// # Errors
    ///
    /// When the process ends, takes too long, or the user asks for the end.
    pub(super) fn wait_for<T>(
        &mut self,
        what: &str,
        ready: impl Fn(&Self) -> Option<T>,
        interrupt: &Interrupt,
    ) -> Result<T> {
        let start = Instant::now();
        loop {
            if let Some(answer) = ready(self) {
                return Ok(answer);
            }
            self.check_running()?;
            if interrupt.came_within(POLL_INTERVAL) {
                bail!("interrupted");
            }
            if start.elapsed() > START_LIMIT {
                bail!(
                    "{} did not {what} within {} s\n{}",
                    self.name,
                    START_LIMIT.as_secs(),
                    self.last_lines()
                );
            }
        }
    }

    /// # Errors
    ///
    /// When the process has ended; the error says how, and holds its last lines.
    pub(super) fn check_running(&mut self) -> Result<()> {
        if let Some(status) = self.child.try_wait()? {
            // What it said last may still be in the pipe.
            thread::sleep(POLL_INTERVAL);
            bail!(
                "{} has ended by itself ({status}); its last lines:\n{}",
                self.name,
                self.last_lines()
            );
        }
        Ok(())
    }

    /// Asks the process and what it started to end, and kills what does not.
    pub(super) fn end(self) {
        self.end_within(END_LIMIT);
    }

    fn end_within(mut self, limit: Duration) {
        let start = Instant::now();
        if self.ask_to_end() {
            while start.elapsed() < limit && matches!(self.child.try_wait(), Ok(None)) {
                thread::sleep(POLL_INTERVAL / 4);
            }
        }
        // Also when the process itself has ended: others of its group may not have. That they have is no failure.
        let _ = self.child.kill();
    }

    #[cfg(unix)]
    fn ask_to_end(&self) -> bool {
        const SIGTERM: i32 = 15;
        self.child.signal(SIGTERM).is_ok()
    }

    #[cfg(not(unix))]
    fn ask_to_end(&self) -> bool {
        false
    }

    fn last_lines(&self) -> String {
        let lines = self.lines();
        let shown = lines.iter().skip(lines.len().saturating_sub(SHOWN_LINES));
        shown.map(|line| format!("  {}: {line}", self.name)).collect::<Vec<_>>().join("\n")
    }

    fn lines(&self) -> MutexGuard<'_, VecDeque<String>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads lines for as long as there are any, and keeps the last of them.
fn keep_lines(source: impl Read + Send + 'static, lines: Arc<Mutex<VecDeque<String>>>) {
    thread::spawn(move || {
        for line in BufReader::new(source).lines().map_while(Result::ok) {
            let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
            if lines.len() == KEPT_LINES {
                lines.pop_front();
            }
            lines.push_back(line);
        }
    });
}

#[cfg(test)]
mod tests;
