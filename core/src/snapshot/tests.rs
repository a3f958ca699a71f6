use super::*;
use crate::connection::{
    Cause, Connection, ConnectionConfig, Input, Output, Registration, SocketId,
};
use crate::protocol::{Frame, Hint, Token, Welcome};
use proptest::prelude::*;
use std::string::ToString;

fn config() -> ConnectionConfig {
    ConnectionConfig::new(Registration::new("s", "test"))
}

fn at(millis: u64) -> Instant {
    Instant::from_millis(millis)
}

/// A connection to a server that acknowledges, three messages of which one is acknowledged, one
/// handed over and one waits.
fn lived() -> Connection {
    let mut connection = Connection::new(config(), 1, at(0)).unwrap();
    let socket = SocketId(0);
    let welcome = |received| {
        let token = Token::new("secret").unwrap();
        Frame::Welcome(Welcome { token, received, resumed: false, max_idle: None })
    };
    connection.handle_input(at(0), Input::Open);
    connection.handle_input(at(5), Input::Opened { socket, reliable: true });
    connection.handle_input(at(9), Input::Control { socket, frame: welcome(0) });
    connection.handle_input(at(10), Input::Received { socket });
    for id in 0..2 {
        let message = MessageId(id);
        connection.handle_input(at(10), Input::Send { message, bytes: 10, ttl: None });
        connection.handle_input(at(11), Input::Sent { socket, message });
    }
    let frame = Frame::Ack { received: 1 };
    connection.handle_input(at(12), Input::Control { socket, frame });
    let (cause, hint) = (Cause::Network, Hint::NONE);
    connection.handle_input(at(20), Input::Lost { socket, cause, hint });
    let ttl = Some(Duration::from_mins(1));
    connection.handle_input(at(30), Input::Send { message: MessageId(2), bytes: 5, ttl });
    connection
}

/// Opens it, and gives what it says first.
fn hello(connection: &mut Connection, now: Instant) -> (SocketId, Frame) {
    while connection.poll_output().is_some() {}
    connection.handle_input(now, Input::Open);
    let dialled =
        core::iter::from_fn(|| connection.poll_output()).find_map(|output| match output {
            Output::Dial { socket, .. } => Some(socket),
            _ => None,
        });
    let socket = dialled.unwrap();
    connection.handle_input(now, Input::Opened { socket, reliable: true });
    match connection.poll_output() {
        Some(Output::Control { frame, .. }) => (socket, frame),
        other => panic!("{other:?}"),
    }
}

/// What a socket is given that takes everything.
fn transmitted(connection: &mut Connection) -> Vec<u64> {
    let mut messages = Vec::new();
    while let Some(output) = connection.poll_output() {
        if let Output::Transmit { socket, message } = output {
            messages.push(message.0);
            connection.handle_input(at(1010), Input::Sent { socket, message });
        }
    }
    messages
}

#[test]
fn a_session_goes_on_with_its_history_and_with_what_was_not_acknowledged() {
    let saved = lived().snapshot();
    let read = ConnectionSnapshot::from_bytes(&saved.to_bytes()).unwrap();
    assert_eq!((read.session_id(), read.next_message()), ("s", MessageId(3)));
    assert_eq!(read, saved);

    let mut connection = Connection::restore(config(), 2, at(1000), read).unwrap();
    let state = connection.state();
    assert_eq!((state.total_disconnections, state.disconnected_at), (1, Some(at(20))));
    assert_eq!(connection.waiting_messages(), 2);
    let (socket, frame) = hello(&mut connection, at(1000));
    let Frame::Hello(said) = frame else { panic!("{frame:?}") };
    assert_eq!((said.token.unwrap().as_str(), said.received), ("secret", 1));

    let token = Token::new("other").unwrap();
    let welcome = Welcome { token, received: 1, resumed: true, max_idle: None };
    connection.handle_input(at(1010), Input::Control { socket, frame: Frame::Welcome(welcome) });
    assert_eq!(transmitted(&mut connection), [1, 2], "in order, and without the first");
}

#[test]
fn what_was_sent_after_the_snapshot_was_made_is_not_sent_again() {
    let mut connection = Connection::restore(config(), 2, at(1000), lived().snapshot()).unwrap();
    let (socket, _) = hello(&mut connection, at(1000));
    let token = Token::new("other").unwrap();
    let welcome = Welcome { token, received: 5, resumed: true, max_idle: None };
    connection.handle_input(at(1010), Input::Control { socket, frame: Frame::Welcome(welcome) });
    assert_eq!(transmitted(&mut connection), [0; 0]);
    assert_eq!(connection.waiting_messages(), 0);
    assert!(connection.state().status == crate::connection::Status::Connected);
}

