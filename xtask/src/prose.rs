//! The sentences of documents and comments, held to `xtask/prose/rules.yml`.

use anyhow::Result;

use crate::{setup::node_packages, workspace::Workspace};

/// The folder of the linter. Its exceptions are in `exceptions.json`.
const LINTER: &str = "xtask/prose";

/// The linted files.
const LINTED: [&str; 15] = [
    "*.md",
    "collector/dashboard/src/*",
    "collector/src/*.rs",
    "collector/tests/*.rs",
    "core/src/*.rs",
    "examples/*.js",
    "examples/*.rs",
    "examples/*.ts",
    "native/src/*.rs",
    "tests/*.js",
    "tests/*.mjs",
    "tests/*.rs",
    "wasm/js/*",
    "wasm/src/*.rs",
    "xtask/*.rs",
];

/// Lints every document, and the comments of the crates in [`LINTED`].
///
/// # Errors
///
/// When a sentence has a phrase that the rules ban.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    node_packages(workspace, LINTER)?;
    let script = workspace.path(LINTER).join("lint.js");
    Ok(workspace.shell.cmd("node").arg(script).args(LINTED).run()?)
}
