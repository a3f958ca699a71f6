//! `cargo xtask test`: every check and every test.

use anyhow::Result;

use crate::{
    check, pages,
    setup::{centrifuge, chromium, firefox, nginx, node_packages, postgres, prometheus},
    steps::Step,
    workspace::Workspace,
};

/// Tests of the npm package in Node, of its types, in other runtimes, with libraries, with React, and in browsers.
const PACKAGE_TESTS: [&str; 6] = [
    "tests/node",
    "tests/runtimes",
    "tests/dropin",
    "tests/react",
    "tests/browser",
    "examples/drop-in",
];

/// The steps of `cargo xtask test`, in order: first what the tests need, then the tests, then the checks.
pub(crate) fn steps() -> Vec<Step> {
    let mut steps = vec![
        Step::new("Chromium", "install Chromium, or set CHROME to a browser's program", chromium),
        Step::new("Firefox", "install Firefox, or set FIREFOX to its program", firefox),
        Step::new(
            "PostgreSQL",
            "install PostgreSQL, or set POSTGRES_BIN to the folder of initdb",
            postgres,
        ),
        Step::new("nginx", "install nginx, or set NGINX to its program", nginx),
        Step::new(
            "Prometheus",
            "install Prometheus, or set PROMETHEUS and PROMTOOL to its programs",
            prometheus,
        ),
        Step::new(
            "centrifuge",
            "install golang-go and golang-github-centrifugal-centrifuge-dev with what it is built of, or unset CI",
            centrifuge,
        ),
    ];
    steps.extend(check::built());
    steps.extend([
        Step::new(
            "Rust tests of the collector",
            "`cargo test --package steadfast-collector <name>` repeats one test",
            collector_tests,
        ),
        Step::new(
            "Rust tests",
            "`cargo test --package <crate> <name>` repeats one test",
            rust_tests,
        ),
        Step::new(
            "Rust tests with every feature",
            "`cargo test --package <crate> --all-features` repeats those of one crate",
            feature_tests,
        ),
        Step::new(
            "every interleaving of threads at a breaker",
            "core/tests/breaker_loom.rs says how to repeat this step",
            loom_tests,
        ),
        Step::new(
            "Rust tests of these commands",
            "`cargo test --package xtask` repeats this step",
            xtask_tests,
        ),
        Step::new(
            "tests of the pages",
            "`npm test` in the folder named above repeats them",
            pages::test,
        ),
        Step::new(
            "tests of the npm package",
            "`npm test` in the folder named above repeats them",
            package_tests,
        ),
    ]);
    steps.extend(check::checks());
    steps
}

/// The collector by itself, with the features it is published with: built along with the native client, its HTTP library
/// gets that one's TLS. It comes first, as the tests of the whole start its program.
fn collector_tests(workspace: &Workspace) -> Result<()> {
    workspace.cargo("test --package steadfast-collector")
}

fn rust_tests(workspace: &Workspace) -> Result<()> {
    // A running program cannot be replaced on every system: the tests of this one are built by themselves.
    workspace.cargo(
        "test --workspace --all-features --exclude steadfast-collector --exclude steadfast-wasm --exclude xtask",
    )
}

fn feature_tests(workspace: &Workspace) -> Result<()> {
    workspace.cargo("test --package steadfast-core --all-features")?;
    workspace.cargo("test --package steadfast --all-features --lib --test tower")
}

fn loom_tests(workspace: &Workspace) -> Result<()> {
    let _loom = workspace.shell.push_env("RUSTFLAGS", "--cfg loom");
    // Apart, so that the other artefacts are not built anew because of the flag.
    let target = workspace.target().join("loom");
    let _apart = workspace.shell.push_env("CARGO_TARGET_DIR", target);
    workspace.cargo("test --package steadfast-core --test breaker_loom")
}

fn xtask_tests(workspace: &Workspace) -> Result<()> {
    workspace.cargo("test --package xtask")
}

fn package_tests(workspace: &Workspace) -> Result<()> {
    for folder in PACKAGE_TESTS {
        node_packages(workspace, folder)?;
        workspace.npm(folder, "test")?;
    }
    Ok(())
}
