//! A `PostgreSQL` server of the tests' own.

use std::env;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use sqlx::postgres::{PgConnection, PgPool};
use sqlx::{AssertSqlSafe, Connection as _};
use tempfile::TempDir;
use tokio::sync::Mutex;

/// A server that ends, with all its data, when the last that uses it is dropped.
pub(crate) struct Server {
    child: Mutex<Child>,
    programs: PathBuf,
    port: u16,
    databases: AtomicU32,
    folder: TempDir,
}

/// A database of its own on the server.
pub(crate) struct TestDatabase {
    pub(crate) url: String,
    pub(crate) server: Arc<Server>,
}

/// Tests that run at the same time share one.
static SHARED: Mutex<Weak<Server>> = Mutex::const_new(Weak::new());

/// The user that the server runs as if the tests run as root, which it refuses to: `nobody`.
const NOBODY: u32 = 65534;

impl TestDatabase {
    /// An empty database; nothing where there is no `PostgreSQL`, but not on CI.
    pub(crate) async fn new() -> Option<Self> {
        let Some(programs) = programs() else {
            assert!(env::var_os("CI").is_none(), "{MISSING}");
            eprintln!("{MISSING}; this test is left out");
            return None;
        };
        let mut shared = SHARED.lock().await;
        let server = match shared.upgrade() {
            Some(server) => server,
            None => Arc::new(Server::start(&programs).await),
        };
        *shared = Arc::downgrade(&server);
        drop(shared);
        Some(Self::on(server).await)
    }

    /// The same on a server that no other test uses, so that it can be ended.
    pub(crate) async fn alone() -> Option<Self> {
        let Some(programs) = programs() else {
            assert!(env::var_os("CI").is_none(), "{MISSING}");
            eprintln!("{MISSING}; this test is left out");
            return None;
        };
        Some(Self::on(Arc::new(Server::start(&programs).await)).await)
    }

    async fn on(server: Arc<Server>) -> Self {
        let name = format!("test{}", server.databases.fetch_add(1, Ordering::Relaxed));
        let mut connection = PgConnection::connect(&server.url("postgres")).await.unwrap();
        let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
        sqlx::query(create).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        Self { url: server.url(&name), server }
    }

    pub(crate) async fn pool(&self) -> PgPool {
        PgPool::connect(&self.url).await.unwrap()
    }
}

const MISSING: &str = "there are no `initdb` and `postgres`: install PostgreSQL, or set \
    POSTGRES_BIN to the folder with its programs";

impl Server {
    async fn start(programs: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        if is_root(&folder) {
            chown(folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let made = command(programs, "initdb", &folder)
            .args(["--username=postgres", "--auth=trust", "--no-locale", "--encoding=UTF8"])
            .args(["--no-sync", "--pgdata=data"])
            .status()
            .unwrap();
        assert!(made.success(), "initdb makes a database");
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = Mutex::new(run(programs, &folder, port));
        let programs = programs.to_path_buf();
        let server = Self { child, programs, port, databases: AtomicU32::new(0), folder };
        server.wait().await;
        server
    }

    /// Ends it at once, in the middle of whatever it does.
    pub(crate) async fn stop(&self) {
        let mut child = self.child.lock().await;
        signal("-QUIT", &child);
        child.wait().unwrap();
    }

    /// Starts it again on what it had.
    pub(crate) async fn start_again(&self) {
        *self.child.lock().await = run(&self.programs, &self.folder, self.port);
        self.wait().await;
    }

    async fn wait(&self) {
        for _ in 0..600 {
            if PgConnection::connect(&self.url("postgres")).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("PostgreSQL does not answer");
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Asks it to end at once.
        let child = self.child.get_mut();
        signal("-INT", child);
        drop(child.wait());
    }
}

fn signal(signal: &str, child: &Child) {
    drop(Command::new("kill").args([signal, &child.id().to_string()]).status());
}

/// Whether the tests run as root: the folder is root's, or was handed on by it.
fn is_root(folder: &TempDir) -> bool {
    [0, NOBODY].contains(&folder.path().metadata().unwrap().uid())
}

fn command(programs: &Path, program: &str, folder: &TempDir) -> Command {
    let mut command = Command::new(programs.join(program));
    command.current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::null());
    if is_root(folder) {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}

fn run(programs: &Path, folder: &TempDir, port: u16) -> Child {
    // The tests kill collectors and the server, and not the machine: it need not flush.
    command(programs, "postgres", folder)
        .args(["-D", "data", "-h", "127.0.0.1", "-p", &port.to_string(), "-c", "fsync=off"])
        .args(["-c", "max_connections=100", "-k", "."])
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// The folder of its programs.
fn programs() -> Option<PathBuf> {
    let named = env::var_os("POSTGRES_BIN").map(PathBuf::from);
    let path = env::var_os("PATH").unwrap_or_default();
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders = named
        .into_iter()
        .chain(versions.map(|version| version.path().join("bin")))
        .chain(env::split_paths(&path));
    folders.find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}
