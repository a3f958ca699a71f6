//! Puts the scripts of a page together, so that it loads few files, without comments and long names.

use std::path::Path;

use anyhow::Result;

use super::optimise::TOOLS;
use crate::workspace::Workspace;

/// The entries that share files: what several of them use goes into one of its own.
const ENTRIES: [&str; 8] = [
    "connect.js",
    "connect_node.js",
    "connect_workerd.js",
    "index.js",
    "node.js",
    "react.js",
    "status.js",
    "workerd.js",
];

/// The entries that are one file each and share none with the others.
const WHOLE: [&str; 2] = ["inline.js", "persist.js"];

/// Bundles the entries of one folder into another.
pub(super) fn bundle(workspace: &Workspace, from: &Path, to: &Path) -> Result<()> {
    run(workspace, from, to, &WHOLE, &[])?;
    run(workspace, from, to, &ENTRIES, &["--splitting"])
}

fn run(
    workspace: &Workspace,
    from: &Path,
    to: &Path,
    entries: &[&str],
    more: &[&str],
) -> Result<()> {
    let command = workspace.shell.cmd(workspace.path(TOOLS).join("node_modules/.bin/esbuild"));
    let command = command.args(entries.iter().map(|entry| from.join("entries").join(entry)));
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
        "--target=es2022",
    ];
    Ok(command.args(options).args(more).run()?)
}
