//! Packages of the distribution.

use anyhow::{Result, bail};

use super::program::on_path;
use crate::workspace::Workspace;

/// Installs packages with `apt-get`.
///
/// # Errors
///
/// Where there is no `apt-get`, or neither root nor `sudo` without a password, or it fails.
pub(crate) fn install(workspace: &Workspace, packages: &[&str]) -> Result<()> {
    if on_path("apt-get").is_none() {
        bail!("there is no apt-get");
    }
    let prefix = privilege(workspace)?;
    // Another installation may be under way: wait for its lock.
    let apt_get = [prefix, &["apt-get", "-o", "DPkg::Lock::Timeout=300"]].concat();
    let run = |arguments: &[&str]| {
        let command = workspace.shell.cmd(apt_get[0]).args(&apt_get[1..]).args(arguments);
        command.env("DEBIAN_FRONTEND", "noninteractive").run()
    };
    run(&["update"])?;
    run(&[&["install", "--yes", "--no-install-recommends"], packages].concat())?;
    Ok(())
}

/// What to put before `apt-get`: nothing for root, `sudo` where it asks for no password.
fn privilege(workspace: &Workspace) -> Result<&'static [&'static str]> {
    let user = workspace.shell.cmd("id").arg("-u").quiet().read()?;
    if user == "0" {
        return Ok(&[]);
    }
    let sudo = workspace.shell.cmd("sudo").args(["-n", "true"]).quiet().ignore_stderr();
    sudo.run()?;
    Ok(&["sudo", "-n"])
}
