//! Real processes, of a shell that every Unix has.
#![cfg(unix)]

use std::{
    collections::VecDeque,
    process::Command,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use super::{POLL_INTERVAL, Process};

/// Starts a script and waits for its first line.
fn start(script: &str) -> Process {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    let process = Process::start("shell", command).unwrap();
    while process.lines().is_empty() {
        thread::sleep(POLL_INTERVAL);
    }
    process
}

/// Whether a process still has the other end of the pipes that the lines come from. Looks for up to two seconds, since a
/// killed process is gone a moment later.
fn someone_runs(lines: &Arc<Mutex<VecDeque<String>>>) -> bool {
    (0..20).all(|_| {
        thread::sleep(POLL_INTERVAL);
        // A reading thread has its share until the last holder of its pipe is gone.
        Arc::strong_count(lines) > 1
    })
}

#[test]
fn a_process_that_ends_by_itself_is_an_error_with_its_name_its_status_and_its_last_lines() {
    let mut process = start("echo the port is taken >&2; exit 3");
    let error = loop {
        if let Err(error) = process.check_running() {
            break error.to_string();
        }
        thread::sleep(POLL_INTERVAL);
    };
    assert!(error.contains("shell has ended by itself"), "{error}");
    assert!(error.contains("exit status: 3"), "{error}");
    assert!(error.contains("the port is taken"), "{error}");
}

#[test]
fn what_a_process_started_ends_with_it() {
    let process = start("sleep 1000 & echo ready; wait");
    let lines = Arc::clone(&process.lines);
    process.end();
    assert!(!someone_runs(&lines));
}

#[test]
fn what_a_process_that_has_ended_left_behind_ends_too() {
    let mut process = start("sleep 1000 & echo ready");
    while process.check_running().is_ok() {
        thread::sleep(POLL_INTERVAL);
    }
    let lines = Arc::clone(&process.lines);
    process.end();
    assert!(!someone_runs(&lines));
}

#[test]
fn a_process_that_does_not_end_when_asked_to_is_killed() {
    let process = start("trap '' TERM; echo ready; while true; do sleep 0.1; done");
    let lines = Arc::clone(&process.lines);
    process.end_within(Duration::from_millis(200));
    assert!(!someone_runs(&lines));
}
