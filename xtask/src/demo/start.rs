//! Starts the processes of the demonstration, each with what it has to know of those before it.

use std::{
    fmt,
    net::{Ipv4Addr, TcpStream},
    path::Path,
    process::Command,
};

use anyhow::{Context, Result};

use super::{Demo, interrupt::Interrupt, port, process::Process};
use crate::{pages::EXAMPLE, workspace::Workspace};

/// The ports that are taken when they are free.
const COLLECTOR_PORT: u16 = 4700;
const ECHO_PORT: u16 = 4701;
const PAGE_PORT: u16 = 4702;

/// Where the running demonstration is reached.
pub(super) struct Addresses {
    page: String,
    dashboard: String,
    clients: u16,
}

impl fmt::Display for Addresses {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            formatter,
            "\nSteadfast is running, with {} native clients. Open:\n",
            self.clients
        )?;
        writeln!(
            formatter,
            "  a browser client, and buttons that make the server misbehave:\n    {}\n",
            self.page
        )?;
        writeln!(formatter, "  the dashboard:\n    {}\n", self.dashboard)?;
        write!(formatter, "Ctrl-C ends everything.")
    }
}

/// Starts everything and waits until it is ready; what was started is in `processes`, also when something failed.
pub(super) fn start(
    demo: &Demo,
    workspace: &Workspace,
    folder: &Path,
    interrupt: &Interrupt,
    processes: &mut Vec<Process>,
) -> Result<Addresses> {
    println!("\n── starting");
    let mut starter = Starter { interrupt, processes };

    let mut collector = Command::new(workspace.program("steadfast-collector"));
    collector.arg("--listen").arg(local(port::free(COLLECTOR_PORT)?));
    collector.arg("--database").arg(folder.join("steadfast.db"));
    starter.start("collector", collector)?;
    let collector = starter.wait_for_line("listening on ")?;
    let publishable_key = starter.wait_for_line("publishable key: ")?;
    let secret_key = starter.wait_for_line("secret key: ")?;
    let report = format!("{collector}/v1/reports");

    let mut echo = Command::new(workspace.program("steadfast-echo"));
    echo.arg("--listen").arg(local(port::free(ECHO_PORT)?));
    starter.start("echo server", echo)?;
    let echo = starter.wait_for_line("listening on ")?;
    let control = echo.replacen("ws://", "http://", 1);

    let mut fleet = Command::new(workspace.program("steadfast-fleet"));
    fleet.args([
        "--url",
        &echo,
        "--clients",
        &demo.clients.to_string(),
        "--report",
        &report,
        "--key",
        &publishable_key,
    ]);
    starter.start("fleet", fleet)?;

    let page_port = port::free(PAGE_PORT)?;
    starter.start("page", page_server(workspace, page_port))?;
    starter.wait_for_port(page_port)?;

    let query =
        [("echo", &echo), ("control", &control), ("report", &report), ("key", &publishable_key)];
    let query = query.map(|(name, value)| format!("{name}={value}")).join("&");
    Ok(Addresses {
        page: format!("http://{}/?{query}", local(page_port)),
        dashboard: format!("{collector}/#key={secret_key}"),
        clients: demo.clients,
    })
}

/// What serves the built page.
fn page_server(workspace: &Workspace, port: u16) -> Command {
    let folder = workspace.path(EXAMPLE);
    let mut command = Command::new("node");
    command.arg(folder.join("node_modules/vite/bin/vite.js")).arg("preview");
    command
        .args(["--host", "127.0.0.1", "--strictPort", "--port", &port.to_string()])
        .current_dir(folder);
    command
}

fn local(port: u16) -> String {
    format!("127.0.0.1:{port}")
}

struct Starter<'a> {
    interrupt: &'a Interrupt,
    processes: &'a mut Vec<Process>,
}

impl Starter<'_> {
    fn start(&mut self, name: &'static str, command: Command) -> Result<()> {
        println!("{name}: {}", command.get_program().display());
        self.processes.push(Process::start(name, command)?);
        Ok(())
    }

    /// Waits for a line of the process started last.
    fn wait_for_line(&mut self, prefix: &str) -> Result<String> {
        let process = self.processes.last_mut().context("nothing was started")?;
        process.wait_for_line(prefix, self.interrupt)
    }

    /// Waits until the process started last accepts connections.
    fn wait_for_port(&mut self, port: u16) -> Result<()> {
        let process = self.processes.last_mut().context("nothing was started")?;
        let accepts = |_: &Process| TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok().map(drop);
        process.wait_for(&format!("accept connections on port {port}"), accepts, self.interrupt)
    }
}
