//! The standard library for WebAssembly: compiled for the tests, and as source for the package, which compiles its own.

use std::path::Path;

use anyhow::{Context, Result};

use crate::workspace::Workspace;

/// The target that the npm package is compiled for.
pub(crate) const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Adds the wasm target and the source of the standard library to the toolchain in force, unless they are there.
///
/// `rust-toolchain.toml` lists both, so that rustup brings them by itself; this is for a toolchain chosen by
/// `RUSTUP_TOOLCHAIN` or `+toolchain`, and for a rustup told not to install by itself.
pub(crate) fn wasm_target(workspace: &Workspace) -> Result<()> {
    let sysroot = workspace.shell.cmd("rustc").args(["--print", "sysroot"]).quiet().read()?;
    let rustlib = Path::new(&sysroot).join("lib/rustlib");
    let source = rustlib.join("src/rust/library/Cargo.lock");
    for (piece, arguments) in [
        (rustlib.join(WASM_TARGET), ["target", "add", WASM_TARGET]),
        (source, ["component", "add", "rust-src"]),
    ] {
        if !piece.exists() {
            let name = arguments[2];
            workspace.shell.cmd("rustup").args(arguments).run().with_context(|| {
                format!("the toolchain in {sysroot} lacks {name}; if it is not rustup's, install that by hand")
            })?;
        }
    }
    Ok(())
}
