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
    child: Child,
    port: u16,
    databases: AtomicU32,
    _folder: TempDir,
}

/// A database of its own on the server.
pub(crate) struct TestDatabase {
    pub(crate) url: String,
    _server: Arc<Server>,
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
        let name = format!("test{}", server.databases.fetch_add(1, Ordering::Relaxed));
        let mut connection = PgConnection::connect(&server.url("postgres")).await.unwrap();
        let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
        sqlx::query(create).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        Some(Self { url: server.url(&name), _server: server })
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
        let root = folder.path().metadata().unwrap().uid() == 0;
        if root {
            chown(folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let command = |program: &str| {
            let mut command = Command::new(programs.join(program));
            command.current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::null());
            if root {
                command.uid(NOBODY).gid(NOBODY);
            }
            command
        };
        let made = command("initdb")
            .args(["--username=postgres", "--auth=trust", "--no-locale", "--encoding=UTF8"])
            .args(["--no-sync", "--pgdata=data"])
            .status()
            .unwrap();
        assert!(made.success(), "initdb makes a database");
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        // The tests kill collectors, and no database: it need not flush.
        let child = command("postgres")
            .args(["-D", "data", "-h", "127.0.0.1", "-p", &port.to_string(), "-c", "fsync=off"])
            .args(["-c", "max_connections=100", "-k", "."])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let databases = AtomicU32::new(0);
        let server = Self { child, port, databases, _folder: folder };
        for _ in 0..600 {
            if PgConnection::connect(&server.url("postgres")).await.is_ok() {
                return server;
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
        let id = self.child.id().to_string();
        drop(Command::new("kill").args(["-INT", &id]).status());
        drop(self.child.wait());
    }
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
