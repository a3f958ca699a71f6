//! The repository's folder, and a shell whose programs run in it.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use xshell::Shell;

/// The version that every crate of the workspace and the npm package have.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Where the repository is, and the environment its tools run in.
pub(crate) struct Workspace {
    root: PathBuf,
    /// What steps set here with `set_var` is seen by every later program.
    pub(crate) shell: Shell,
}

impl Workspace {
    /// The repository that this program was built in.
    pub(crate) fn open() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .context("the folder of xtask has no parent")?
            .to_owned();
        let shell = Shell::new()?;
        shell.change_dir(&root);
        Ok(Self { root, shell })
    }

    /// The path of a file or folder, given from the root of the repository.
    pub(crate) fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.root.join(relative)
    }

    /// The folder that cargo puts its artefacts in.
    pub(crate) fn target(&self) -> PathBuf {
        env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| self.path("target"), |folder| self.path(folder))
    }

    /// The path of a program that `cargo build` has built in the development profile.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.target().join("debug").join(format!("{name}{}", env::consts::EXE_SUFFIX))
    }

    /// Runs Cargo, of the toolchain that this program was started by. The arguments are separated by spaces.
    pub(crate) fn cargo(&self, arguments: &str) -> Result<()> {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        Ok(self.shell.cmd(cargo).args(arguments.split_whitespace()).run()?)
    }

    /// Runs npm in a folder of the repository. The arguments are separated by spaces.
    pub(crate) fn npm(&self, folder: &str, arguments: &str) -> Result<()> {
        self.npm_with_input(folder, arguments, "")
    }

    /// Runs npm in a folder of the repository, with `input` as its standard input.
    pub(crate) fn npm_with_input(
        &self,
        folder: &str,
        arguments: &str,
        input: impl AsRef<[u8]>,
    ) -> Result<()> {
        let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
        let _here = self.shell.push_dir(self.path(folder));
        let command = self.shell.cmd(npm).args(arguments.split_whitespace());
        command.stdin(input).run().with_context(|| format!("in {folder}"))
    }
}
