//! `cargo xtask check`: what can be said about the code without running it.

use anyhow::Result;

use crate::{
    package, pages,
    setup::{WASM_TARGET, wasm_target},
    steps::Step,
    workspace::Workspace,
};

/// The steps of `cargo xtask check`, in order.
pub(crate) fn steps() -> Vec<Step> {
    let mut steps = built();
    steps.extend(checks());
    steps
}

/// What must be built first: the pages use the npm package, and the collector has the dashboard within.
pub(crate) fn built() -> Vec<Step> {
    vec![
        Step::new("npm package", "`cargo xtask npm` repeats this step", package::build),
        Step::new(
            "dashboard",
            "`npm run build` in collector/dashboard repeats this step",
            pages::build_dashboard,
        ),
        Step::new(
            "example page",
            "`npm run build` in examples/web repeats this step",
            pages::build_example,
        ),
        Step::new(
            "example in React",
            "`npm run build` in examples/react repeats this step",
            pages::build_react_example,
        ),
    ]
}

/// The checks themselves.
pub(crate) fn checks() -> Vec<Step> {
    vec![
        Step::new("formatting", "run `cargo fmt --all`", formatting),
        Step::new(
            "lints",
            "correct what clippy names; silence a lint only with a reason beside it",
            lints,
        ),
        Step::new("lints of the wasm crate", "correct what clippy names", wasm_lints),
        Step::new("documentation", "correct what rustdoc names", documentation),
        Step::new(
            "size budget",
            "see above what a page loads; `cargo xtask size` repeats this step",
            package::check_size,
        ),
    ]
}

fn formatting(workspace: &Workspace) -> Result<()> {
    workspace.cargo("fmt --all --check")
}

fn lints(workspace: &Workspace) -> Result<()> {
    workspace.cargo(
        "clippy --workspace --all-features --exclude steadfast-wasm --all-targets -- -D warnings",
    )
}

fn wasm_lints(workspace: &Workspace) -> Result<()> {
    wasm_target(workspace)?;
    workspace
        .cargo(&format!("clippy --package steadfast-wasm --target {WASM_TARGET} -- -D warnings"))
}

fn documentation(workspace: &Workspace) -> Result<()> {
    let _strict = workspace.shell.push_env("RUSTDOCFLAGS", "-D warnings");
    workspace.cargo("doc --no-deps --workspace --all-features --exclude steadfast-wasm")?;
    // Nothing of this crate is for users, who have `index.d.ts`: its documentation is for those who work on it.
    workspace.cargo(&format!(
        "doc --no-deps --document-private-items --package steadfast-wasm --target {WASM_TARGET}"
    ))
}
