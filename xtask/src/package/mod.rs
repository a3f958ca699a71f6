//! Builds the npm package: `pkg/`, from `pkg.json`, the crate in `wasm/` and the loaders in `wasm/js/`.
//!
//! The crate is compiled with the `npm` profile, gets its JavaScript glue from `wasm-bindgen` (used as a library, so
//! that no tool has to be installed), and is made smaller by `wasm-opt`. Glue and loaders are bundled by `esbuild`. What
//! lies in `pkg/` is what is published; the pieces it was made from stay in `target/npm-package`, for tests that look
//! inside.

mod assemble;
mod bundle;
mod compile;
mod glue;
mod inline;
mod manifest;
mod names;
mod optimise;
mod size;

use anyhow::{Context, Result};

use crate::{
    setup::{node_packages, wasm_target},
    workspace::Workspace,
};

/// The folder that the package is built into.
pub(crate) const FOLDER: &str = "pkg";

/// What the crate becomes: a page loads of it what it uses.
const MODULES: [Module; 2] = [
    Module { feature: "connection", name: "steadfast_connection" },
    Module { feature: "services", name: "steadfast_services" },
];

/// A module of WebAssembly.
struct Module {
    /// The feature of the crate that it is compiled with.
    feature: &'static str,
    /// What the names of its files begin with.
    name: &'static str,
}

impl Module {
    /// Its file name in the package.
    fn file(&self) -> String {
        format!("{}_bg.wasm", self.name)
    }
}

/// Builds the package into `pkg/`, and prints its size.
pub(crate) fn build(workspace: &Workspace) -> Result<()> {
    wasm_target(workspace)?;
    node_packages(workspace, optimise::TOOLS)?;
    let bound = compile::compile(workspace).context("compiling the crate in wasm/")?;
    for module in MODULES {
        let file = bound.join(module.file());
        optimise::optimise(workspace, &file).context("making the module smaller")?;
    }
    assemble::assemble(workspace, &bound).context("assembling pkg/")?;
    size::print(workspace)
}

/// Fails when what a page loads is larger than the limit.
pub(crate) fn check_size(workspace: &Workspace) -> Result<()> {
    size::check(workspace)
}
