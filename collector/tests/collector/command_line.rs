use std::path::Path;

use crate::process::{Process, command};

/// Runs it with arguments that it should refuse; what it says on standard error.
async fn refused(arguments: &[&str]) -> String {
    let output = command().args(arguments).output().await.unwrap();
    assert!(!output.status.success(), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_with_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("steadfast.db");
    let database = database.to_str().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let no_database = folder.path().join("text");
    std::fs::write(&no_database, "This is a text, and no database at all.".repeat(40)).unwrap();
    let cases: [(&[&str], &str); 7] = [
        (
            &["--listen", "nowhere"],
            "--listen is \"nowhere\"; allowed is an IP address or a name, and",
        ),
        (&["--listen", &taken, "--database", database], "cannot listen on"),
        (&["--database", "mysql://host/name"], "allowed is the path of an SQLite file"),
        (&["--database", "/no/such/folder/a.db"], "there is no folder /no/such/folder"),
        (
            &["--listen", "127.0.0.1:0", "--database", no_database.to_str().unwrap()],
            "file is not a database",
        ),
        (&["--queue", "0", "--database", database], "--queue is \"0\"; allowed is 1 to 100000"),
        (&["keys", "create", "--organization", "", "--kind", "secret"], "organization has 0 bytes"),
    ];
    for (arguments, expected) in cases {
        let said = refused(arguments).await;
        assert!(said.contains(expected), "{arguments:?}: {said}");
    }
    assert!(!Path::new(database).exists(), "and leaves nothing behind");
}

#[tokio::test]
async fn the_openapi_document_is_printed_without_a_database() {
    let folder = tempfile::tempdir().unwrap();
    let output = command().arg("openapi").current_dir(folder.path()).output().await.unwrap();
    assert!(output.status.success());
    let printed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(&printed, steadfast_collector::openapi());
    assert!(
        std::fs::read_dir(folder.path()).unwrap().next().is_none(),
        "and leaves nothing behind"
    );
}

#[tokio::test]
async fn two_collectors_do_not_share_a_database() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("steadfast.db");
    let first = Process::start(&database).await;
    let database = database.to_str().unwrap();
    let said = refused(&["--listen", "127.0.0.1:0", "--database", database]).await;
    assert!(said.contains("is in use by another collector"), "{said}");
    first.kill().await;
}

#[tokio::test]
async fn a_key_that_is_made_while_the_collector_runs_is_good_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("steadfast.db");
    let process = Process::start(&database).await;
    let create = ["keys", "create", "--organization", "acme", "--kind", "secret", "--database"];
    let output = command().args(create).arg(&database).output().await.unwrap();
    assert!(output.status.success());
    let printed = String::from_utf8(output.stdout).unwrap();
    let key = printed.lines().next().unwrap().strip_prefix("secret key: ").unwrap();

    let request = reqwest::Client::new().get(format!("{}/v1/health", process.url));
    assert_eq!(request.bearer_auth(key).send().await.unwrap().status(), 200);
}

#[cfg(unix)]
#[tokio::test]
async fn it_ends_in_good_order_when_asked_to() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("steadfast.db");
    let process = Process::start(&database).await;
    assert!(process.terminate().await.success());
    let log = std::fs::metadata(database.with_extension("db-wal"));
    assert!(!log.is_ok_and(|log| log.len() > 0), "the log was merged into the file");
}
