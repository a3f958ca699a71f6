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
