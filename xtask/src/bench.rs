//! `cargo xtask bench`: this project beside its peers, in one run.

use anyhow::Result;

use crate::workspace::Workspace;

/// Measures, and prints a table of ratios for each group.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    workspace.cargo("bench --package steadfast-benches")
}
