//! `cargo xtask test`: every check and every test.

use anyhow::Result;

use crate::{
    check,
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
        Step::new("browser tests", "run `npm test` in tests/browser", browser_tests),
    ]);
    steps.extend(check::checks());
    steps
}

fn rust_tests(workspace: &Workspace) -> Result<()> {
    Ok(workspace.cargo(&["test", "--workspace", "--exclude", "steadfast-wasm"]).run()?)
}

fn core_tests(workspace: &Workspace) -> Result<()> {
    Ok(workspace.cargo(&["test", "--package", "steadfast-core", "--all-features"]).run()?)
}

fn browser_tests(workspace: &Workspace) -> Result<()> {
    node_packages(workspace, BROWSER_TESTS)?;
    workspace.npm(BROWSER_TESTS, &["test"])
}
