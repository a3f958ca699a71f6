//! Node, and the packages of the folders that have a `package-lock.json`.

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;

/// The oldest Node that the tools used here run on: major and minor version.
const OLDEST_NODE: (u32, u32) = (20, 19);

/// Written into `node_modules`: the lock file that it was installed from.
const STAMP: &str = "node_modules/.installed-from";

/// Checks that Node and npm are there, and that Node is recent enough.
///
/// # Errors
///
/// When Node is missing or too old: it is the one tool beside rustup that is not set up from here.
fn node(workspace: &Workspace) -> Result<()> {
    let way_out = format!(
        "install Node {}.{} or later with npm (https://nodejs.org) and make sure it is on PATH",
        OLDEST_NODE.0, OLDEST_NODE.1
    );
    let version = workspace
        .shell
        .cmd("node")
        .arg("--version")
        .quiet()
        .read()
        .with_context(|| way_out.clone())?;
    if parse(&version).is_none_or(|version| version < OLDEST_NODE) {
        bail!("node is {version}: {way_out}");
    }
    Ok(())
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
    workspace.npm(folder, "ci --no-audit --no-fund")?;
    // A folder without dependencies gets no `node_modules` from npm; writing the stamp creates it.
    shell.write_file(stamp, lock)?;
    Ok(())
}

/// The major and minor version in what `node --version` prints, such as 20 and 19 in `v20.19.5`.
fn parse(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.strip_prefix('v')?.split('.').map(|number| number.parse().ok());
    Some((numbers.next()??, numbers.next()??))
}

#[cfg(test)]
mod tests {
    use super::{OLDEST_NODE, parse};

    #[test]
    fn the_version_is_read_from_what_node_prints() {
        assert_eq!(parse("v20.19.5"), Some(OLDEST_NODE));
        assert_eq!(parse("v26.0.0-nightly"), Some((26, 0)));
        assert_eq!(parse("20.19.5"), None);
        assert_eq!(parse("v20"), None);
    }
}
