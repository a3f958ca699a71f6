//! What scripts must know of `core` before the module runs: `wasm/js/common/constants.js` is made of what `core` decides.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail as the test does")]

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use steadfast_core::connection::ConnectionConfig;
use steadfast_core::outbox::OutboxConfig;
use steadfast_core::protocol::{Frame, Token};

/// A name, its value, and what it is.
type Constant = (&'static str, u128, &'static str);

fn millis(duration: Duration) -> u128 {
    duration.as_millis()
}

fn constants() -> Vec<Constant> {
    let outbox = OutboxConfig::default();
    vec![
        (
            "CONNECT_TIMEOUT_MAX",
            millis(ConnectionConfig::MAX_CONNECT_TIMEOUT),
            "The longest `connectTimeout`, in ms.",
        ),
        ("FRAME_MAX_BYTES", Frame::MAX_BYTES as u128, "The most bytes of a control frame."),
        (
            "FRAME_MAX_SESSION_BYTES",
            Frame::MAX_SESSION_BYTES as u128,
            "The most bytes of the name of a session in a frame.",
        ),
        (
            "FRAME_MAX_TOKEN_BYTES",
            Token::MAX_BYTES as u128,
            "The most bytes of a token in a frame.",
        ),
        ("OUTBOX_BYTES", outbox.max_bytes as u128, "`outbox.maxBytes` by default."),
        ("OUTBOX_MAX_BYTES", OutboxConfig::MAX_BYTES as u128, "The greatest `outbox.maxBytes`."),
        (
            "OUTBOX_MAX_MESSAGES",
            OutboxConfig::MAX_MESSAGES as u128,
            "The greatest `outbox.maxMessages`.",
        ),
        ("OUTBOX_MESSAGES", outbox.max_messages as u128, "`outbox.maxMessages` by default."),
        (
            "STABLE_AFTER_MAX",
            millis(ConnectionConfig::MAX_STABLE_AFTER),
            "The longest `stableAfter`, in ms.",
        ),
        (
            "TTL_MAX",
            millis(OutboxConfig::MAX_TTL),
            "The longest time that a message may wait, in ms.",
        ),
    ]
}

fn script() -> String {
    let mut script = String::from(
        "// Made of what core decides: `WRITE_CONSTANTS=1 cargo test --package steadfast-tests --test constants` writes it anew.\n",
    );
    for (name, value, what) in constants() {
        write!(script, "\n/** {what} */\nexport const {name} = {value};\n").unwrap();
    }
    script
}

#[test]
fn the_constants_of_the_scripts_are_those_of_core() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wasm/js/common/constants.js");
    if env::var_os("WRITE_CONSTANTS").is_some() {
        fs::write(&path, script()).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), script());
}
