//! `cargo xtask check`: what can be said about the code without running it.

use anyhow::Result;

use crate::{
    circles, openapi, package, pages, prose,
    setup::{WASM_TARGET, node_packages, wasm_target},
    steps::Step,
    workspace::Workspace,
};

/// The steps of `cargo xtask check`, in order: those that take seconds first, then what must be built for the rest.
pub(crate) fn steps() -> Vec<Step> {
    let formatting = Step::new("formatting", "run `cargo fmt --all`", formatting).quick();
    let remedy = "write the sentence as xtask/prose/rules.yml proposes, or list it in xtask/prose/exceptions.json";
    let sentences = Step::new("sentences", remedy, prose::check).quick();
    let remedy = "correct what tsc names; `npm run check` in wasm repeats this step";
    let types = Step::new("types of the scripts", remedy, script_types).quick();
    let remedy = "let one of the modules go without the other; xtask/circles.json lists the circles that are left";
    let circles = Step::new("circles between modules", remedy, circles::check).quick();
    [vec![formatting, sentences, types, circles], built(), checks()].concat()
}

/// The pages use the npm package, and the collector has the dashboard within. Building them checks their types.
fn built() -> Vec<Step> {
    vec![
        Step::new("npm package", "`cargo xtask npm` repeats this step", package::build),
        Step::new(
            "dashboard",
            "`npm run build` in collector/dashboard repeats this step",
            pages::build_dashboard,
        )
        .needs(&["npm package"]),
        Step::new(
            "example page",
            "`npm run build` in examples/web repeats this step",
            pages::build_example,
        )
        .needs(&["npm package"]),
        Step::new(
            "example in React",
            "`npm run build` in examples/react repeats this step",
            pages::build_react_example,
        )
        .needs(&["npm package"]),
    ]
}

fn checks() -> Vec<Step> {
    vec![
        Step::new(
            "size budget",
            "see above what a page loads; `cargo xtask size` repeats this step",
            package::check_size,
        )
        .needs(&["npm package"]),
        Step::new(
            "lints",
            "correct what clippy names; silence a lint only with a reason beside it",
            lints,
        )
        .needs(&["dashboard"])
        .quick(),
        Step::new(
            "types of the collector's API",
            "`cargo xtask openapi` generates collector/dashboard/src/collector/openapi.ts anew",
            openapi::check,
        )
        .needs(&["dashboard"]),
        Step::new("lints of the wasm crate", "correct what clippy names", wasm_lints).quick(),
        Step::new(
            "crates with few features",
            "correct what clippy names; a feature must not need another that it does not name",
            with_few_features,
        ),
        Step::new("documentation", "correct what rustdoc names", documentation)
            .needs(&["dashboard"]),
    ]
}

fn formatting(workspace: &Workspace) -> Result<()> {
    workspace.cargo("fmt --all --check")
}

/// The scripts of the npm package have their types in comments: see `wasm/tsconfig.json`.
fn script_types(workspace: &Workspace) -> Result<()> {
    node_packages(workspace, "wasm")?;
    workspace.npm("wasm", "run check")
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

fn with_few_features(workspace: &Workspace) -> Result<()> {
    for package in ["steadfast-core", "steadfast"] {
        workspace
            .cargo(&format!("clippy --package {package} --no-default-features -- -D warnings"))?;
    }
    // With those of its default alone, which no other step has.
    workspace.cargo("clippy --package steadfast --all-targets -- -D warnings")
}

fn documentation(workspace: &Workspace) -> Result<()> {
    let _strict = workspace.shell.push_env("RUSTDOCFLAGS", "-D warnings");
    workspace.cargo("doc --no-deps --workspace --all-features --exclude steadfast-wasm")?;
    // Nothing of this crate is for users, who have `index.d.ts`: its documentation is for those who work on it.
    workspace.cargo(&format!(
        "doc --no-deps --document-private-items --package steadfast-wasm --target {WASM_TARGET}"
    ))
}
