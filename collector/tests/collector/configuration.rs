//! What the program follows: its file, its environment, its flags.

use std::process::Output;

use crate::process::command;

/// Runs it with `--check`, a file of that content, and a variable.
async fn check(file: &str, variable: Option<(&str, &str)>, flags: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("collector.toml");
    std::fs::write(&path, file).unwrap();
    let mut command = command();
    command.arg("--check").arg("--config").arg(&path).args(flags).envs(variable);
    command.output().await.unwrap()
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn a_check_prints_what_follows_from_file_environment_and_flags_and_where_it_came_from() {
    let file = "queue = 10\nmax-sessions = 20\nmax-live-clients = 30\n";
    let flags = ["--max-live-clients", "31"];
    let checked = check(file, Some(("STEADFAST_MAX_SESSIONS", "21")), &flags).await;
    assert!(checked.status.success());
    let printed = text(checked.stdout);
    let line = |key: &str| printed.lines().find(|line| line.starts_with(key)).unwrap().to_owned();
    assert!(line("queue").starts_with("queue = 10 # queue in /"), "{printed}");
    assert_eq!(line("max-sessions"), "max-sessions = 21 # STEADFAST_MAX_SESSIONS");
    assert_eq!(line("max-live-clients"), "max-live-clients = 31 # --max-live-clients");
    assert_eq!(line("shutdown-limit"), "shutdown-limit = \"5s\" # default");
}

#[tokio::test]
async fn a_check_refuses_what_a_start_would_refuse() {
    let said = text(check("queue = 0", None, &[]).await.stderr);
    assert!(said.contains("queue in /") && said.contains("allowed is 1 to 100000"), "{said}");
    let said = text(check("colour = \"red\"", None, &[]).await.stderr);
    assert!(said.contains("colour in /") && said.contains("is not known; allowed are"), "{said}");
    let said = text(check("", Some(("STEADFAST_LOG_FORMAT", "xml")), &[]).await.stderr);
    assert!(said.contains("STEADFAST_LOG_FORMAT is \"xml\"; allowed is text or json"), "{said}");
    let said = text(check("", None, &["--shutdown-limit", "2"]).await.stderr);
    assert!(said.contains("--shutdown-limit is \"2\"; allowed is 0s to 1h"), "{said}");
}

#[tokio::test]
async fn a_secret_is_shown_neither_by_a_check_nor_by_a_refusal() {
    let checked = check("scrape-key = \"0123456789abcdef\"", None, &[]).await;
    let printed = text(checked.stdout);
    assert!(printed.contains("# scrape-key is set and not shown # scrape-key in"), "{printed}");
    assert!(!printed.contains("0123456789abcdef"));
    let said = text(check("", Some(("STEADFAST_SCRAPE_KEY", "hunter2")), &[]).await.stderr);
    assert!(said.contains("STEADFAST_SCRAPE_KEY is \"(secret)\"; allowed is 16 to 256"), "{said}");
}

#[tokio::test]
async fn the_log_is_one_json_object_a_line_on_request() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = command()
        .args(["--listen", "127.0.0.1:0", "--log-format", "json", "--database"])
        .arg(folder.path().join("steadfast.db"))
        .stdout(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = {
        use tokio::io::{AsyncBufReadExt, BufReader};
        BufReader::new(process.stderr.take().unwrap()).lines()
    };
    loop {
        let line = lines.next_line().await.unwrap().expect("it says that it listens");
        let logged: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert!(logged["timestamp"].is_string() && logged["level"].is_string(), "{line}");
        if logged["message"] == "listening" {
            assert!(logged["address"].is_string(), "{line}");
            break;
        }
    }
}

#[test]
fn the_read_me_lists_every_setting() {
    let text = include_str!("../../README.md");
    for setting in steadfast_collector::config::SETTINGS {
        let row = format!("| `--{}` | `{}` |", setting.name, setting.variable());
        assert!(text.contains(&row), "{row}");
    }
}
