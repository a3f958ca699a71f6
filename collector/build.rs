//! Has the crate built again when the dashboard was: its files are embedded, and the compiler
//! would not notice ones that appear.

use std::path::Path;

fn main() {
    // A path that does not exist counts as changed in every build, so only existing ones are named.
    let watched = ["dashboard/dist", "dashboard"].into_iter().find(|path| Path::new(path).exists());
    println!("cargo::rerun-if-changed={}", watched.unwrap_or("build.rs"));
    println!("cargo::rerun-if-changed=migrations");
}
