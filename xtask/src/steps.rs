//! Runs named steps one after the other, times them, and prints a table at the end.

use std::{
    fmt,
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::Result;

use crate::workspace::Workspace;

/// What a step does.
pub(crate) type Action = fn(&Workspace) -> Result<()>;

/// One named piece of work.
pub(crate) struct Step {
    name: &'static str,
    /// What the reader can do when the step fails.
    remedy: &'static str,
    action: Action,
}

impl Step {
    pub(crate) const fn new(name: &'static str, remedy: &'static str, action: Action) -> Self {
        Self { name, remedy, action }
    }
}

/// Runs the steps until one fails, and prints how each went and what to do about a failure. The last line printed is
/// `N passed, N failed`, for programs that look for it.
pub(crate) fn run(workspace: &Workspace, steps: &[Step]) -> ExitCode {
    let total = steps.len();
    let mut records = Vec::with_capacity(total);
    for (index, step) in steps.iter().enumerate() {
        println!("\n── {}/{total} {}", index + 1, step.name);
        let start = Instant::now();
        let result = (step.action)(workspace);
        let record = Record { name: step.name, passed: result.is_ok(), time: start.elapsed() };
        println!("── {record}");
        records.push(record);
        if let Err(error) = result {
            eprintln!("\nerror: {error:#}\nwhat to do: {}", step.remedy);
            break;
        }
    }
    print_table(&records, total);
    if records.iter().all(|record| record.passed) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// How a step went.
struct Record {
    name: &'static str,
    passed: bool,
    time: Duration,
}

impl fmt::Display for Record {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let result = if self.passed { "passed" } else { "FAILED" };
        let seconds = self.time.as_secs();
        write!(
            formatter,
            "{:<44} {result} {:>3} min {:02} s",
            self.name,
            seconds / 60,
            seconds % 60
        )
    }
}

fn print_table(records: &[Record], total: usize) {
    println!();
    for record in records {
        println!("{record}");
    }
    let passed = records.iter().filter(|record| record.passed).count();
    if records.len() < total {
        println!("{} more not run", total - records.len());
    }
    println!("\n{passed} passed, {} failed", records.len() - passed);
}
