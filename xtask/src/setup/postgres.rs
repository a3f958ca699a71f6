//! A `PostgreSQL` server, for the tests of the collector, which start and end their own.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use super::distribution;
use crate::workspace::Workspace;

/// Names the folder of its programs, both for a contributor and for the tests.
const VARIABLE: &str = "POSTGRES_BIN";

/// Finds `PostgreSQL`, or installs the distribution's, and tells the tests by the variable `POSTGRES_BIN` where its
/// programs are. Where it cannot be had, its tests are left out, but not where the variable `CI` is set.
///
/// # Errors
///
/// On CI, when there is none and it cannot be installed.
pub(crate) fn postgres(workspace: &Workspace) -> Result<()> {
    match set_up(workspace) {
        Err(error) if env::var_os("CI").is_none() => {
            println!("the tests on PostgreSQL are left out: {error:#}");
            Ok(())
        }
        result => result,
    }
}

fn set_up(workspace: &Workspace) -> Result<()> {
    let way_out = || {
        format!(
            "tests of the collector need PostgreSQL: install it, or set {VARIABLE} to the folder of initdb"
        )
    };
    let programs = if let Some(programs) = find()? {
        programs
    } else {
        distribution::install(workspace, &["postgresql"]).with_context(way_out)?;
        find()?.with_context(way_out)?
    };
    println!("PostgreSQL is in {}", programs.display());
    workspace.shell.set_var(VARIABLE, programs);
    Ok(())
}

fn find() -> Result<Option<PathBuf>> {
    if let Some(named) = env::var_os(VARIABLE).map(PathBuf::from) {
        if !is_there(&named) {
            bail!("{VARIABLE} is {}, where initdb and postgres are not", named.display());
        }
        return Ok(Some(named));
    }
    // Debian keeps a folder for each version, outside PATH.
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = versions.map(|version| version.path().join("bin")).chain(env::split_paths(&path));
    Ok(folders.into_iter().find(|folder| is_there(folder)))
}

fn is_there(folder: &Path) -> bool {
    ["initdb", "postgres"].iter().all(|program| folder.join(program).is_file())
}
