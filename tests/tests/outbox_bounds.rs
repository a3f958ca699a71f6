//! What an outbox keeps, drops and refuses while the link is down, in Rust as in JavaScript, which reads the same table in
//! `tests/node/test/sending-early.test.js`.

use std::collections::BTreeMap;

use serde::Deserialize;
use steadfast_core::connection::{Connection, ConnectionConfig, Input, Output, Registration};
use steadfast_core::event::EventKind;
use steadfast_core::outbox::{MessageId, OutboxConfig};
use steadfast_core::time::Instant;

#[derive(Deserialize)]
struct Table {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    outbox: OutboxConfig,
    sends: Vec<usize>,
    /// By their places among those that are sent.
    waiting: Vec<usize>,
    #[serde(default)]
    dropped: Vec<usize>,
    #[serde(default)]
    refused: BTreeMap<usize, String>,
}

#[test]
fn every_case_of_the_table_is_kept_dropped_or_refused_as_it_says() {
    let table: Table = serde_json::from_str(include_str!("../conformance/outbox.json")).unwrap();
    for case in table.cases {
        let mut config = ConnectionConfig::new(Registration::new("s", "test"));
        config.outbox = case.outbox;
        let mut machine = Connection::new(config, 7, Instant::ORIGIN).unwrap();
        let (mut waiting, mut dropped) = (Vec::new(), Vec::new());
        let mut refused = BTreeMap::new();
        let mut numbers = Vec::new();
        for (place, bytes) in case.sends.into_iter().enumerate() {
            if let Err(error) = machine.admit(bytes) {
                refused.insert(place, error.message());
                continue;
            }
            let message = MessageId(numbers.len() as u64);
            numbers.push(place);
            waiting.push(message);
            machine.handle_input(Instant::ORIGIN, Input::Send { message, bytes, ttl: None });
            while let Some(output) = machine.poll_output() {
                let Output::Event(event) = output else { continue };
                let EventKind::Delivery { count, first, last, .. } = event.kind else { continue };
                assert_eq!((count, first), (1, last), "{}: each is told by itself", case.name);
                waiting.retain(|message| *message != first);
                dropped.push(numbers[usize::try_from(first.0).unwrap()]);
            }
        }
        let waiting: Vec<_> =
            waiting.iter().map(|id| numbers[usize::try_from(id.0).unwrap()]).collect();
        assert_eq!(machine.waiting_messages(), waiting.len(), "{}", case.name);
        let expected = (case.waiting, case.dropped, case.refused);
        assert_eq!((waiting, dropped, refused), expected, "{}", case.name);
    }
}
