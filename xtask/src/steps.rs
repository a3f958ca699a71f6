//! Runs named steps one after the other, times them, and prints a table at the end.

use std::{
    fmt,
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};

use crate::workspace::Workspace;

/// What a step does.
pub(crate) type Action = fn(&Workspace) -> Result<()>;

/// One named piece of work.
#[derive(Clone, Copy)]
pub(crate) struct Step {
    name: &'static str,
    /// What the reader can do when the step fails.
    remedy: &'static str,
    action: Action,
    /// The names of the earlier steps that this one cannot run without.
    needs: &'static [&'static str],
    /// Whether a contributor runs it before each commit.
    is_quick: bool,
}

impl Step {
    pub(crate) const fn new(name: &'static str, remedy: &'static str, action: Action) -> Self {
        Self { name, remedy, action, needs: &[], is_quick: false }
    }

    /// Names the earlier steps that this one cannot run without.
    pub(crate) const fn needs(self, needs: &'static [&'static str]) -> Self {
        Self { needs, ..self }
    }

    /// Makes the step one of those that `--quick` runs.
    pub(crate) const fn quick(self) -> Self {
        Self { is_quick: true, ..self }
    }
}

/// The steps that `--quick` runs, and what they need.
pub(crate) fn quick(steps: &[Step]) -> Vec<Step> {
    with_needs(steps, |step| step.is_quick)
}

/// The steps whose names contain one of `names`, in any case, and what they need.
///
/// # Errors
///
/// If no step, or more than one, has such a name.
pub(crate) fn named(steps: &[Step], names: &[String]) -> Result<Vec<Step>> {
    let mut wanted = Vec::with_capacity(names.len());
    for name in names {
        wanted.push(find(steps, name)?.name);
    }
    Ok(with_needs(steps, |step| wanted.contains(&step.name)))
}

/// The step with this name, or the only one whose name contains it.
fn find<'a>(steps: &'a [Step], name: &str) -> Result<&'a Step> {
    if let Some(step) = steps.iter().find(|step| step.name.eq_ignore_ascii_case(name)) {
        return Ok(step);
    }
    let part = name.to_lowercase();
    let found: Vec<_> =
        steps.iter().filter(|step| step.name.to_lowercase().contains(&part)).collect();
    match found[..] {
        [step] => Ok(step),
        [] => bail!("no step has `{name}` in its name; expected one of {}", quoted(steps.iter())),
        _ => bail!("`{name}` is in the names of {}; name one of them", quoted(found.into_iter())),
    }
}

fn quoted<'a>(steps: impl Iterator<Item = &'a Step>) -> String {
    steps.map(|step| format!("`{}`", step.name)).collect::<Vec<_>>().join(", ")
}

/// The steps that are `wanted`, and those that they need, in their order.
fn with_needs(steps: &[Step], wanted: impl Fn(&Step) -> bool) -> Vec<Step> {
    let mut needed: Vec<&str> = Vec::new();
    let mut chosen: Vec<Step> = Vec::new();
    // A step needs only earlier ones, so that one walk from the last to the first finds all.
    for step in steps.iter().rev() {
        if wanted(step) || needed.contains(&step.name) {
            needed.extend(step.needs);
            chosen.push(*step);
        }
    }
    chosen.reverse();
    chosen
}

/// Prints the names of the steps, each with what it needs.
pub(crate) fn list(steps: &[Step]) {
    for step in steps {
        let quick = if step.is_quick { "quick" } else { "" };
        println!("{:<46} {quick:<5}  {}", step.name, step.needs.join(", "));
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
            "{:<46} {result} {:>3} min {:02} s",
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

#[cfg(test)]
mod tests {
    use super::*;

    const STEPS: [Step; 4] = [
        Step::new("browser", "", |_| Ok(())),
        Step::new("package", "", |_| Ok(())).quick(),
        Step::new("types of the page", "", |_| Ok(())),
        Step::new("tests of the page", "", |_| Ok(())).needs(&["browser", "package"]),
    ];

    fn names(steps: &[Step]) -> Vec<&str> {
        steps.iter().map(|step| step.name).collect()
    }

    #[test]
    fn a_named_step_runs_after_those_that_it_needs() -> Result<()> {
        let steps = named(&STEPS, &["Tests of".to_owned()])?;
        assert_eq!(names(&steps), ["browser", "package", "tests of the page"]);
        Ok(())
    }

    #[test]
    fn the_quick_steps_are_a_part_of_all() {
        assert_eq!(names(&quick(&STEPS)), ["package"]);
    }

    #[test]
    fn a_name_of_no_step_or_of_several_is_refused_with_the_names_that_there_are() {
        let refused = |name: &str| {
            let error = named(&STEPS, &[name.to_owned()]).err();
            error.map(|error| error.to_string()).unwrap_or_default()
        };
        assert!(refused("nothing").contains("`browser`, `package`"));
        assert!(refused("page").contains("`types of the page`, `tests of the page`"));
    }
}
