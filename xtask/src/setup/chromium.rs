//! Chromium, for the tests of real pages.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;

/// The variable that names the browser to use, both for a contributor and for the tests in `tests/browser`.
const VARIABLE: &str = "CHROME";

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

const WAY_OUT: &str =
    "the browser tests need Chromium or Chrome: install it, or set CHROME to its program";

/// Finds Chromium, or installs the distribution's, and tells later programs by the variable `CHROME` where it is.
///
/// # Errors
///
/// When there is none and it cannot be installed: no `apt-get`, or neither root nor `sudo` without a password.
pub(crate) fn chromium(workspace: &Workspace) -> Result<()> {
    let program = match find()? {
        Some(program) => program,
        None => install(workspace)?,
    };
    println!("the browser is {}", program.display());
    workspace.shell.set_var(VARIABLE, program);
    Ok(())
}

fn find() -> Result<Option<PathBuf>> {
    if let Some(named) = env::var_os(VARIABLE).map(PathBuf::from) {
        if !named.is_file() {
            bail!("CHROME is {}, which is not a file", named.display());
        }
        return Ok(Some(named));
    }
    Ok(NAMES.into_iter().find_map(on_path).or_else(in_applications))
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&path).map(|folder| folder.join(&file)).find(|program| program.is_file())
}

fn in_applications() -> Option<PathBuf> {
    let program = Path::new("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome");
    program.is_file().then(|| program.to_owned())
}

fn install(workspace: &Workspace) -> Result<PathBuf> {
    if on_path("apt-get").is_none() {
        bail!(WAY_OUT);
    }
    let prefix = privilege(workspace)?;
    // Another installation may be under way: wait for its lock.
    let apt_get = [prefix, &["apt-get", "-o", "DPkg::Lock::Timeout=300"]].concat();
    let run = |arguments: &[&str]| {
        let command = workspace.shell.cmd(apt_get[0]).args(&apt_get[1..]).args(arguments);
        command.env("DEBIAN_FRONTEND", "noninteractive").run().context(WAY_OUT)
    };
    run(&["update"])?;
    run(&["install", "--yes", "--no-install-recommends", "chromium"])?;
    NAMES.into_iter().find_map(on_path).context(WAY_OUT)
}

/// What to put before `apt-get`: nothing for root, `sudo` where it asks for no password.
fn privilege(workspace: &Workspace) -> Result<&'static [&'static str]> {
    let user = workspace.shell.cmd("id").arg("-u").quiet().read()?;
    if user == "0" {
        return Ok(&[]);
    }
    let sudo = workspace.shell.cmd("sudo").args(["-n", "true"]).quiet().ignore_stderr();
    sudo.run().map(|()| ["sudo", "-n"].as_slice()).context(WAY_OUT)
}
