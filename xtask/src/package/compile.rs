//! From the crate in `wasm/` to a module and its JavaScript glue.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use wasm_bindgen_cli_support::Bindgen;

use super::{MODULES, glue::without_loading, names::Names};
use crate::{setup::WASM_TARGET, workspace::Workspace};

const CRATE: &str = "steadfast-wasm";
const PROFILE: &str = "npm";

/// Cargo's options for compiling the standard library with the crate: the one that comes with the toolchain is made for
/// speed, and can tell why it panics.
const STANDARD_LIBRARY: [&str; 2] =
    ["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"];

/// A panic ends in the engine's own trap, without a message that nobody would hear, or the code that puts it together.
const PANICS: [&str; 2] = ["-Zunstable-options", "-Cpanic=immediate-abort"];

/// Compiles the crate, once for each module, and writes the modules and their glue to a folder of their own, which is
/// returned.
///
/// Both the standard library's options and the one for panics are unstable, so `RUSTC_BOOTSTRAP` opens them on the
/// toolchain that `rust-toolchain.toml` pins: no other compiler sees them, and this command fails when a newer
/// toolchain has renamed or removed them.
///
/// # Errors
///
/// When the crate does not compile, or its module imports something that no JavaScript engine has: what the linker
/// does not find becomes an import from `env`, and would only be missed when a page loads it.
pub(super) fn compile(workspace: &Workspace) -> Result<PathBuf> {
    let _standard_library = workspace.shell.push_env("RUSTC_BOOTSTRAP", "1");
    let _panics = workspace.shell.push_env("CARGO_ENCODED_RUSTFLAGS", PANICS.join("\x1f"));
    let standard_library = STANDARD_LIBRARY.join(" ");
    let compiled = workspace.target().join(WASM_TARGET).join(PROFILE).join("steadfast_wasm.wasm");
    let folder = workspace.target().join("npm-package");
    workspace.shell.remove_path(&folder)?;
    for module in MODULES {
        workspace.cargo(&format!(
            "build --package {CRATE} --no-default-features --features {} --profile {PROFILE} --target {WASM_TARGET} {standard_library}",
            module.feature
        ))?;
        bind(workspace, &compiled, module.name, &folder)
            .with_context(|| format!("binding {}", module.name))?;
    }
    Ok(folder)
}

/// Gives a compiled module its glue.
fn bind(workspace: &Workspace, compiled: &Path, name: &str, folder: &Path) -> Result<()> {
    let mut output = Bindgen::new()
        .input_path(compiled)
        .out_name(name)
        .web(true)?
        .typescript(false)
        .omit_default_module_path(true)
        .remove_producers_section(true)
        .generate_output()?;
    let foreign: Vec<_> =
        output.wasm().imports.iter().filter(|import| import.module == "env").collect();
    ensure!(
        foreign.is_empty(),
        "it imports from `env`: {}; a dependency calls something that WebAssembly does not have",
        foreign.iter().map(|import| import.name.as_str()).collect::<Vec<_>>().join(", "),
    );
    let names = Names::shorten(&mut output);
    output.emit(folder)?;
    let glue = folder.join(format!("{name}.js"));
    let written = without_loading(&workspace.shell.read_file(&glue)?)?;
    workspace.shell.write_file(&glue, names.in_glue(&written))?;
    Ok(())
}
