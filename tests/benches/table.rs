//! Prints what criterion has measured as a table: this project's figure, its peer's, and how many
//! times as fast it is.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Deserialize;

/// The name that this project's figure has in every group.
pub const OURS: &str = "steadfast";

/// A group of measurements: one thing, done by this project and its peers.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    /// What is done; criterion's name of the group.
    pub name: &'static str,
    /// How often it is done in one iteration.
    pub repeats: u32,
    /// The peers; criterion's names of the functions.
    pub peers: &'static [&'static str],
}

#[derive(Deserialize)]
struct Estimates {
    median: Estimate,
}

#[derive(Deserialize)]
struct Estimate {
    point_estimate: f64,
}

/// Prints the table of these groups, from criterion's folder.
///
/// # Errors
///
/// If a figure is missing.
pub fn print(folder: &Path, groups: &[Group]) -> Result<()> {
    println!("\n| what | {OURS} | peer | its time | ratio |\n|---|---|---|---|---|");
    for group in groups {
        let ours = median(folder, group, OURS)?;
        for peer in group.peers {
            let theirs = median(folder, group, peer)?;
            let (name, ratio) = (group.name, theirs / ours);
            println!("| {name} | {ours:.1} ns | {peer} | {theirs:.1} ns | {ratio:.2} |");
        }
    }
    Ok(())
}

/// The median time of one, in ns.
fn median(folder: &Path, group: &Group, function: &str) -> Result<f64> {
    let file = folder.join(group.name).join(function).join("new/estimates.json");
    let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    let estimates: Estimates = serde_json::from_str(&text)?;
    Ok(estimates.median.point_estimate / f64::from(group.repeats))
}
