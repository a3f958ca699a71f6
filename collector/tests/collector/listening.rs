//! Where the collector listens.

use crate::process::{Process, command};

#[tokio::test]
async fn a_name_is_listened_on_at_each_of_its_addresses_on_one_port() {
    let folder = tempfile::tempdir().unwrap();
    let flags = ["--listen", "localhost:0"];
    let process = Process::start_with(folder.path().join("a.db"), &flags).await;
    let port: u16 = process.url.rsplit(':').next().unwrap().parse().unwrap();
    let mut asked = 0;
    for address in tokio::net::lookup_host(("localhost", port)).await.unwrap() {
        // One that the machine does not have is left out.
        if std::net::TcpListener::bind((address.ip(), 0)).is_ok() {
            let answer = reqwest::get(format!("http://{address}/healthz")).await.unwrap();
            assert_eq!(answer.status(), 200, "{address}");
            asked += 1;
        }
    }
    assert!(asked > 0);
    assert!(process.terminate().await.success());
}

#[tokio::test]
async fn a_name_that_does_not_resolve_is_refused_with_the_name() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("a.db");
    let output = command()
        .args(["--listen", "nowhere.invalid:4700", "--database"])
        .arg(&database)
        .output()
        .await
        .unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("cannot listen on nowhere.invalid:4700"), "{said}");
    assert!(!database.exists(), "and leaves no database behind");
}
