//! `cargo xtask test`: every check and every test.

use anyhow::Result;

use crate::{
    check, helm, pages,
    setup::{centrifuge, chromium, firefox, nginx, node_packages, postgres, prometheus},
    steps::Step,
    workspace::Workspace,
};

/// What Cargo builds at once, so that each crate is compiled with one set of features.
///
/// The collector is apart: built along with the native client, its HTTP library gets that one's TLS. So are these commands: a
/// running program cannot be replaced on every system.
const CRATES: &str = "--workspace --all-features --exclude steadfast-collector --exclude steadfast-wasm --exclude xtask";
const COLLECTOR: &str = "--package steadfast-collector";

/// The steps of `cargo xtask test`, in order: what can be said without running the code, what the tests need, and the tests,
/// the slowest last.
pub(crate) fn steps() -> Vec<Step> {
    [check::steps(), programs(), rust(), packages()].concat()
}

/// The programs that tests start.
fn programs() -> Vec<Step> {
    vec![
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
        Step::new("Rust programs", "correct what the compiler names", rust_programs)
            .needs(&["dashboard"]),
    ]
}

fn rust() -> Vec<Step> {
    vec![
        Step::new(
            "Rust unit tests",
            "`cargo test --package <crate> --lib <name>` repeats one test",
            unit_tests,
        )
        .quick(),
        Step::new(
            "Rust tests of these commands",
            "`cargo test --package xtask` repeats this step",
            xtask_tests,
        ),
        Step::new(
            "every interleaving of threads at a breaker",
            "core/tests/breaker_loom.rs says how to repeat this step",
            loom_tests,
        ),
        Step::new(
            "Rust integration tests",
            "`cargo test --package <crate> --test <file> <name>` repeats one test",
            integration_tests,
        )
        .needs(&["Rust programs", "PostgreSQL"]),
        Step::new(
            "Rust tests of the collector",
            "`cargo test --package steadfast-collector <name>` repeats one test",
            collector_tests,
        )
        .needs(&["dashboard", "PostgreSQL", "nginx", "Prometheus"]),
        Step::new(
            "Helm chart",
            "`cargo xtask test --step Helm` repeats this step; it needs python3 with venv",
            helm::check,
        ),
    ]
}

/// Tests of the npm package, and of the pages that use it.
fn packages() -> Vec<Step> {
    const REMEDY: &str = "`npm test` in the folder named above repeats them";
    vec![
        Step::new("tests of the pages", REMEDY, pages::test).needs(&["npm package"]),
        Step::new("tests in Node", REMEDY, |workspace| npm_test(workspace, "tests/node"))
            .needs(&["npm package"])
            .quick(),
        Step::new("tests in other runtimes", REMEDY, |workspace| {
            npm_test(workspace, "tests/runtimes")
        })
        .needs(&["npm package"]),
        Step::new("tests of the drop-in class in libraries", REMEDY, |workspace| {
            npm_test(workspace, "tests/dropin")
        })
        .needs(&["npm package", "centrifuge"]),
        Step::new("tests of the drop-in example", REMEDY, |workspace| {
            npm_test(workspace, "examples/drop-in")
        })
        .needs(&["npm package"]),
        Step::new("tests in React", REMEDY, |workspace| npm_test(workspace, "tests/react"))
            .needs(&["npm package"]),
        Step::new("tests in browsers", REMEDY, |workspace| npm_test(workspace, "tests/browser"))
            .needs(&[
                "npm package",
                "example page",
                "example in React",
                "Rust programs",
                "Chromium",
                "Firefox",
            ]),
    ]
}

/// Builds every test, too, so that the compiler's words come before the first test runs.
fn rust_programs(workspace: &Workspace) -> Result<()> {
    workspace.cargo(&format!("test --no-run {COLLECTOR}"))?;
    workspace.cargo(&format!("test --no-run {CRATES}"))
}

fn unit_tests(workspace: &Workspace) -> Result<()> {
    workspace.cargo(&format!("test {CRATES} --lib"))
}

fn integration_tests(workspace: &Workspace) -> Result<()> {
    workspace.cargo(&format!("test {CRATES} --bins --examples --test *"))?;
    workspace.cargo(&format!("test {CRATES} --doc"))
}

fn collector_tests(workspace: &Workspace) -> Result<()> {
    workspace.cargo(&format!("test {COLLECTOR}"))
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

fn npm_test(workspace: &Workspace, folder: &str) -> Result<()> {
    node_packages(workspace, folder)?;
    workspace.npm(folder, "test")
}
