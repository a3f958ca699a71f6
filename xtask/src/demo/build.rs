//! Builds what the demonstration runs.

use anyhow::Result;

use crate::{check, package, setup::node_packages, steps::Action, workspace::Workspace};

/// The folder of the page.
pub(super) const PAGE: &str = "examples/web";

/// Builds the npm package, the pages and the programs, in the order in which they need each other.
pub(super) fn build(workspace: &Workspace) -> Result<()> {
    let parts: [(&str, Action); 4] = [
        ("the npm package", package::build),
        ("the dashboard", check::dashboard),
        ("the page", page),
        ("the collector, the echo server and the native clients", programs),
    ];
    let total = parts.len();
    for (index, (name, build)) in parts.into_iter().enumerate() {
        println!("\n── {}/{total} building {name}", index + 1);
        build(workspace)?;
    }
    Ok(())
}

fn page(workspace: &Workspace) -> Result<()> {
    node_packages(workspace, PAGE)?;
    workspace.npm(PAGE, &["run", "build"])
}

fn programs(workspace: &Workspace) -> Result<()> {
    let arguments = [
        "build",
        "--package",
        "steadfast-collector",
        "--bin",
        "steadfast-collector",
        "--package",
        "steadfast-tests",
        "--bin",
        "steadfast-echo",
        "--bin",
        "steadfast-fleet",
    ];
    Ok(workspace.cargo(&arguments).run()?)
}
