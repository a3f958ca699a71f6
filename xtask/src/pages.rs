//! The pages of the repository: each is a folder with Node packages of its own, and uses the npm package in `pkg/`.

use anyhow::Result;

use crate::{setup::node_packages, workspace::Workspace};

/// The page that the collector has within and serves.
const DASHBOARD: &str = "collector/dashboard";

/// The page of the demonstration.
pub(crate) const EXAMPLE: &str = "examples/web";

/// The example in React.
const REACT_EXAMPLE: &str = "examples/react";

/// Builds the dashboard, types checked, into the folder that the collector embeds.
pub(crate) fn build_dashboard(workspace: &Workspace) -> Result<()> {
    run(workspace, DASHBOARD, "run build")
}

/// Builds the demonstration's page, types checked.
pub(crate) fn build_example(workspace: &Workspace) -> Result<()> {
    run(workspace, EXAMPLE, "run build")
}

/// Builds the example in React, types checked.
pub(crate) fn build_react_example(workspace: &Workspace) -> Result<()> {
    run(workspace, REACT_EXAMPLE, "run build")
}

/// Tests what of the pages needs no browser.
pub(crate) fn test(workspace: &Workspace) -> Result<()> {
    run(workspace, DASHBOARD, "test")?;
    run(workspace, EXAMPLE, "test")
}

/// Runs npm in a folder, after installing its packages.
fn run(workspace: &Workspace, folder: &str, arguments: &str) -> Result<()> {
    node_packages(workspace, folder)?;
    workspace.npm(folder, arguments)
}
