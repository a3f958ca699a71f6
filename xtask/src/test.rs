//! `cargo xtask test`: every check and every test.

use anyhow::Result;

use crate::{
    check::{self, DASHBOARD},
    setup::{chromium, node_packages},
    steps::Step,
    workspace::Workspace,
};

const BROWSER_TESTS: &str = "tests/browser";

/// The steps of `cargo xtask test`, in order: first what the tests need, then the tests, then the checks.
pub(crate) fn steps() -> Vec<Step> {
    let mut steps = vec![Step::new(
        "browser",
        "install Chromium, or set CHROME to a browser's program",
        chromium,
    )];
    steps.extend(check::built());
    steps.extend([
        Step::new(
            "Rust tests",
            "`cargo test --package <crate> <name>` repeats a single test",
            rust_tests,
        ),
        Step::new(
            "Rust tests of core with every feature",
            "run `cargo test --package steadfast-core --all-features`",
            core_tests,
        ),
        Step::new("Rust tests of these commands", "run `cargo test --package xtask`", xtask_tests),
        Step::new("dashboard tests", "run `npm test` in collector/dashboard", dashboard_tests),
        Step::new("browser tests", "run `npm test` in tests/browser", browser_tests),
    ]);
    steps.extend(check::checks());
    steps
}

fn rust_tests(workspace: &Workspace) -> Result<()> {
    // A running program cannot be replaced everywhere: this one's tests are built by themselves.
    Ok(workspace
        .cargo(&["test", "--workspace", "--exclude", "steadfast-wasm", "--exclude", "xtask"])
        .run()?)
}

fn xtask_tests(workspace: &Workspace) -> Result<()> {
    Ok(workspace.cargo(&["test", "--package", "xtask"]).run()?)
}

fn core_tests(workspace: &Workspace) -> Result<()> {
    Ok(workspace.cargo(&["test", "--package", "steadfast-core", "--all-features"]).run()?)
}

fn dashboard_tests(workspace: &Workspace) -> Result<()> {
    node_packages(workspace, DASHBOARD)?;
    workspace.npm(DASHBOARD, &["test"])
}

fn browser_tests(workspace: &Workspace) -> Result<()> {
    node_packages(workspace, BROWSER_TESTS)?;
    workspace.npm(BROWSER_TESTS, &["test"])
}
