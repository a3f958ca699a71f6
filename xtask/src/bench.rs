//! `cargo xtask bench`: this project beside its peers, in one run.

use anyhow::Result;

use crate::{package, setup::node_packages, workspace::Workspace};

/// The figures of the npm package, in Node and in Chromium.
const JAVASCRIPT: &str = "tests/benches/js";

/// Measures, and prints a table of ratios for each group.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    // Under load it is a process of its own.
    workspace.cargo("build --release --package steadfast-collector")?;
    workspace.cargo("bench --package steadfast-benches")?;
    package::build(workspace)?;
    node_packages(workspace, JAVASCRIPT)?;
    workspace.npm(JAVASCRIPT, "run bench")
}
