//! Puts the scripts of a page together, so that it loads few files, without comments and long names.

use std::path::Path;

use anyhow::Result;

use super::optimise::TOOLS;
use crate::workspace::Workspace;

/// The entries; what several of them use goes into a file that they share.
const ENTRIES: [&str; 9] = [
    "connect.js",
    "connect_node.js",
    "connect_workerd.js",
    "index.js",
    "inline.js",
    "node.js",
    "react.js",
    "status.js",
    "workerd.js",
];

/// Bundles the entries of one folder into another.
pub(super) fn bundle(workspace: &Workspace, from: &Path, to: &Path) -> Result<()> {
    let command = workspace.shell.cmd(workspace.path(TOOLS).join("node_modules/.bin/esbuild"));
    let command = command.args(ENTRIES.map(|entry| from.join(entry)));
    let command = command.arg(format!("--outdir={}", to.display()));
    let options = [
        "--bundle",
        "--chunk-names=steadfast-[name]-[hash]",
        "--external:*.wasm",
        "--external:node:*",
        "--external:react",
        "--external:steadfast",
        "--format=esm",
        "--log-level=warning",
        "--minify",
        "--platform=neutral",
        "--splitting",
        "--target=es2022",
    ];
    Ok(command.args(options).run()?)
}