#[test]
fn what_waited_for_a_server_that_does_not_acknowledge_is_sent_on_the_first_link() {
    let mut connection = Connection::new(config(), 1, at(0)).unwrap();
    for id in 0..2 {
        let message = MessageId(id);
        connection.handle_input(at(0), Input::Send { message, bytes: 10, ttl: None });
    }
    let saved = connection.snapshot();
    let mut connection = Connection::restore(config(), 2, at(1000), saved).unwrap();
    connection.handle_input(at(1000), Input::Open);
    connection.handle_input(at(1010), Input::Opened { socket: SocketId(0), reliable: false });
    assert_eq!(transmitted(&mut connection), [0, 1]);
}

#[test]
fn without_the_payload_of_a_message_the_server_may_have_a_new_session_begins() {
    let mut saved = lived().snapshot();
    saved.retain(|message| message != MessageId(1));
    assert_eq!(saved.waiting().len(), 1);
    let mut connection = Connection::restore(config(), 2, at(1000), saved).unwrap();
    let (_, frame) = hello(&mut connection, at(1000));
    assert!(matches!(frame, Frame::Hello(said) if said.token.is_none()), "no token");
}

#[test]
fn a_snapshot_of_another_session_is_refused() {
    let other = ConnectionConfig::new(Registration::new("t", "test"));
    let error = Connection::restore(other, 2, at(0), lived().snapshot()).unwrap_err();
    assert_eq!(error.code(), "snapshot.session");
    assert_eq!(error.to_string(), "the snapshot is of the session s, not of t");
}

#[test]
fn what_is_damaged_foreign_or_of_another_version_is_refused_by_name() {
    let bytes = lived().snapshot().to_bytes();
    let code = |bytes: &[u8]| ConnectionSnapshot::from_bytes(bytes).unwrap_err().code();
    assert_eq!(code(b"{}"), "snapshot.foreign");
    assert_eq!(code(&bytes[..bytes.len() - 1]), "snapshot.damaged");
    for index in 5..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[index] ^= 1;
        assert_eq!(code(&damaged), "snapshot.damaged", "byte {index}");
    }
    let mut later = bytes;
    later[4] = 5;
    let error = ConnectionSnapshot::from_bytes(&later).unwrap_err();
    assert_eq!(error.to_string(), "the snapshot has version 5; the latest known is 4");
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..200), version in 1..=4u8) {
        let _ = ConnectionSnapshot::from_bytes(&bytes);
        let sum = crate::codec::checksum(&bytes).to_le_bytes();
        bytes.splice(0..0, sum);
        bytes.splice(0..0, [&b"SFST"[..], &[version]].concat());
        if let Ok(snapshot) = ConnectionSnapshot::from_bytes(&bytes) {
            drop(Connection::restore(config(), 1, at(0), snapshot));
        }
    }
}

/// The wait before the first dial of a session that goes on from this snapshot, and whether that
/// dial asks for fresh credentials.
fn first_dial(
    config: ConnectionConfig,
    now: Instant,
    saved: &ConnectionSnapshot,
) -> (Duration, bool) {
    let read = ConnectionSnapshot::from_bytes(&saved.to_bytes()).unwrap();
    let mut connection = Connection::restore(config, 2, now, read).unwrap();
    connection.handle_input(now, Input::Open);
    let mut at = now;
    loop {
        while let Some(output) = connection.poll_output() {
            if let Output::Dial { refresh, .. } = output {
                return (at.saturating_since(now), refresh);
            }
        }
        at = connection.poll_timeout().unwrap().at;
        connection.handle_timeout(at);
    }
}

/// A session whose first dial the server refused.
fn refused(config: ConnectionConfig, cause: Cause, hint: Hint) -> Connection {
    let mut connection = Connection::new(config, 1, at(0)).unwrap();
    connection.handle_input(at(0), Input::Open);
    connection.handle_input(at(0), Input::Lost { socket: SocketId(0), cause, hint });
    connection
}

#[test]
fn a_wait_that_the_server_asked_for_outlives_the_process() {
    let slot = Hint::slot(Duration::from_mins(5));
    let saved = refused(config(), Cause::Rejected { status: 503 }, slot).snapshot();
    let wait = |now| first_dial(config(), at(now), &saved).0.as_secs();
    assert_eq!(wait(100_000), 200);
    assert_eq!(wait(900_000), 0, "the wait was over before the process began");
}

#[test]
fn a_clock_that_was_set_back_makes_no_wait_longer() {
    let mut connection = Connection::new(config(), 1, at(5_000_000)).unwrap();
    connection.handle_input(at(5_000_000), Input::Open);
    let (cause, hint) = (Cause::Rejected { status: 503 }, Hint::slot(Duration::from_mins(5)));
    connection.handle_input(at(5_000_000), Input::Lost { socket: SocketId(0), cause, hint });
    assert_eq!(first_dial(config(), at(1000), &connection.snapshot()).0.as_secs(), 300);
}

#[test]
fn a_restored_wait_is_held_to_the_cap_of_the_new_configuration() {
    let slot = Hint::slot(Duration::from_mins(5));
    let saved = refused(config(), Cause::Rejected { status: 503 }, slot).snapshot();
    let config = ConnectionConfig { max_server_wait: Duration::from_mins(1), ..config() };
    assert_eq!(first_dial(config, at(0), &saved).0.as_secs(), 60);
}

