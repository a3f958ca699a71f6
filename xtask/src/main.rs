//! The commands of this repository, behind `cargo xtask`.
//!
//! Each command brings a fresh machine with rustup and Node to where it has to be, and then does its work: nothing
//! has to be installed by hand, and what CI runs is what a contributor runs. Where something cannot be set up from
//! here, the command ends with a message that says what to install.
//!
//! - [`setup`] brings tools: the wasm target, Node packages, browsers.
//! - [`package`] builds the npm package into `pkg/` and holds it to its size budget.
//! - [`pages`] builds and tests the pages that use it.
//! - [`openapi`] generates the dashboard's types of the collector's API.
//! - [`steps`] runs a list of named steps, times them and prints the table at the end.
//! - [`check`] and [`mod@test`] are such lists.
//! - [`mod@bench`] measures this project beside its peers.
//! - [`demo`] starts every process of the demonstration, and ends them all.

mod bench;
mod check;
mod circles;
mod demo;
mod helm;
mod openapi;
mod package;
mod pages;
mod prose;
mod setup;
mod steps;
mod test;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

use crate::{demo::Demo, steps::Step, workspace::Workspace};

/// The commands of the Steadfast repository.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Measure everything that has a peer beside it, and print the ratios
    Bench,
    /// Check formatting, lints, documentation, types and the size budget
    Check(Selection),
    /// Build everything and run it: collector, misbehaving echo server, native clients and a page
    Demo(Demo),
    /// Build the npm package into `pkg/`
    Npm,
    /// Generate the dashboard's types of the collector's API from the `OpenAPI` document
    Openapi,
    /// Build the npm package and fail if what a page loads is larger than the limit
    Size,
    /// Run every check and every test: Rust, Node and real browsers
    Test(Selection),
}

/// Which of the steps to run. All, unless an option says otherwise.
#[derive(Debug, Args)]
struct Selection {
    /// Print the names of the steps, and what each needs, and run none
    #[arg(long)]
    list: bool,
    /// Run the steps to run before a commit
    #[arg(long, conflicts_with = "step")]
    quick: bool,
    /// Run the step with NAME in its name, and those that it needs; may be given several times
    #[arg(long, value_name = "NAME")]
    step: Vec<String>,
}

impl Selection {
    fn run(&self, workspace: &Workspace, all: Vec<Step>) -> Result<ExitCode> {
        let chosen = if self.quick {
            steps::quick(&all)
        } else if self.step.is_empty() {
            all
        } else {
            steps::named(&all, &self.step)?
        };
        if self.list {
            steps::list(&chosen);
            return Ok(ExitCode::SUCCESS);
        }
        Ok(steps::run(workspace, &chosen))
    }
}

fn main() -> ExitCode {
    run(Cli::parse().command).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn run(command: Command) -> Result<ExitCode> {
    let workspace = Workspace::open()?;
    match command {
        Command::Bench => bench::run(&workspace)?,
        Command::Check(selection) => return selection.run(&workspace, check::steps()),
        Command::Demo(demo) => demo.run(&workspace)?,
        Command::Npm => package::build(&workspace)?,
        Command::Openapi => openapi::generate(&workspace)?,
        Command::Size => {
            package::build(&workspace)?;
            package::check_size(&workspace)?;
        }
        Command::Test(selection) => return selection.run(&workspace, test::steps()),
    }
    Ok(ExitCode::SUCCESS)
}
