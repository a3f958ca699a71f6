//! The figures in the documentation are those of the stored tables and of the code.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail as the test does")]

use std::path::Path;
use std::time::Duration;

use steadfast_core::quality::{Quality, Window, score};
use steadfast_core::time::Instant;

/// Whole seconds in a document, and the figure in a table that they are rounded up from.
struct Figure {
    document: &'static str,
    /// The words around the number.
    words: (&'static str, &'static str),
    table: &'static str,
    row: &'static str,
    /// What follows the number in the row.
    unit: &'static str,
}

const FIGURES: [Figure; 4] = [
    Figure {
        document: "README.md",
        words: ("is found dead within ", " seconds of the next message"),
        table: "month.txt",
        row: "after a message was sent:",
        unit: " p95",
    },
    Figure {
        document: "README.md",
        words: ("and within ", " seconds on average when idle"),
        table: "month.txt",
        row: "when idle:",
        unit: " mean",
    },
    Figure {
        document: "docs/decisions/core/ping-around-an-unanswered-send.md",
        words: ("A dead link is found within ", " s of the next message"),
        table: "month.txt",
        row: "after a message was sent:",
        unit: " p95",
    },
    Figure {
        document: "docs/decisions/core/ping-around-an-unanswered-send.md",
        words: ("and within ", " s on average when idle"),
        table: "month.txt",
        row: "when idle:",
        unit: " mean",
    },
];

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// A document of the repository, with each line break as a space.
fn document(name: &str) -> String {
    read(&format!("../{name}")).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn table(name: &str) -> String {
    read(&format!("tests/tables/{name}"))
}

/// The numbers that stand between these words.
fn numbers(text: &str, (before, after): (&str, &str)) -> Vec<f64> {
    let ends = text.match_indices(after).map(|(end, _)| &text[..end]);
    let starts = ends.filter_map(|text| text.rsplit_once(before)).map(|(_, number)| number);
    starts.filter_map(|number| number.trim().parse().ok()).collect()
}

/// The only one.
fn number(text: &str, words: (&str, &str)) -> f64 {
    let numbers = numbers(text, words);
    assert_eq!(numbers.len(), 1, "{words:?}: {numbers:?}");
    numbers[0]
}

#[test]
fn seconds_in_the_documentation_are_those_of_the_stored_tables_rounded_up() {
    for Figure { document: name, words, table: file, row, unit } in FIGURES {
        let stated = number(&document(name), words);
        let table = table(file);
        let row = table.lines().find(|line| line.starts_with(row)).unwrap();
        let found = number(row, (" ", unit));
        println!("{name}: {}{stated}{} ({file}: {found})", words.0, words.1);
        assert!((stated - found.ceil()).abs() < f64::EPSILON, "{name}, {words:?}: {row}");
    }
}

#[test]
fn the_changes_of_quality_in_the_record_bound_those_of_the_table() {
    let text = document("docs/decisions/core/cautious-levels.md");
    let stated = number(&text, ("At most ", " changes in the first 1000"));
    let table = table("flapping.txt");
    let most = numbers(&table, ("(", ")")).into_iter().fold(0.0, f64::max);
    println!("at most {stated} ({most})");
    assert!(most > 0.0 && most <= stated, "{most} of {stated}");
}

#[test]
fn the_times_until_a_fleet_and_a_single_client_are_back_are_those_of_the_stored_tables() {
    let text = document("README.md");
    let cell = |file, platform: &str, column: usize| -> f64 {
        let table = table(file);
        let row = table.lines().find(|line| line.starts_with(platform)).unwrap();
        let cells = row.split_whitespace().skip(1).filter(|cell| !cell.starts_with('('));
        let cell = cells.map(str::to_owned).nth(column).unwrap();
        cell.split('/').next().unwrap().parse().unwrap()
    };
    // A60 of the herd, and R300 of the lone client.
    for (words, found) in [
        (("99 % are back after ", " s in Rust"), cell("herd.txt", "native", 0) * 60.0),
        (("s in Rust and after ", " s in pages"), cell("herd.txt", "browser", 0) * 60.0),
        (("a single client is back ", " s after it (median"), cell("lone.txt", "native", 4)),
    ] {
        let stated = number(&text, words);
        println!("{}{stated}{} ({found})", words.0, words.1);
        assert!((stated - found.ceil()).abs() < f64::EPSILON, "{words:?}: {found}");
    }
}

#[test]
fn the_score_in_the_readme_is_the_one_that_is_computed() {
    let text = document("README.md");
    let points = |rtt: u64| {
        let mut window = Window::default();
        (0..20).for_each(|_| window.answered(Duration::from_millis(rtt)));
        100.0 - score(&window, Instant::ORIGIN).points
    };
    let (start, end) = ("`I` grows with the delay (", "), `misses`");
    let (_, delays) = text.split_once(start).unwrap();
    let (delays, _) = delays.split_once(end).unwrap();
    // 10 points at 440 ms, 30 at 840, 60 at 1440
    for delay in delays.replace(" points", "").replace(" ms", "").split(", ") {
        let (stated, rtt) = delay.split_once(" at ").unwrap();
        let (stated, rtt): (f64, _) = (stated.parse().unwrap(), rtt.parse().unwrap());
        assert!((points(rtt) - stated).abs() < 1e-9, "{delay}: {}", points(rtt));
    }
    let (_, lines) = text.split_once("The levels begin at ").unwrap();
    let (lines, _) = lines.split_once(" points").unwrap();
    let lines = lines.replace(" and ", ", ");
    let levels = [Quality::Excellent, Quality::Good, Quality::Poor];
    for (line, level) in lines.split(", ").zip(levels) {
        let line: f64 = line.parse().unwrap();
        assert_eq!((Quality::of(line), Quality::of(line - 0.1) < level), (level, true), "{line}");
    }
    assert!(text.contains("`100 − I − 2.5·misses − 15·D`"));
    let (mut missed, mut lost) = (Window::default(), Window::default());
    (0..19).for_each(|_| missed.answered(Duration::ZERO));
    missed.missed();
    lost.disconnected(Instant::ORIGIN);
    let costs = [&missed, &lost].map(|window| 100.0 - score(window, Instant::ORIGIN).points);
    let costs = costs.map(|cost| format!("{cost:.1}"));
    assert_eq!(costs, ["12.5", "15.0"], "5 % of misses, and one lost link");
}
