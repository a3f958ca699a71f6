use std::collections::BTreeSet;
use std::path::Path;

use reqwest::Method;

use crate::support::Running;

#[tokio::test]
async fn the_dashboard_is_a_page_that_may_run_nothing_but_its_own_scripts() {
    let collector = Running::start().await;
    let page = collector.request(Method::GET, "/").send().await.unwrap();
    assert_eq!(page.status(), 200);
    let headers = page.headers();
    assert!(headers["content-type"].to_str().unwrap().starts_with("text/html"));
    assert_eq!(headers["x-content-type-options"], "nosniff");
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("default-src 'none'"), "{policy}");
    assert!(policy.contains("script-src 'self' 'wasm-unsafe-eval';"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(page.text().await.unwrap().contains("Steadfast"));
}

#[tokio::test]
async fn only_files_of_the_dashboard_are_served() {
    let collector = Running::start().await;
    for path in ["/Cargo.toml", "/../Cargo.toml", "/..%2f..%2fCargo.toml", "/assets/none.js"] {
        let answer = collector.request(Method::GET, path).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
    }
    assert_eq!(collector.request(Method::GET, "/healthz").send().await.unwrap().status(), 200);
}

/// A large file of the dashboard; nothing where it was not built, but not on CI.
fn large_file() -> Option<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("dashboard/dist/assets");
    let names = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let names = names.map(|file| file.file_name().into_string().unwrap());
    let script = names.into_iter().find(|name| name.ends_with(".js.br"));
    if script.is_none() {
        assert!(std::env::var_os("CI").is_none(), "the dashboard has to be built first");
        eprintln!("the dashboard is not built; this test is left out");
    }
    script.map(|name| format!("/assets/{}", name.trim_end_matches(".br")))
}

#[tokio::test]
async fn a_file_comes_packed_as_the_client_likes_it_best_and_once() {
    let Some(path) = large_file() else { return };
    let collector = Running::start().await;
    let get = async |accepted: &str, known: &str| {
        let request = collector.request(Method::GET, &path);
        let request = request.header("accept-encoding", accepted).header("if-none-match", known);
        request.send().await.unwrap()
    };
    let mut tags = BTreeSet::new();
    let mut lengths = Vec::new();
    for (accepted, encoding) in [("gzip, br", Some("br")), ("gzip", Some("gzip")), ("", None)] {
        let answer = get(accepted, "\"none\"").await;
        let headers = answer.headers().clone();
        assert_eq!(answer.status(), 200);
        assert_eq!(headers["vary"], "accept-encoding");
        assert!(headers["content-type"].to_str().unwrap().starts_with("text/javascript"));
        let given = headers.get("content-encoding").map(|value| value.to_str().unwrap());
        assert_eq!(given, encoding);
        let tag = headers["etag"].to_str().unwrap().to_owned();
        assert!(!tag.starts_with("W/"));
        let known = get(accepted, &format!("\"none\", {tag}")).await;
        assert_eq!(
            (known.status(), &known.headers()["vary"]),
            (304.try_into().unwrap(), &headers["vary"])
        );
        assert_eq!(known.headers()["etag"], headers["etag"]);
        assert!(known.bytes().await.unwrap().is_empty());
        tags.insert(tag);
        lengths.push(answer.bytes().await.unwrap().len());
    }
    assert_eq!(tags.len(), 3, "a tag for each encoding");
    assert!(lengths[0] < lengths[1] && 2 * lengths[1] < lengths[2], "{lengths:?}");
    let packed = collector.request(Method::GET, &format!("{path}.br")).send().await.unwrap();
    assert_eq!(packed.status(), 404, "a packed file is no file of its own");
}
