//! From the crate in `wasm/` to a module and its JavaScript glue.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use wasm_bindgen_cli_support::Bindgen;

use super::MODULE;
use crate::{setup::WASM_TARGET, workspace::Workspace};

const CRATE: &str = "steadfast-wasm";
const PROFILE: &str = "npm";

/// Compiles the crate and writes the module and its glue to a folder of their own, which is returned.
///
/// # Errors
///
/// When the crate does not compile, or its module imports something that no JavaScript engine has: what the linker
/// does not find becomes an import from `env`, and would only be missed when a page loads it.
pub(super) fn compile(workspace: &Workspace) -> Result<PathBuf> {
    workspace
        .cargo(&format!("build --package {CRATE} --profile {PROFILE} --target {WASM_TARGET}"))?;
    let compiled = workspace.target().join(WASM_TARGET).join(PROFILE).join("steadfast_wasm.wasm");
    let folder = workspace.target().join("npm-package");
    workspace.shell.remove_path(&folder)?;
    let mut output = Bindgen::new()
        .input_path(compiled)
        .web(true)?
        .typescript(false)
        .omit_default_module_path(true)
        .remove_producers_section(true)
        .generate_output()?;
    let foreign: Vec<_> =
        output.wasm().imports.iter().filter(|import| import.module == "env").collect();
    ensure!(
        foreign.is_empty(),
        "{MODULE} imports from `env`: {}; a dependency calls something that WebAssembly does not have",
        foreign.iter().map(|import| import.name.as_str()).collect::<Vec<_>>().join(", "),
    );
    output.emit(&folder)?;
    Ok(folder)
}
