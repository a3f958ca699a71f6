//! Programs that tests start and that the project does not build: browsers, nginx, and Prometheus.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use super::distribution;
use crate::workspace::Workspace;

/// A program, and where it is found.
struct Program {
    /// What cannot be tested without.
    tests: &'static str,
    name: &'static str,
    /// Names the program to use, both for a contributor and for the tests.
    variable: &'static str,
    programs: &'static [&'static str],
    /// Where it is found on a Mac, if it has a place of its own there.
    application: &'static str,
    /// The distribution's package.
    package: &'static str,
}

const CHROMIUM: Program = Program {
    tests: "tests of real pages",
    name: "Chromium or Chrome",
    variable: "CHROME",
    programs: &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
    application: "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    package: "chromium",
};

const FIREFOX: Program = Program {
    tests: "tests in Firefox",
    name: "Firefox",
    variable: "FIREFOX",
    programs: &["firefox-esr", "firefox"],
    application: "/Applications/Firefox.app/Contents/MacOS/firefox",
    package: "firefox-esr",
};

const NGINX: Program = Program {
    tests: "tests of the collector behind a balancer",
    name: "nginx",
    variable: "NGINX",
    programs: &["nginx"],
    application: "",
    package: "nginx",
};

const PROMETHEUS: Program = Program {
    tests: "tests of the collector's metrics",
    name: "Prometheus",
    variable: "PROMETHEUS",
    programs: &["prometheus"],
    application: "",
    package: "prometheus",
};

const PROMTOOL: Program = Program {
    tests: "tests of the collector's metrics",
    name: "promtool",
    variable: "PROMTOOL",
    programs: &["promtool"],
    application: "",
    package: "prometheus",
};

/// Finds Prometheus and its `promtool`, or installs the distribution's, and tells later programs by the variables
/// `PROMETHEUS` and `PROMTOOL` where they are.
///
/// # Errors
///
/// When there is none and it cannot be installed: no `apt-get`, or neither root nor `sudo` without a password.
pub(crate) fn prometheus(workspace: &Workspace) -> Result<()> {
    PROMETHEUS.set_up(workspace)?;
    PROMTOOL.set_up(workspace)
}

/// Finds Chromium, or installs the distribution's, and tells later programs by the variable `CHROME` where it is.
///
/// # Errors
///
/// When there is none and it cannot be installed: no `apt-get`, or neither root nor `sudo` without a password.
pub(crate) fn chromium(workspace: &Workspace) -> Result<()> {
    CHROMIUM.set_up(workspace)
}

/// Finds Firefox, or installs the distribution's, and tells later programs by the variable `FIREFOX` where it is. Where
/// it cannot be had, its tests are left out, but not where the variable `CI` is set.
///
/// # Errors
///
/// On CI, when there is none and it cannot be installed.
pub(crate) fn firefox(workspace: &Workspace) -> Result<()> {
    FIREFOX.set_up_or_leave_out(workspace)
}

/// Finds nginx, or installs the distribution's, and tells later programs by the variable `NGINX` where it is. Where it
/// cannot be had, its tests are left out, but not where the variable `CI` is set.
///
/// # Errors
///
/// On CI, when there is none and it cannot be installed.
pub(crate) fn nginx(workspace: &Workspace) -> Result<()> {
    NGINX.set_up_or_leave_out(workspace)
}

impl Program {
    fn set_up(&self, workspace: &Workspace) -> Result<()> {
        let program = match self.find()? {
            Some(program) => program,
            None => self.install(workspace)?,
        };
        println!("{} is {}", self.name, program.display());
        workspace.shell.set_var(self.variable, program);
        Ok(())
    }

    fn set_up_or_leave_out(&self, workspace: &Workspace) -> Result<()> {
        match self.set_up(workspace) {
            Err(error) if env::var_os("CI").is_none() => {
                println!("the {} are left out: {error:#}", self.tests);
                Ok(())
            }
            result => result,
        }
    }

    fn find(&self) -> Result<Option<PathBuf>> {
        if let Some(named) = env::var_os(self.variable).map(PathBuf::from) {
            if !named.is_file() {
                bail!("{} is {}, which is not a file", self.variable, named.display());
            }
            return Ok(Some(named));
        }
        Ok(self.on_path().or_else(|| self.in_applications()))
    }

    fn on_path(&self) -> Option<PathBuf> {
        self.programs.iter().find_map(|name| on_path(name))
    }

    fn in_applications(&self) -> Option<PathBuf> {
        let program = Path::new(self.application);
        program.is_file().then(|| program.to_owned())
    }

    fn install(&self, workspace: &Workspace) -> Result<PathBuf> {
        distribution::install(workspace, &[self.package]).with_context(|| self.way_out())?;
        self.on_path().with_context(|| self.way_out())
    }

    fn way_out(&self) -> String {
        let Self { tests, name, variable, .. } = self;
        format!("{tests} need {name}: install it, or set {variable} to its program")
    }
}

pub(super) fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    // Servers are there, and those who are not root do not have it on their path.
    let system = PathBuf::from("/usr/sbin");
    env::split_paths(&path)
        .chain([system])
        .map(|folder| folder.join(&file))
        .find(|program| program.is_file())
}
