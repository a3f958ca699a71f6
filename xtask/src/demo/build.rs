//! Builds what the demonstration runs.

use anyhow::Result;

use crate::{package, pages, steps::Action, workspace::Workspace};

/// Builds the npm package, the pages and the programs, in the order in which they need each other.
pub(super) fn build(workspace: &Workspace) -> Result<()> {
    let parts: [(&str, Action); 4] = [
        ("the npm package", package::build),
        ("the dashboard", pages::build_dashboard),
        ("the page", pages::build_example),
        ("the collector, the echo server and the native clients", programs),
    ];
    let total = parts.len();
    for (index, (name, build)) in parts.into_iter().enumerate() {
        println!("\n── {}/{total} building {name}", index + 1);
        build(workspace)?;
    }
    Ok(())
}

fn programs(workspace: &Workspace) -> Result<()> {
    workspace.cargo(
        "build --package steadfast-collector --package steadfast-tests \
         --bin steadfast-collector --bin steadfast-echo --bin steadfast-fleet",
    )
}