#[test]
fn expired_credentials_are_still_expired_for_the_next_process() {
    let config = || ConnectionConfig { refreshable: true, ..config() };
    let expired = refused(config(), Cause::ClosedByPeer { code: 4401 }, Hint::NONE);
    assert!(first_dial(config(), at(1000), &expired.snapshot()).1);

    let mut silent = refused(config(), Cause::Network, Hint::NONE);
    assert!(!first_dial(config(), at(1000), &silent.snapshot()).1);
    let again = silent.poll_timeout().unwrap().at;
    silent.handle_timeout(again);
    let (socket, cause, hint) = (SocketId(1), Cause::Network, Hint::NONE);
    silent.handle_input(again, Input::Lost { socket, cause, hint });
    assert!(first_dial(config(), again, &silent.snapshot()).1, "two dials failed without a reason");
}

#[test]
fn snapshots_of_the_versions_before_are_read() {
    let saved = lived().snapshot();
    let bytes = saved.to_bytes();
    // Version 4 ends with: no token; version 3 with two silences; version 2 with: no wait, not expired, no dial that failed
    // without a reason.
    for (version, end) in [(3, &[0; 1][..]), (2, &[0; 5]), (1, &[0; 8])] {
        let body = bytes[13..].strip_suffix(end).unwrap();
        let sum = crate::codec::checksum(body).to_le_bytes();
        let before = [&b"SFST"[..], &[version], &sum, body].concat();
        assert_eq!(ConnectionSnapshot::from_bytes(&before).unwrap(), saved);
    }
}

/// How long a link of this session is silent, from three minutes after `now` on, before it is given up. Its pongs take
/// 100 ms.
fn patience(mut connection: Connection, now: Instant) -> Duration {
    connection.handle_input(now, Input::Open);
    let (mut at, mut pings) = (now, Vec::new());
    let dies_at = now + Duration::from_mins(3);
    loop {
        while let Some(output) = connection.poll_output() {
            match output {
                Output::Dial { socket, .. } => {
                    connection.handle_input(at, Input::Opened { socket, reliable: false });
                }
                Output::Ping { socket, id } => pings.push((socket, id)),
                Output::Close { .. } => return at.saturating_since(dies_at),
                _ => {}
            }
        }
        if at < dies_at && !pings.is_empty() {
            at = at + Duration::from_millis(100);
            for (socket, id) in pings.drain(..) {
                connection.handle_input(at, Input::Pong { socket, id });
            }
            continue;
        }
        at = connection.poll_timeout().unwrap().at;
        connection.handle_timeout(at);
    }
}

#[test]
fn the_patience_that_slow_links_have_taught_outlives_the_process_and_is_forgotten_by_the_day() {
    let mut connection = Connection::new(config(), 1, at(0)).unwrap();
    connection.handle_input(at(0), Input::Open);
    connection.handle_input(at(32_000), Input::Opened { socket: SocketId(0), reliable: false });
    // The first ping, whose pong takes 16 s.
    let ping = core::iter::from_fn(|| connection.poll_output()).find_map(|output| match output {
        Output::Ping { socket, id } => Some((socket, id)),
        _ => None,
    });
    let (socket, id) = ping.unwrap();
    while let Some(due) = connection.poll_timeout().filter(|due| due.at < at(48_000)) {
        connection.handle_timeout(due.at);
    }
    connection.handle_input(at(48_000), Input::Pong { socket, id });
    let saved = connection.snapshot();
    let read = ConnectionSnapshot::from_bytes(&saved.to_bytes()).unwrap();
    assert_eq!(read, saved);

    let after = |days: u64| {
        let now = at(48_000) + Duration::from_hours(24) * u32::try_from(days).unwrap();
        patience(Connection::restore(config(), 2, now, read.clone()).unwrap(), now).as_secs()
    };
    assert!(
        (36..64).contains(&after(0)),
        "2.25 times the silence, and the interval of pings: {}",
        after(0)
    );
    assert!(after(30) < 36, "{}", after(30));
}

#[test]
fn the_token_of_reports_outlives_the_process_and_the_one_that_is_kept_is_shown() {
    let token = |text: &str| ReportToken::new(text.repeat(22)).unwrap();
    let mut connection = lived();
    assert_eq!(connection.keep_report_token(token("a")), token("a"));
    assert_eq!(connection.keep_report_token(token("b")), token("a"), "it has one");
    let read = ConnectionSnapshot::from_bytes(&connection.snapshot().to_bytes()).unwrap();
    let mut restored = Connection::restore(config(), 2, at(1000), read).unwrap();
    assert_eq!(restored.keep_report_token(token("c")), token("a"));
    assert_eq!(restored.snapshot().report_token, Some(token("a")), "for the life after that");
}
