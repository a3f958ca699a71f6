//! The dashboard's types of the collector's API, generated from the `OpenAPI` document that the collector prints.

use std::env;

use anyhow::Result;

use crate::{setup::node_packages, workspace::Workspace};

/// The folder of the generator. It needs another version of TypeScript than the dashboard does.
const GENERATOR: &str = "collector/dashboard/openapi";

/// Writes `collector/dashboard/src/collector/openapi.ts`.
pub(crate) fn generate(workspace: &Workspace) -> Result<()> {
    run(workspace, "generate")
}

/// Compares `collector/dashboard/src/collector/openapi.ts` with what would be generated.
///
/// # Errors
///
/// When they differ.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    run(workspace, "check")
}

fn run(workspace: &Workspace, script: &str) -> Result<()> {
    node_packages(workspace, GENERATOR)?;
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let print = ["run", "--quiet", "--package", "steadfast-collector", "--", "openapi"];
    let document = workspace.shell.cmd(cargo).args(print).read()?;
    workspace.npm_with_input(GENERATOR, &format!("run --silent {script}"), document)
}
