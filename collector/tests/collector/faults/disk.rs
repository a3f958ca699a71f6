//! The disk is full, or cannot be written to.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use tempfile::TempDir;

use super::load::Load;
use crate::process::{Process, command};

async fn stored(database: &Path) -> Vec<String> {
    let options = SqliteConnectOptions::new().filename(database);
    let pool = SqlitePool::connect_with(options).await.unwrap();
    let stored = sqlx::query_scalar("SELECT batch_id FROM reports").fetch_all(&pool).await;
    pool.close().await;
    stored.unwrap()
}

/// A disk of a few megabytes, in memory.
struct SmallDisk(TempDir);

impl SmallDisk {
    /// Nothing where disks cannot be mounted.
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mount = ["-t", "tmpfs", "-o", "size=6m", "steadfast-test"];
        let mounted = quietly(Command::new("mount").args(mount).arg(folder.path()));
        if !mounted {
            eprintln!("disks cannot be mounted here; this test is left out");
        }
        mounted.then_some(Self(folder))
    }

    fn database(&self) -> PathBuf {
        self.0.path().join("steadfast.db")
    }

    /// Takes all room that is left.
    fn fill(&self) {
        let room = Command::new("dd")
            .args(["if=/dev/zero", "bs=4k"])
            .arg(self.ballast())
            .stderr(Stdio::null())
            .status();
        assert!(!room.unwrap().success(), "the disk is full");
    }

    fn free(&self) {
        std::fs::remove_file(self.0.path().join("ballast")).unwrap();
    }

    fn ballast(&self) -> String {
        format!("of={}", self.0.path().join("ballast").display())
    }

    fn make_read_only(&self) {
        let remount = ["-o", "remount,ro"];
        assert!(quietly(Command::new("mount").args(remount).arg(self.0.path())));
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Also while it is in use: it goes when the last that uses it ends.
        quietly(Command::new("umount").arg("--lazy").arg(self.0.path()));
    }
}

fn quietly(command: &mut Command) -> bool {
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_costs_nothing_that_was_acknowledged() {
    let Some(disk) = SmallDisk::mount() else {
        return;
    };
    let process = Process::start(disk.database()).await;
    let load = Load::start(&process);
    load.goes_on(20).await;
    disk.fill();
    load.is_refused("ingest.store").await;
    disk.free();
    load.is_ready_again().await;
    load.goes_on(20).await;
    load.ends_with(async || stored(&disk.database()).await).await;
}

/// Where nothing can be mounted, this stands for a disk that takes no more: the system refuses the
/// process what goes beyond a size of file.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_may_not_grow_costs_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("steadfast.db");
    let process =
        Process::start_under(&["sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"], &database).await;
    let load = Load::start(&process);
    load.goes_on(20).await;
    let limit = |to: &str| {
        let (id, to) = (process.id().to_string(), format!("--fsize={to}"));
        let limited = quietly(Command::new("prlimit").args(["--pid", &id, &to]));
        assert!(limited, "prlimit is part of every Linux");
    };
    limit("65536:unlimited");
    load.is_refused("ingest.store").await;
    limit("unlimited:unlimited");
    load.is_ready_again().await;
    load.goes_on(20).await;
    load.ends_with(async || stored(&database).await).await;
}

/// Files that nobody may write to, even with the file open: what a file system does to all of its
/// files when it turns read-only, and it takes it back. A mount cannot be made read-only under a program that
/// writes to it, and one that has become so by itself never goes back.
struct Sealed(TempDir);

impl Sealed {
    /// Nothing where files cannot be sealed, or that means nothing to who has them open.
    fn folder() -> Option<Self> {
        let sealed = Self(tempfile::tempdir().unwrap());
        let mut tried = std::fs::File::create(sealed.0.path().join("tried")).unwrap();
        let works = sealed.seal(true) && tried.write_all(b"no").is_err();
        sealed.seal(false);
        if !works {
            eprintln!(
                "only root may seal files (chattr +i), and not on every file system; this test is left out"
            );
        }
        works.then_some(sealed)
    }

    fn database(&self) -> PathBuf {
        self.0.path().join("steadfast.db")
    }

    fn seal(&self, is_so: bool) -> bool {
        let files = std::fs::read_dir(self.0.path()).unwrap().map(|file| file.unwrap().path());
        // Memory that processes share is no file to who writes to it: they would be ended.
        let files = files.filter(|file| !file.to_string_lossy().ends_with("-shm"));
        quietly(Command::new("chattr").arg(if is_so { "+i" } else { "-i" }).args(files))
    }
}

impl Drop for Sealed {
    fn drop(&mut self) {
        self.seal(false);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_turns_read_only_costs_nothing_that_was_acknowledged() {
    let Some(files) = Sealed::folder() else {
        return;
    };
    let process = Process::start(files.database()).await;
    let load = Load::start(&process);
    for _ in 0..2 {
        load.goes_on(20).await;
        assert!(files.seal(true));
        load.is_refused("ingest.store").await;
        assert!(files.seal(false));
        load.is_ready_again().await;
    }
    load.goes_on(20).await;
    load.ends_with(async || stored(&files.database()).await).await;
}

#[tokio::test]
async fn a_database_that_cannot_be_written_to_is_named_at_the_start() {
    let Some(disk) = SmallDisk::mount() else {
        return;
    };
    let process = Process::start(disk.database()).await;
    assert!(process.terminate().await.success());
    disk.make_read_only();
    let database = disk.database().display().to_string();
    let refused = command().args(["--listen", "127.0.0.1:0", "--database", &database]).output();
    let refused = refused.await.unwrap();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success());
    assert!(said.contains(&format!("database {database} cannot be opened: ")), "{said}");
}
