//! Makes the module smaller, by Binaryen's `wasm-opt`.

use std::path::Path;

use anyhow::Result;

use crate::workspace::Workspace;

/// The folder whose lock file pins Binaryen.
pub(super) const TOOLS: &str = "xtask/tools";

/// Rewrites the module in place, smaller and without names or debug information.
pub(super) fn optimise(workspace: &Workspace, module: &Path) -> Result<()> {
    let wasm_opt = workspace.path(TOOLS).join("node_modules/binaryen/bin/wasm-opt");
    let command = workspace.shell.cmd("node").arg(wasm_opt).arg(module);
    // A function that is called once stays a function: inlined, it makes the module smaller, but what is left compresses
    // so much worse that a page loads more. The features are those that rustc turns on for this target by itself; every current browser has them.
    let command = command.args([
        "-Oz",
        "--converge",
        "--one-caller-inline-max-function-size=1",
        // Like lies beside like, which compresses better.
        "--reorder-functions-by-name",
        "--enable-bulk-memory",
        "--enable-multivalue",
        "--enable-mutable-globals",
        "--enable-nontrapping-float-to-int",
        "--enable-reference-types",
        "--enable-sign-ext",
        "--strip-debug",
        "--strip-producers",
        "--strip-target-features",
    ]);
    command.arg("--output").arg(module).run()?;
    Ok(())
}
