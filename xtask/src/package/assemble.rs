//! Puts the pieces of the package together.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::{FOLDER, MODULES, bundle::bundle, inline, manifest};
use crate::workspace::{VERSION, Workspace};

/// Hand-written loaders and types.
const LOADERS: &str = "wasm/js";

/// The hand-written types of the entries.
const TYPES: [&str; 5] =
    ["connect.d.ts", "index.d.ts", "persist.d.ts", "react.d.ts", "status.d.ts"];

/// The folder of the types that those of the entries share.
const SHARED_TYPES: &str = "types";

/// Files of the repository that go into the package under the names beside them.
const DOCUMENTS: [(&str, &str); 3] = [
    ("LICENSE-APACHE", "LICENSE-APACHE"),
    ("LICENSE-MIT", "LICENSE-MIT"),
    ("wasm/README.md", "README.md"),
];

/// Fills `pkg/` anew, from the folder that holds the modules and their glue.
///
/// # Errors
///
/// When a piece is missing, or `pkg.json` promises a file that is not there.
pub(super) fn assemble(workspace: &Workspace, bound: &Path) -> Result<()> {
    let shell = &workspace.shell;
    let package = workspace.path(FOLDER);
    shell.remove_path(&package)?;
    copy_folder(workspace, &workspace.path(LOADERS), bound)?;
    for module in MODULES {
        let bytes = shell.read_binary_file(bound.join(module.file()))?;
        shell.write_file(bound.join(inline::file(module.name)), inline::script(&bytes)?)?;
    }

    bundle(workspace, bound, &package)?;
    for piece in TYPES.map(String::from).into_iter().chain(MODULES.map(|module| module.file())) {
        shell.copy_file(bound.join(&piece), package.join(&piece))?;
    }

    copy_folder(workspace, &bound.join(SHARED_TYPES), &package.join(SHARED_TYPES))?;

    let template = shell.read_file(workspace.path("pkg.json"))?;
    let manifest = manifest::manifest(&template, VERSION).context("pkg.json")?;
    shell.write_file(package.join("package.json"), &manifest)?;
    for (from, to) in DOCUMENTS {
        shell.copy_file(workspace.path(from), package.join(to))?;
    }
    for file in manifest::promised_files(&manifest)? {
        ensure!(
            package.join(&file).exists(),
            "pkg.json promises {file}, which is not in the package"
        );
    }
    Ok(())
}

fn copy_folder(workspace: &Workspace, from: &Path, to: &Path) -> Result<()> {
    workspace.shell.create_dir(to)?;
    for entry in workspace.shell.read_dir(from)? {
        let name = entry.file_name().context("a folder's entry has no name")?;
        if entry.is_dir() {
            copy_folder(workspace, &entry, &to.join(name))?;
        } else {
            workspace.shell.copy_file(&entry, to.join(name))?;
        }
    }
    Ok(())
}
