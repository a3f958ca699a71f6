//! `cargo xtask demo`: everything, running, with the pages to open.

mod build;
mod interrupt;
mod port;
mod process;
mod start;

use anyhow::Result;
use clap::Args;

use self::{interrupt::Interrupt, process::Process};
use crate::workspace::Workspace;

/// How the demonstration runs.
#[derive(Args, Debug)]
pub(crate) struct Demo {
    /// How many native clients connect
    #[arg(long, default_value_t = 36, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    clients: u16,
}

impl Demo {
    /// Builds everything, runs it until Ctrl-C, and ends it.
    ///
    /// # Errors
    ///
    /// When something cannot be built or started, or when a process ends by itself: the error holds its last lines.
    pub(crate) fn run(&self, workspace: &Workspace) -> Result<()> {
        build::build(workspace)?;
        let interrupt = Interrupt::listen()?;
        let folder = workspace.path(".demo").join(std::process::id().to_string());
        workspace.shell.create_dir(&folder)?;
        let outcome = self.run_in(workspace, &folder, &interrupt);
        workspace.shell.remove_path(&folder)?;
        outcome
    }

    /// Starts the processes; each is ended when this returns, the last one started first.
    fn run_in(
        &self,
        workspace: &Workspace,
        folder: &std::path::Path,
        interrupt: &Interrupt,
    ) -> Result<()> {
        let mut processes = Processes::default();
        match start::start(self, workspace, folder, interrupt, &mut processes.0) {
            Ok(addresses) => println!("{addresses}"),
            Err(_) if interrupt.came() => return Ok(()),
            Err(error) => return Err(error),
        }
        while !interrupt.came_within(process::POLL_INTERVAL) {
            for process in &mut processes.0 {
                process.check_running()?;
            }
        }
        println!("\nending everything");
        Ok(())
    }
}

/// The running processes, ended in the reverse order of their start.
#[derive(Default)]
struct Processes(Vec<Process>);

impl Drop for Processes {
    fn drop(&mut self) {
        while let Some(process) = self.0.pop() {
            process.end();
        }
    }
}
