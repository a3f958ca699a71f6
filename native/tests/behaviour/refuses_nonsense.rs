use std::time::Duration;

use steadfast::{Builder, Connection, OpenError, Registration, ReportTo, connect};

fn refusal(builder: Builder) -> OpenError {
    builder.open().map(|_: Connection| ()).unwrap_err()
}

#[tokio::test]
async fn a_url_that_cannot_be_connected_to_is_refused_with_what_is_wrong_with_it() {
    let wrong = [
        ("", "URL: relative URL without a base"),
        ("localhost:80", "URL: its scheme is \"localhost\"; allowed are \"ws\" and \"wss\""),
        ("http://host/", "URL: its scheme is \"http\"; allowed are \"ws\" and \"wss\""),
        ("ws://", "URL: empty host"),
        ("ws://host:99999/", "URL: invalid port number"),
        ("ws://host/#part", "URL: it has a fragment, which is never sent to a server"),
        (
            "wss://user:password@host/",
            "URL: it has a user or a password; send an authorization header instead",
        ),
    ];
    for (url, message) in wrong {
        let error = refusal(connect(url));
        assert_eq!((error.code(), error.to_string().as_str()), ("config.url", message), "{url}");
    }
}

#[tokio::test]
async fn an_option_out_of_range_is_refused_by_the_code_and_the_name_of_core() {
    let builder = || connect("ws://localhost/");
    let wrong = [
        (builder().connect_timeout(Duration::ZERO), "connectTimeout"),
        (builder().max_reconnect_attempts(0), "maxReconnectAttempts"),
        (builder().inbound(0), "inbound"),
        (builder().event_backlog(0), "eventBacklog"),
        (builder().max_message_size(0), "maxMessageSize"),
        (builder().read_buffer_size(1), "readBufferSize"),
        (
            builder().report_to(ReportTo::new("http://[::1]/", "pk_1").interval(Duration::ZERO)),
            "report.interval",
        ),
    ];
    for (builder, field) in wrong {
        let error = refusal(builder);
        assert_eq!(error.code(), "config.out_of_range");
        assert!(error.to_string().starts_with(&format!("{field} is ")), "{error}");
    }
    assert_eq!(refusal(builder().session(Registration::new("", "x"))).code(), "config.text");
    assert_eq!(refusal(builder().user("a\nb")).code(), "config.text");
}

#[tokio::test]
async fn headers_and_sub_protocols_that_cannot_be_sent_are_refused() {
    let builder = || connect("ws://localhost/");
    for (name, value) in [("a b", "c"), ("x", "a\nb"), ("Host", "h"), ("sec-websocket-key", "k")] {
        let error = refusal(builder().header(name, value));
        assert_eq!(error.code(), "config.header", "{name}");
        assert!(error.to_string().contains(name), "{error}");
    }
    for protocols in [["a b", "c"], ["c", ""], ["c", "c"]] {
        let error = refusal(builder().protocol(protocols[0]).protocol(protocols[1]));
        assert_eq!(error.code(), "config.protocol", "{protocols:?}");
    }
}

#[tokio::test]
async fn a_collector_is_not_told_the_key_in_the_clear_unless_asked_to() {
    let to = |url: &str, key: &str| ReportTo::new(url, key);
    let refusal = |to| refusal(connect("ws://localhost/").report_to(to));
    let wrong = ["", "ftp://collector/", "http://collector.example/v1/reports"];
    for url in wrong {
        assert_eq!(refusal(to(url, "pk_1")).code(), "config.report_url", "{url}");
    }
    assert_eq!(refusal(to("http://127.0.0.1/", "a\nb")).code(), "config.report");
    let allowed = to("http://collector.example/v1/reports", "pk_1").allow_http();
    assert!(connect("ws://localhost/").report_to(allowed).open().is_ok());
}

#[test]
fn outside_of_a_runtime_nothing_can_be_opened() {
    assert_eq!(refusal(connect("ws://localhost/")).code(), "system.runtime");
}

#[test]
fn nothing_secret_is_shown_by_debug() {
    let to = ReportTo::new("https://collector/?secret", "pk_secret");
    let builder = connect("ws://localhost/?secret").header("authorization", "secret");
    assert!(!format!("{to:?} {builder:?}").contains("secret"));
}
