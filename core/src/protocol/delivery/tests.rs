use core::time::Duration;

use super::*;

fn welcome(received: u64, resumed: bool) -> Welcome {
    Welcome { token: Token::new("t").unwrap(), received, resumed, max_idle: None }
}

fn started() -> DeliveryTracker {
    let mut delivery = DeliveryTracker::default();
    assert_eq!(delivery.resume(&welcome(0, false)), Ok(Resumption::Afresh { unknown: 0 }));
    delivery
}

fn at(millis: u64) -> Instant {
    Instant::from_millis(millis)
}

#[test]
fn the_first_message_is_acknowledged_after_the_delay() {
    let mut delivery = started();
    delivery.received(at(1000));
    delivery.received(at(1100));
    assert_eq!(delivery.ack_due(), Some(at(1200)));
    assert_eq!(delivery.poll_ack(at(1199)), None);
    assert_eq!(delivery.poll_ack(at(1200)), Some(Frame::Ack { received: 2 }));
    assert_eq!(delivery.ack_due(), None);
}

#[test]
fn many_messages_are_acknowledged_at_once() {
    let mut delivery = started();
    (0..16).for_each(|_| delivery.received(at(5)));
    assert_eq!(delivery.ack_due(), Some(at(5)));
    assert_eq!(delivery.poll_ack(at(5)), Some(Frame::Ack { received: 16 }));
}

#[test]
fn what_is_not_due_can_be_acknowledged_early_and_only_once() {
    let mut delivery = started();
    delivery.received(at(5));
    assert_eq!(delivery.flush(), Some(Frame::Ack { received: 1 }));
    assert_eq!(delivery.flush(), None);
    assert_eq!(delivery.ack_due(), None);
}

#[test]
fn a_resumed_session_sends_again_what_has_not_arrived() {
    let mut delivery = started();
    (0..5).for_each(|_| delivery.sent());
    assert_eq!(delivery.acknowledged(2), Ok(2));
    (0..3).for_each(|_| delivery.received(at(0)));
    delivery.link_lost();
    assert_eq!(delivery.ack_due(), None);

    let Frame::Hello(hello) = delivery.hello("s") else { panic!() };
    assert_eq!((hello.token, hello.received), (Token::new("t"), 3));
    let resumed = delivery.resume(&welcome(4, true));
    assert_eq!(resumed, Ok(Resumption::Continued { acknowledged: 2, again: 1 }));
    // The fifth, a second time.
    delivery.sent();
    assert_eq!(delivery.acknowledged(5), Ok(1));
    delivery.received(at(1));
    assert_eq!(delivery.flush(), Some(Frame::Ack { received: 4 }));
}

#[test]
fn a_session_that_the_server_forgot_leaves_the_rest_unknown() {
    let mut delivery = started();
    (0..5).for_each(|_| delivery.sent());
    assert_eq!(delivery.acknowledged(2), Ok(2));
    delivery.received(at(0));
    delivery.link_lost();
    assert_eq!(delivery.resume(&welcome(0, false)), Ok(Resumption::Afresh { unknown: 3 }));
    delivery.received(at(1));
    assert_eq!(delivery.flush(), Some(Frame::Ack { received: 1 }));
}

#[test]
fn impossible_counts_are_refused_and_change_nothing() {
    let mut delivery = started();
    (0..3).for_each(|_| delivery.sent());
    assert_eq!(delivery.acknowledged(2), Ok(2));
    let before = delivery.clone();
    for received in [0, 1, 4, u64::MAX] {
        assert_eq!(delivery.acknowledged(received).unwrap_err().code(), "delivery.count");
        assert_eq!(delivery.resume(&welcome(received, true)).unwrap_err().code(), "delivery.count");
    }
    assert_eq!(delivery.resume(&welcome(1, false)).unwrap_err().code(), "delivery.count");
    assert_eq!(delivery, before);
}

#[test]
fn a_session_that_nobody_asked_for_is_refused() {
    let mut delivery = DeliveryTracker::default();
    assert_eq!(delivery.resume(&welcome(0, true)), Err(DeliveryError::Resumed));
}

#[test]
fn a_snapshot_goes_on_where_it_was_taken() {
    let mut delivery = started();
    (0..3).for_each(|_| delivery.sent());
    delivery.received(at(0));
    let snapshot = delivery.snapshot();
    let mut restored = DeliveryTracker::restore(AckConfig::default(), snapshot, 3).unwrap();
    assert_eq!(restored.hello("s"), delivery.hello("s"));
    let resumed = restored.resume(&welcome(1, true));
    assert_eq!(resumed, Ok(Resumption::Continued { acknowledged: 1, again: 2 }));
}

#[test]
fn a_snapshot_of_impossible_counts_is_refused() {
    for (received, acknowledged, kept) in [(0, u64::MAX, 1), (0, 0, u64::MAX), (u64::MAX, 0, 0)] {
        let impossible = DeliverySnapshot { token: None, received, acknowledged };
        assert_eq!(DeliveryTracker::restore(AckConfig::default(), impossible, kept), None);
    }
}

#[test]
fn a_forgotten_session_asks_for_a_new_one() {
    let mut delivery = started();
    delivery.sent();
    delivery.received(at(0));
    assert_eq!(delivery.forget(), 1);
    let Frame::Hello(hello) = delivery.hello("s") else { panic!() };
    assert_eq!((hello.token, hello.received), (None, 0));
}

#[test]
fn a_configuration_out_of_range_is_refused() {
    let config = |messages, delay| AckConfig { messages, delay };
    assert!(AckConfig::default().validate().is_ok());
    for (refused, field) in [
        (config(0, Duration::ZERO), "ack.messages"),
        (config(1001, Duration::ZERO), "ack.messages"),
        (config(1, Duration::from_millis(10_001)), "ack.delay"),
    ] {
        assert_eq!(refused.validate().unwrap_err().field(), field);
    }
}
