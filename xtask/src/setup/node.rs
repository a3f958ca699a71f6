//! Node, and the packages of the folders that have a `package-lock.json`.

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;

/// The oldest major version of Node that the tools used here run on.
const OLDEST_NODE: u32 = 20;

/// Written into `node_modules`: the lock file that it was installed from.
const STAMP: &str = "node_modules/.installed-from";

/// Checks that Node and npm are there, and that Node is recent enough.
///
/// # Errors
///
/// When Node is missing or too old: it is the one tool beside rustup that is not set up from here.
fn node(workspace: &Workspace) -> Result<()> {
    let way_out = format!(
        "install Node {OLDEST_NODE} or later with npm (https://nodejs.org) and make sure it is on PATH"
    );
    let version = workspace
        .shell
        .cmd("node")
        .arg("--version")
        .quiet()
        .read()
        .with_context(|| way_out.clone())?;
    match major(&version) {
        Some(major) if major >= OLDEST_NODE => Ok(()),
        _ => bail!("node is {version}: {way_out}"),
    }
}

/// Installs the packages that a folder's `package-lock.json` lists, unless they are there.
pub(crate) fn node_packages(workspace: &Workspace, folder: &str) -> Result<()> {
    node(workspace)?;
    let shell = &workspace.shell;
    let folder_path = workspace.path(folder);
    let lock = shell.read_file(folder_path.join("package-lock.json"))?;
    let stamp = folder_path.join(STAMP);
    if shell.read_file(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    workspace.npm(folder, &["ci", "--no-audit", "--no-fund"])?;
    // A folder without dependencies gets no `node_modules` from npm; writing the stamp creates it.
    shell.write_file(stamp, lock)?;
    Ok(())
}

/// The major version in what `node --version` prints, such as 20 in `v20.20.2`.
fn major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn the_major_version_is_read_from_what_node_prints() {
        assert_eq!(major("v20.20.2"), Some(20));
        assert_eq!(major("v8.0.0-nightly"), Some(8));
        assert_eq!(major("20.20.2"), None);
    }
}
