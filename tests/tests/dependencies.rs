//! A program that depends on steadfast gets no more than that: few crates, and none of its own
//! compiled otherwise.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail as the test does")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The most crates that the default features may bring along.
const MOST_CRATES: usize = 79;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// What cargo says of a program with these dependencies, all of the versions that are tested here.
fn tree(name: &str, dependencies: &str, arguments: &[&str]) -> Vec<String> {
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(program.join("src")).unwrap();
    fs::write(program.join("src/main.rs"), "fn main() {}").unwrap();
    fs::copy(root().join("Cargo.lock"), program.join("Cargo.lock")).unwrap();
    let native = root().join("native");
    let dependencies =
        dependencies.replace("NATIVE", &format!("path = {:?}", native.display().to_string()));
    let manifest = format!(
        "[package]\nname = \"{name}\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n{dependencies}"
    );
    fs::write(program.join("Cargo.toml"), manifest).unwrap();
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(&program).args(["tree", "--offline", "--prefix", "none"]).args(arguments);
    let output = command.output().unwrap();
    let problem = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{problem}");
    let lines = String::from_utf8(output.stdout).unwrap();
    lines.lines().map(str::to_owned).collect()
}

/// The names and versions among these lines.
fn crates(lines: &[String]) -> BTreeSet<&str> {
    lines.iter().map(|line| line.split(" (").next().unwrap_or(line)).collect()
}

#[test]
fn the_default_features_bring_few_crates_and_no_client_of_http() {
    let lines = tree("few-crates", "steadfast = { NATIVE }", &["-e", "normal"]);
    let mut crates = crates(&lines);
    crates.retain(|name| !name.starts_with("few-crates "));
    assert!(crates.len() <= MOST_CRATES, "{}: {crates:?}", crates.len());
    assert!(!crates.iter().any(|name| name.starts_with("reqwest ")), "{crates:?}");
}

#[test]
fn reports_can_be_left_away() {
    let dependency = "steadfast = { NATIVE, default-features = false }";
    let lines = tree("without-reports", dependency, &["-e", "normal"]);
    assert!(!crates(&lines).iter().any(|name| name.starts_with("hyper ")), "{lines:?}");
}

/// reqwest panics if a crate beside it asks for TLS without a provider.
#[test]
fn a_program_keeps_the_features_of_its_own_reqwest() {
    let reqwest = "reqwest = { version = \"0.13\", default-features = false }\n";
    let features = |name: &str, dependencies: &str| {
        let lines = tree(name, dependencies, &["-e", "normal", "-f", "{p} {f}", "-i", "reqwest"]);
        lines.into_iter().find(|line| line.starts_with("reqwest ")).unwrap()
    };
    let alone = features("alone", reqwest);
    for (name, dependency) in [
        ("beside", "steadfast = { NATIVE }"),
        ("beside-classified", "steadfast = { NATIVE, features = [\"reqwest\", \"tower\"] }"),
    ] {
        assert_eq!(features(name, &[reqwest, dependency].concat()), alone, "{name}");
    }
}
