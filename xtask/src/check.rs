//! `cargo xtask check`: what can be said about the code without running it.

use anyhow::Result;

use crate::{
    package,
    setup::{node_packages, wasm_target},
    steps::Step,
    workspace::Workspace,
};

/// The page that the collector serves.
pub(crate) const DASHBOARD: &str = "collector/dashboard";

/// The steps of `cargo xtask check`, in order.
pub(crate) fn steps() -> Vec<Step> {
    let mut steps = built();
    steps.extend(checks());
    steps
}

/// What must be built first: the pages use the npm package, and the collector has the dashboard within.
pub(crate) fn built() -> Vec<Step> {
    vec![
        Step::new(
            "npm package",
            "see the compiler's message above; `cargo xtask npm` repeats this step",
            package::build,
        ),
        Step::new("dashboard", "run `npm run build` in collector/dashboard", dashboard),
    ]
}

/// The checks themselves.
pub(crate) fn checks() -> Vec<Step> {
    vec![
        Step::new("formatting", "run `cargo fmt --all`", formatting),
        Step::new(
            "lints",
            "correct what clippy names; a lint is only silenced with a reason beside it",
            lints,
        ),
        Step::new("lints of the wasm crate", "correct what clippy names", wasm_lints),
        Step::new("documentation", "correct what rustdoc names", documentation),
        Step::new(
            "size budget",
            "see what grew in the table above; `cargo xtask size` repeats this step",
            package::check_size,
        ),
    ]
}

/// Builds the dashboard into the folder that the collector embeds.
pub(crate) fn dashboard(workspace: &Workspace) -> Result<()> {
    node_packages(workspace, DASHBOARD)?;
    workspace.npm(DASHBOARD, &["run", "build"])
}

fn formatting(workspace: &Workspace) -> Result<()> {
    Ok(workspace.cargo(&["fmt", "--all", "--check"]).run()?)
}

fn lints(workspace: &Workspace) -> Result<()> {
    let arguments = [
        "clippy",
        "--workspace",
        "--exclude",
        "steadfast-wasm",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ];
    Ok(workspace.cargo(&arguments).run()?)
}

fn wasm_lints(workspace: &Workspace) -> Result<()> {
    wasm_target(workspace)?;
    let arguments = [
        "clippy",
        "--package",
        "steadfast-wasm",
        "--target",
        "wasm32-unknown-unknown",
        "--",
        "-D",
        "warnings",
    ];
    Ok(workspace.cargo(&arguments).run()?)
}

fn documentation(workspace: &Workspace) -> Result<()> {
    let arguments = ["doc", "--workspace", "--exclude", "steadfast-wasm", "--no-deps"];
    Ok(workspace.cargo(&arguments).env("RUSTDOCFLAGS", "-D warnings").run()?)
}
