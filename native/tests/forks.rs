//! A child that a process forks draws other waits than its parent.

#![cfg(unix)]
#![allow(
    unsafe_code,
    clippy::unwrap_used,
    reason = "a fork is unsafe; a helper of a test may fail as the test does"
)]

use std::cell::RefCell;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::{FromRawFd as _, IntoRawFd as _};
use std::time::Duration;

use steadfast::{EventKind, Exponential, retry};

/// The first waits of an operation that fails.
fn waits() -> String {
    let waits = RefCell::new(Vec::new());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let strategy = Exponential { base_delay: Duration::from_millis(20), ..Exponential::default() };
    let outcome = runtime.block_on(async {
        retry(|| async { Err::<(), _>(std::io::Error::other("down")) })
            .strategy(strategy)
            .max_attempts(4)
            .notify(|event| {
                if let EventKind::RetryAttempt { delay, .. } = event.kind {
                    waits.borrow_mut().push(delay);
                }
            })
            .await
    });
    assert!(outcome.is_err());
    format!("{:?}", waits.into_inner())
}

#[test]
fn the_waits_of_a_forked_child_are_others() {
    // What this thread remembers, the child has too.
    waits();
    let mut ends = [0; 2];
    // SAFETY: two file descriptors are written to two places for them.
    assert_eq!(unsafe { libc::pipe(ends.as_mut_ptr()) }, 0);
    // SAFETY: the ends are those of a pipe that nobody else has.
    let (mut from, mut to) = unsafe { (File::from_raw_fd(ends[0]), File::from_raw_fd(ends[1])) };
    // SAFETY: the child uses what this thread has alone, and ends without coming back.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let told = to.write_all(waits().as_bytes());
        let _ = to.into_raw_fd();
        // SAFETY: nothing runs after it.
        unsafe { libc::_exit(i32::from(told.is_err())) }
    }
    drop(to);
    let mine = waits();
    let mut theirs = String::new();
    from.read_to_string(&mut theirs).unwrap();
    // SAFETY: it waits for the child from above.
    assert_eq!(unsafe { libc::waitpid(child, std::ptr::null_mut(), 0) }, child);
    assert!(theirs.starts_with('[') && theirs.contains("ms"), "{theirs}");
    assert_ne!(mine, theirs);
}
