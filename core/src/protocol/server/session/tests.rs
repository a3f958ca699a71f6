use core::time::Duration;
use std::vec::Vec;

use super::*;
use crate::protocol::Token;

type TestSession = Session<u32>;

fn welcome(resumed: bool) -> Welcome {
    Welcome { token: Token::new("t").unwrap(), received: 0, resumed, max_idle: None }
}

fn at(millis: u64) -> Instant {
    Instant::from_millis(millis)
}

/// A session whose first link has had its welcome.
fn begun(config: SessionConfig) -> (TestSession, LinkId) {
    let mut session = TestSession::new(config);
    let link = session.attach(0, welcome(false)).unwrap();
    assert!(matches!(
        session.poll_output(at(0), link),
        Some(SessionOutput::Control(Frame::Welcome(_)))
    ));
    (session, link)
}

fn outputs(session: &mut TestSession, now: Instant, link: LinkId) -> Vec<SessionOutput<u32>> {
    core::iter::from_fn(|| session.poll_output(now, link)).collect()
}

fn messages(session: &mut TestSession, link: LinkId) -> Vec<u32> {
    let message = |output| match output {
        SessionOutput::Message(message) => Some(message),
        SessionOutput::Control(_) => None,
    };
    outputs(session, at(0), link).into_iter().filter_map(message).collect()
}

#[test]
fn what_was_not_acknowledged_is_sent_again_on_the_next_link_and_the_rest_is_not() {
    let (mut session, first) = begun(SessionConfig::default());
    (1..=5).for_each(|message| session.send(message, 1));
    assert_eq!(messages(&mut session, first), [1, 2, 3, 4, 5]);
    session.handle_frame(first, &Frame::Ack { received: 2 }).unwrap();
    assert!(session.detach(first));
    session.send(6, 1);

    let second = session.attach(3, welcome(true)).unwrap();
    assert_eq!(messages(&mut session, second), [4, 5, 6]);
    session.handle_frame(second, &Frame::Ack { received: 6 }).unwrap();
    assert_eq!((session.kept(), session.kept_bytes()), (0, 0));
}

#[test]
fn the_welcome_goes_first_and_says_how_much_has_come() {
    let (mut session, first) = begun(SessionConfig::default());
    assert!(session.handle_message(at(0), first));
    assert!(session.handle_message(at(0), first));
    session.send(1, 1);
    let second = session.attach(0, welcome(true)).unwrap();
    let welcome = Welcome { received: 2, ..welcome(true) };
    let expected = [SessionOutput::Control(Frame::Welcome(welcome)), SessionOutput::Message(1)];
    assert_eq!(outputs(&mut session, at(0), second), expected);
}

#[test]
fn a_replaced_link_is_not_believed_and_gets_nothing() {
    let (mut session, first) = begun(SessionConfig::default());
    session.send(1, 1);
    let second = session.attach(0, welcome(true)).unwrap();
    assert!(!session.is_current(first));
    assert!(!session.handle_message(at(0), first));
    assert_eq!(session.handle_frame(first, &Frame::Ack { received: 9 }), Ok(()));
    assert_eq!(session.poll_output(at(0), first), None);
    assert!(!session.detach(first));
    assert!(session.is_current(second));
    assert_eq!(messages(&mut session, second), [1]);
}

#[test]
fn what_comes_is_acknowledged_after_a_while() {
    let (mut session, link) = begun(SessionConfig::default());
    assert!(session.handle_message(at(1000), link));
    assert_eq!(session.poll_timeout(), Some(at(1200)));
    assert_eq!(outputs(&mut session, at(1199), link), []);
    let ack = SessionOutput::Control(Frame::Ack { received: 1 });
    assert_eq!(outputs(&mut session, at(1200), link), [ack]);
    assert_eq!(session.poll_timeout(), None);
}

#[test]
fn a_ping_is_answered_after_an_acknowledgement_of_all_that_came_before() {
    let (mut session, link) = begun(SessionConfig::default());
    assert!(session.handle_message(at(0), link));
    session.handle_frame(link, &Frame::Ping { id: PingId(7) }).unwrap();
    let expected = [Frame::Ack { received: 1 }, Frame::Pong { id: PingId(7) }];
    assert_eq!(outputs(&mut session, at(0), link), expected.map(SessionOutput::Control));
}

#[test]
fn a_flood_of_pings_is_answered_within_bounds() {
    let (mut session, link) = begun(SessionConfig::default());
    (0..1000).for_each(|id| {
        session.handle_frame(link, &Frame::Ping { id: PingId(id) }).unwrap();
    });
    let pongs = (996..1000).map(|id| SessionOutput::Control(Frame::Pong { id: PingId(id) }));
    assert_eq!(outputs(&mut session, at(0), link), pongs.collect::<Vec<_>>());
}

