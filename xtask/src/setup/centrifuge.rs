//! What a server of centrifuge is built of, for the tests of the libraries: Go, and the packages of the distribution.

use std::{env, path::Path};

use anyhow::Result;

use super::{distribution, program::on_path};
use crate::workspace::Workspace;

/// Where the distribution puts packages of Go.
const FOLDER: &str = "/usr/share/gocode/src/github.com";

/// The packages, and the folder of each that is no program.
const PACKAGES: [(&str, &str); 6] = [
    ("golang-go", ""),
    ("golang-github-centrifugal-centrifuge-dev", "centrifugal/centrifuge"),
    ("golang-github-centrifugal-protocol-dev", "centrifugal/protocol"),
    ("golang-github-fzambia-eagle-dev", "FZambia/eagle"),
    ("golang-github-igm-sockjs-go-dev", "igm/sockjs-go"),
    ("golang-github-mna-redisc-dev", "mna/redisc"),
];

/// Finds Go and the packages, or installs them. Where they cannot be had, the test against the real server is left out, but
/// not where the variable `CI` is set.
///
/// # Errors
///
/// On CI, when something is missing and cannot be installed.
pub(crate) fn centrifuge(workspace: &Workspace) -> Result<()> {
    if is_there() {
        return Ok(());
    }
    match distribution::install(workspace, &PACKAGES.map(|(package, _)| package)) {
        Err(error) if env::var_os("CI").is_none() => {
            println!("the test on a real centrifuge is left out: {error:#}");
            Ok(())
        }
        result => result,
    }
}

fn is_there() -> bool {
    let folder = Path::new(FOLDER);
    on_path("go").is_some() && PACKAGES.iter().all(|(_, part)| folder.join(part).is_dir())
}
