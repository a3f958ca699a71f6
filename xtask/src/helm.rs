//! Lints and renders the Helm chart with Helm's own code, and checks the manifests against Kubernetes' schema.

use anyhow::Result;
use xshell::cmd;

use crate::workspace::Workspace;

const FOLDER: &str = "collector/deploy/helm";

pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let shell = &workspace.shell;
    let venv = workspace.target().join("helm");
    let python = venv.join("bin/python");
    if !python.exists() {
        cmd!(shell, "python3 -m venv {venv}").run()?;
    }
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    cmd!(shell, "{python} {install...} --requirement {FOLDER}/requirements.txt").run()?;
    Ok(cmd!(shell, "{python} {FOLDER}/check.py").run()?)
}