#[test]
fn there_is_room_up_to_the_bounds_and_again_after_an_acknowledgement() {
    let config = SessionConfig { max_messages: 3, max_bytes: 10, ..SessionConfig::default() };
    let (mut session, link) = begun(config);
    assert_eq!(session.admit(1000), Ok(()), "a first message always fits");
    session.send(1, 6);
    assert_eq!(session.admit(5), Err(OutboxError::Bytes { waiting: 6, bytes: 5, max: 10 }));
    session.send(2, 1);
    session.send(3, 1);
    assert_eq!(session.admit(0), Err(OutboxError::Messages { max: 3 }));
    messages(&mut session, link);
    session.handle_frame(link, &Frame::Ack { received: 1 }).unwrap();
    assert_eq!(session.admit(8), Ok(()));
}

#[test]
fn a_client_is_asked_for_an_acknowledgement_when_half_of_the_room_is_taken() {
    let config = SessionConfig { max_messages: 4, ..SessionConfig::default() };
    let (mut session, link) = begun(config);
    (1..=3).for_each(|message| session.send(message, 1));
    let all = outputs(&mut session, at(0), link);
    assert_eq!(all.last(), Some(&SessionOutput::Control(Frame::Ping { id: PingId(0) })));
    assert_eq!(all.len(), 4, "once");
}

#[test]
fn a_client_that_breaks_the_rules_is_told_so() {
    let (mut session, link) = begun(SessionConfig::default());
    session.send(1, 1);
    assert_eq!(messages(&mut session, link), [1]);
    session.handle_frame(link, &Frame::Ack { received: 1 }).unwrap();
    for (frame, code) in [
        (Frame::Ack { received: 0 }, "delivery.count"),
        (Frame::Ack { received: 2 }, "delivery.count"),
        (Frame::Welcome(welcome(true)), "protocol.out_of_place"),
    ] {
        let violation = session.handle_frame(link, &frame).unwrap_err();
        assert_eq!((violation.code(), violation.close_code()), (code, 1002));
    }
}

#[test]
fn a_client_that_claims_too_much_or_has_forgotten_cannot_go_on_and_changes_nothing() {
    let (mut session, link) = begun(SessionConfig::default());
    (1..=3).for_each(|message| session.send(message, 1));
    messages(&mut session, link);
    session.handle_frame(link, &Frame::Ack { received: 2 }).unwrap();
    let stale = AttachError::Stale { received: 1, acknowledged: 2 };
    assert_eq!(session.attach(1, welcome(true)), Err(stale));
    let lie = session.attach(4, welcome(true)).unwrap_err();
    assert!(matches!(lie, AttachError::Violation(Violation::Count(_))), "{lie}");
    assert!(session.is_current(link));
    assert_eq!(session.kept(), 1);
}

#[test]
fn hints_that_wait_become_one() {
    let (mut session, link) = begun(SessionConfig::default());
    session.hint(Hint::spread(Duration::from_secs(30)));
    session.hint(Hint::retry_after(Duration::from_secs(5)));
    let hint = Hint {
        retry_after: Some(Duration::from_secs(5)),
        spread: Some(Duration::from_secs(30)),
        max_idle: None,
    };
    assert_eq!(outputs(&mut session, at(0), link), [SessionOutput::Control(Frame::Hint(hint))]);
}

#[test]
fn a_plain_session_keeps_a_message_until_its_link_has_it_and_counts_nothing() {
    let (mut session, link) = TestSession::plain(SessionConfig::default());
    session.send(1, 1);
    assert_eq!(messages(&mut session, link), [1]);
    assert_eq!(session.kept(), 0);
    assert!(session.handle_message(at(0), link));
    assert_eq!(session.poll_timeout(), None);
    assert!(session.handle_frame(link, &Frame::Ack { received: 0 }).is_err());
}

#[test]
fn a_plain_client_gets_hints_only_once_it_has_shown_that_it_knows_control_frames() {
    let (mut session, link) = TestSession::plain(SessionConfig::default());
    let hint = Hint::spread(Duration::from_secs(30));
    session.hint(hint);
    assert_eq!(outputs(&mut session, at(0), link), []);
    session.handle_frame(link, &Frame::Ping { id: PingId(1) }).unwrap();
    let expected = [Frame::Pong { id: PingId(1) }, Frame::Hint(hint)];
    assert_eq!(outputs(&mut session, at(0), link), expected.map(SessionOutput::Control));
}
