use proptest::prelude::*;
use serde_json::{Value as Json, json};
use std::string::ToString;
use std::vec::Vec;

use super::*;

const VECTORS: &str = include_str!("../../../../tests/conformance/frames.json");

fn vectors(of: &str) -> Vec<Json> {
    let vectors: Json = serde_json::from_str(VECTORS).unwrap();
    vectors[of].as_array().unwrap().clone()
}

fn millis(duration: Option<Duration>) -> Json {
    duration.map_or(Json::Null, |duration| json!(duration.as_millis()))
}

/// A frame in the form of the vectors.
fn described(frame: &Frame) -> Json {
    match frame {
        Frame::Ack { received } => json!({ "kind": "ack", "received": received }),
        Frame::Hello(Hello { session, token, received }) => {
            let token = token.as_ref().map(Token::as_str);
            json!({ "kind": "hello", "session": session, "token": token, "received": received })
        }
        Frame::Hint(hint) => {
            let (wait, spread) = (millis(hint.retry_after), millis(hint.spread));
            let idle = millis(hint.max_idle);
            json!({ "kind": "hint", "retryAfter": wait, "spread": spread, "maxIdle": idle })
        }
        Frame::Ping { id } => json!({ "kind": "ping", "id": id.0 }),
        Frame::Pong { id } => json!({ "kind": "pong", "id": id.0 }),
        Frame::Welcome(Welcome { token, received, resumed, max_idle }) => json!({
            "kind": "welcome", "token": token.as_str(), "received": received,
            "resumed": resumed, "maxIdle": millis(*max_idle),
        }),
    }
}

#[test]
fn frames_say_what_the_vectors_say() {
    for case in vectors("frames") {
        let (name, text) = (&case["name"], case["text"].as_str().unwrap());
        assert!(Frame::is_control(text), "{name}");
        let frame = Frame::parse(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(described(&frame), case["frame"], "{name}");
        if case["canonical"] == true {
            assert_eq!(frame.to_text(), text, "{name}");
        }
        assert_eq!(Frame::parse(&frame.to_text()), Ok(frame), "{name}");
    }
}

#[test]
fn frames_that_are_none_are_refused_as_the_vectors_say() {
    for case in vectors("refused") {
        let (name, text) = (&case["name"], case["text"].as_str().unwrap());
        assert!(Frame::is_control(text), "{name}");
        let error = Frame::parse(text).expect_err(&name.to_string());
        assert_eq!(error.code(), case["code"], "{name}: {error}");
        assert_eq!(error.field(), case["field"].as_str(), "{name}: {error}");
    }
}

#[test]
fn a_message_of_the_application_is_told_by_its_first_bytes() {
    for text in vectors("application") {
        assert!(!Frame::is_control(text.as_str().unwrap()), "{text}");
    }
}

#[test]
fn a_frame_longer_than_the_bound_is_not_read() {
    let text = std::format!(r#"{{"steadfast":"pong","id":7,"x":"{}"}}"#, "x".repeat(4096));
    assert_eq!(Frame::parse(&text), Err(FrameError::TooLong { bytes: text.len() }));
}

#[test]
fn a_token_is_in_no_debug_output() {
    let text = r#"{"steadfast":"welcome","token":"secret","received":0,"resumed":false}"#;
    assert!(!std::format!("{:?}", Frame::parse(text)).contains("secret"));
}

fn flat_json() -> impl Strategy<Value = Json> {
    let value = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        ".{0,8}".prop_map(Json::from),
    ];
    let name = prop_oneof![Just("received".into()), Just("id".into()), ".{0,8}"];
    proptest::collection::btree_map(name, value, 0..6).prop_map(|members| json!(members))
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in ".{0,64}", cut in 0_usize..64) {
        let _ = Frame::parse(&text);
        let framed = std::format!("{}{text}", Frame::PREFIX);
        let _ = Frame::parse(&framed);
        let hint = r#"{"steadfast":"hint","spread":1e3,"x":"\ud83d\ude00","y":[]}"#;
        let _ = Frame::parse(&hint[..cut.min(hint.len())]);
    }

    #[test]
    fn whatever_flat_json_a_writer_makes_is_read(mut members in flat_json()) {
        members["steadfast"] = json!("ack");
        let text = serde_json::to_string_pretty(&members).unwrap();
        let count = members["received"].as_u64().filter(|count| *count <= Frame::MAX_COUNT);
        match Frame::parse(&text) {
            Ok(frame) => {
                let whole = members["received"].as_f64().is_some_and(|count| count.fract() == 0.0);
                prop_assert!(whole || count.is_some(), "{text}");
                if let Some(received) = count {
                    prop_assert_eq!(frame, Frame::Ack { received });
                }
            }
            Err(error) => {
                prop_assert_eq!(error.field(), Some("received"), "{}", text);
                prop_assert_eq!(count, None);
            }
        }
    }

    #[test]
    fn what_is_written_is_read_again(session in "[^\\p{Cc}]{1,32}", token in "[!-~]{1,64}", received in 0..=Frame::MAX_COUNT) {
        let frame = Frame::Hello(Hello { session, token: Token::new(token), received });
        let text = frame.to_text();
        prop_assert!(Frame::is_control(&text));
        let _: Json = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(Frame::parse(&text), Ok(frame));
    }
}
