//! The standard library for WebAssembly.

use std::path::Path;

use anyhow::{Context, Result};

use crate::workspace::Workspace;

/// The target that the npm package is compiled for.
pub(crate) const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Adds the wasm target to the toolchain in force, unless it is there.
///
/// `rust-toolchain.toml` lists it, so that rustup brings it by itself; this is for a toolchain chosen by
/// `RUSTUP_TOOLCHAIN` or `+toolchain`, and for a rustup told not to install by itself.
pub(crate) fn wasm_target(workspace: &Workspace) -> Result<()> {
    let shell = &workspace.shell;
    let sysroot = shell.cmd("rustc").args(["--print", "sysroot"]).quiet().read()?;
    if Path::new(&sysroot).join("lib/rustlib").join(WASM_TARGET).is_dir() {
        return Ok(());
    }
    shell.cmd("rustup").args(["target", "add", WASM_TARGET]).run().with_context(|| {
        format!("the toolchain in {sysroot} lacks {WASM_TARGET}; if it is not rustup's, install that target by hand")
    })
}
