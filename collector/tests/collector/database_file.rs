//! Who creates a database, who may read it, and what is said of one that cannot be used.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use sqlx::{Connection as _, SqliteConnection};

use crate::postgres::TestDatabase;
use crate::process::{Process, command};
use crate::support::Running;

/// Runs the program with arguments that it should refuse; what it says on standard error.
async fn refused(arguments: &[&str]) -> String {
    let output = command().args(arguments).output().await.unwrap();
    assert!(!output.status.success(), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn only_the_owner_may_read_a_database_and_the_files_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("steadfast.db");
    let process = Process::start(&database).await;
    for beside in ["", "-wal", "-shm", ".lock"] {
        let path = format!("{}{beside}", database.display());
        assert_eq!(mode(Path::new(&path)), 0o600, "{path}");
    }
    assert!(process.terminate().await.success());
    assert_eq!(mode(&database), 0o600);
}

#[tokio::test]
async fn a_database_that_everybody_may_read_is_left_so_and_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let (database, log) = (folder.path().join("steadfast.db"), folder.path().join("log"));
    let process = Process::start_logged(&database, &[], &log).await;
    assert!(process.terminate().await.success());
    let said = std::fs::read_to_string(&log).unwrap();
    assert!(said.contains("there was no database; created one"), "{said}");
    assert!(!said.contains("may read the database"), "{said}");
    std::fs::set_permissions(&database, std::fs::Permissions::from_mode(0o644)).unwrap();
    let process = Process::start_logged(&database, &[], &log).await;
    assert!(process.terminate().await.success());
    let said = std::fs::read_to_string(&log).unwrap();
    assert!(said.contains("everybody on this machine may read the database"), "{said}");
    assert_eq!(mode(&database), 0o644);
}

#[tokio::test]
async fn a_command_refuses_a_database_that_does_not_exist_and_creates_none() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("stedfast.db");
    let path = database.to_str().unwrap();
    let acme = ["--organization", "acme", "--database", path];
    for command in [
        &["keys", "list"][..],
        &["keys", "create", "--kind", "secret"],
        &["keys", "revoke", "--key", "key_0"],
        &["keys", "rotate", "--key", "key_0"],
        &["organizations", "create"],
    ] {
        let said = refused(&[command, &acme].concat()).await;
        assert!(said.contains(&format!("there is no database {path}")), "{command:?}: {said}");
    }
    let said = refused(&["organizations", "list", "--database", path]).await;
    assert!(said.contains("it is created when the collector is first started"), "{said}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

const LATER: &str =
    "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
    VALUES (99990101, 'later', true, '', 0)";

fn assert_says_newer(said: &str) {
    assert!(said.contains("was written by a newer version of the collector"), "{said}");
    assert!(said.contains("99990101") && said.contains("restore a back-up"), "{said}");
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused_in_clear_words_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("steadfast.db");
    assert!(Process::start(&database).await.terminate().await.success());
    let path = database.to_str().unwrap();
    let mut connection = SqliteConnection::connect(path).await.unwrap();
    sqlx::query(LATER).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    assert_says_newer(&refused(&["--listen", "127.0.0.1:0", "--database", path]).await);
    assert_says_newer(&refused(&["organizations", "list", "--database", path]).await);
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused_in_clear_words_on_postgres() {
    let Some(database) = TestDatabase::new().await else {
        return;
    };
    assert!(Process::start(&database.url).await.terminate().await.success());
    let pool = database.pool().await;
    sqlx::query(LATER).execute(&pool).await.unwrap();
    pool.close().await;
    let url = database.url.replacen("://", "://postgres:sesame@", 1).replacen("@postgres@", "@", 1);
    let said = refused(&["--listen", "127.0.0.1:0", "--database", &url]).await;
    assert_says_newer(&said);
    assert!(!said.contains("sesame"), "{said}");
}

#[tokio::test]
async fn a_password_stands_in_no_output_wherever_the_database_is_told() {
    for url in [
        "postgres://me:sesame@127.0.0.1:1/name",
        "postgres://me:ses?ame@127.0.0.1:1/name",
        "postgres:/me:sesame@host/name",
        "postgres://me:sesame@host:port/name",
        "mysql://me:sesame@host/name",
        "postgres://127.0.0.1:1/name?user=me&password=sesame",
    ] {
        for arguments in
            [&["--check"][..], &["organizations", "list"], &["--listen", "127.0.0.1:0"]]
        {
            let arguments = [arguments, &["--database", url]].concat();
            let output = command().args(&arguments).output().await.unwrap();
            let said = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
            assert!(!said.concat().contains("ame@"), "{arguments:?}: {said:?}");
            assert!(!said.concat().contains("sesame"), "{arguments:?}: {said:?}");
        }
    }
    let endpoint = ["--check", "--otlp-endpoint", "https://me:sesame@otel.example/?token=sesame"];
    let output = command().args(endpoint).output().await.unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        said.contains("# otlp-endpoint is https://otel.example without")
            && !said.contains("sesame"),
        "{said}"
    );
}

#[tokio::test]
async fn the_database_does_not_hold_keys_in_the_clear() {
    let collector = Running::start().await;
    let (keys, database) = (collector.keys.clone(), collector.database());
    let folder = database.parent().unwrap().to_path_buf();
    // While it runs, what was written last is in the log beside the file.
    for file in std::fs::read_dir(folder).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        let holds = |key: &str| bytes.windows(key.len()).any(|window| window == key.as_bytes());
        assert!(!holds(&keys.publishable) && !holds(&keys.secret));
    }
}
