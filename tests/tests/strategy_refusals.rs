//! What makes no sense is refused in Rust as in JavaScript, which reads the same table in
//! `tests/node/test/retry-refusing.test.js`.

use std::time::Duration;

use serde::Deserialize;
use steadfast_core::retry::{RetryPolicy, RetryStrategy, StrategyForm};

#[derive(Deserialize)]
struct Table {
    refused: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    name: String,
    strategy: StrategyForm,
    max_attempts: Option<u32>,
    max_server_wait: Option<u64>,
    code: String,
    field: String,
}

#[test]
fn every_case_of_the_table_is_refused_by_the_name_of_its_field() {
    let table: Table =
        serde_json::from_str(include_str!("../conformance/strategies.json")).unwrap();
    for Case { name, strategy, max_attempts, max_server_wait, code, field } in table.refused {
        let policy = RetryStrategy::try_from(strategy).and_then(|strategy| {
            let max_attempts = max_attempts.or(Some(3));
            let max_server_wait = max_server_wait.map(Duration::from_millis);
            RetryPolicy { strategy, max_attempts, max_server_wait, deadline: None }.validate()
        });
        let error = policy.expect_err(&name);
        assert_eq!((error.code(), error.field()), (&*code, &*field), "{name}: {error}");
    }
}
