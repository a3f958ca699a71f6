//! Which dials offer `steadfast.v1`, where the platform does not tell why a dial failed.

use super::*;
use crate::protocol::{Token, Welcome};

/// A page whose user offers `steadfast.v1`, and which waits a second after each failed attempt.
fn page() -> Bench {
    let mut bench = Bench::new(|config| {
        config.retry = crate::retry::Fixed { jitter: Jitter::None, ..<_>::default() }.into();
        config.connect_timeout = secs(15);
    });
    bench.connection.set_offers(true);
    bench.input(Input::Open);
    bench
}

impl Bench {
    /// The present dial opens, and the server has chosen `steadfast.v1`.
    fn acknowledged(&mut self) {
        let socket = self.socket();
        self.input(Input::Opened { socket, reliable: true });
        let token = Token::new("t").unwrap();
        let welcome = Welcome { token, received: 0, resumed: false, max_idle: None };
        self.input(Input::Control { socket, frame: Frame::Welcome(welcome) });
        assert_eq!(self.status(), Status::Connected);
    }

    /// The present dial goes to a server that does not know `steadfast.v1`, over Chromium: it opens
    /// unless it offers that. Gives the attempts until a link is up, from 1.
    fn reach_a_server_that_does_not_know_it(&mut self) -> usize {
        for attempt in 1..100 {
            for _ in 0..2 {
                if !self.offer {
                    self.opened();
                    return attempt;
                }
                self.lost(Cause::Network);
            }
            self.wait();
        }
        panic!("it never connects");
    }

    /// The link is lost, and the next attempt has begun.
    fn lost_link(&mut self) {
        self.lost(Cause::Network);
        self.wait();
    }
}

/// Whether each dial of `attempts` failed attempts offers the sub-protocol.
fn offers(bench: &mut Bench, attempts: usize, cause: Cause) -> Vec<Vec<bool>> {
    let mut all = Vec::new();
    for _ in 0..attempts {
        let mut offers = std::vec![bench.offer];
        let before = bench.socket();
        bench.lost(cause);
        if bench.socket() != before {
            offers.push(bench.offer);
            bench.lost(cause);
        }
        all.push(offers);
        bench.wait();
    }
    all
}

#[test]
fn a_page_whose_server_does_not_know_it_is_connected_within_its_first_retry() {
    let mut bench = page();
    assert_eq!(bench.reach_a_server_that_does_not_know_it(), 2);
    assert_eq!(bench.status(), Status::Connected);
    assert_eq!(bench.now, Instant::ORIGIN + secs(1));
}

#[test]
fn every_second_attempt_that_fails_without_a_reason_is_repeated_at_once_without_it() {
    let mut bench = page();
    let offered = offers(&mut bench, 4, Cause::Network);
    let (once, both) = (std::vec![true], std::vec![true, false]);
    assert_eq!(offered, [once.clone(), both.clone(), once, both]);
    assert_eq!(bench.connection.state().reconnect_attempts, 4, "both are one attempt");
    assert_eq!(bench.delays(), [1, 1, 1, 1]);
}

#[test]
fn a_server_that_says_why_is_asked_again_at_once_without_it_and_once_only() {
    for cause in [Cause::Rejected { status: 400 }, Cause::Subprotocol] {
        let mut bench = page();
        let offered = offers(&mut bench, 3, cause);
        assert_eq!(offered, [[true, false], [true, false], [true, false]], "{cause:?}");
        assert_eq!(bench.connection.state().reconnect_attempts, 3);
    }
    for cause in [Cause::Rejected { status: 404 }, Cause::Dns, Cause::NoAddress] {
        let mut bench = page();
        assert_eq!(offers(&mut bench, 3, cause), [[true], [true], [true]], "{cause:?}");
    }
}

#[test]
fn a_dial_that_takes_too_long_or_a_server_that_asks_for_a_wait_is_not_asked_again() {
    let mut bench = page();
    bench.pass(secs(40));
    assert!(bench.offer, "what the timeout ends is not repeated");
    assert_eq!(bench.socket(), SocketId(2));

    let mut bench = page();
    let hint = Hint { retry_after: Some(secs(60)), ..Hint::NONE };
    bench.lost_with(Cause::Rejected { status: 400 }, hint);
    assert_eq!(bench.socket(), SocketId(0));
}

#[test]
fn both_dials_of_an_attempt_share_its_connect_timeout() {
    let mut bench = page();
    bench.lost(Cause::Network);
    bench.wait();
    bench.pass(secs(10));
    bench.lost(Cause::Network);
    assert!(!bench.offer);
    bench.pass(Duration::from_millis(4_999));
    assert_eq!(bench.closed, []);
    bench.pass(Duration::from_millis(1));
    assert_eq!(bench.closed.len(), 1, "15 s after the attempt began");
}

#[test]
fn an_attempt_whose_user_does_not_offer_it_is_one_dial() {
    for wanted in [None, Some(false)] {
        let mut bench = Bench::new(|_| {});
        if let Some(wanted) = wanted {
            bench.connection.set_offers(wanted);
        }
        bench.input(Input::Open);
        let offered = offers(&mut bench, 20, Cause::Network);
        assert!(offered.iter().all(|attempt| attempt == &[true]), "{offered:?}");
        assert_eq!(offers(&mut bench, 1, Cause::Rejected { status: 400 }), [[true]]);
    }
}

#[test]
fn a_server_that_was_down_and_knows_it_is_met_with_the_offer() {
    for down in 0..20 {
        let mut bench = page();
        offers(&mut bench, down, Cause::Network);
        assert!(bench.offer, "after {down} attempts");
    }
}

#[test]
fn a_page_that_was_connected_with_it_offers_it_through_a_long_outage() {
    let mut bench = page();
    bench.acknowledged();
    bench.pass_answering(secs(11));
    bench.lost_link();
    let offered = offers(&mut bench, 40, Cause::Network);
    let repeated: Vec<_> = (1..=40).filter(|attempt| offered[attempt - 1].len() > 1).collect();
    assert_eq!(repeated, [16, 32], "a server that was replaced by one without it is found again");
    assert!(offered.iter().all(|attempt| attempt[0]), "each attempt offers it first");
    bench.acknowledged();
}

#[test]
fn a_session_that_goes_on_from_what_was_saved_knows_that_the_server_takes_it() {
    let mut bench = page();
    bench.acknowledged();
    let (config, snapshot) = (bench.connection.config.clone(), bench.connection.snapshot());
    bench.connection = Connection::restore(config, 7, bench.now, snapshot).unwrap();
    bench.connection.set_offers(true);
    bench.input(Input::Open);
    let offered = offers(&mut bench, 15, Cause::Network);
    assert!(offered.iter().all(|attempt| attempt == &[true]), "{offered:?}");
}

#[test]
fn a_link_that_came_up_without_it_is_followed_by_dials_without_it_and_now_and_then_with() {
    let mut bench = page();
    assert_eq!(bench.reach_a_server_that_does_not_know_it(), 2);
    let mut with = Vec::new();
    for link in 1..=40 {
        bench.pass_answering(secs(11));
        bench.lost_link();
        if bench.offer {
            with.push(link);
        }
        assert_eq!(bench.reach_a_server_that_does_not_know_it(), 1, "after link {link}");
    }
    assert_eq!(with, [2, 4, 8, 16, 32]);
}

#[test]
fn a_server_that_has_learnt_it_is_found_out_after_the_second_link() {
    let mut bench = page();
    bench.reach_a_server_that_does_not_know_it();
    bench.lost_link();
    assert!(!bench.offer);
    bench.opened();
    bench.lost_link();
    assert!(bench.offer);
    bench.acknowledged();
    bench.lost_link();
    assert!(bench.offer);
}

#[test]
fn a_server_that_takes_none_but_is_connected_to_is_offered_it_each_time() {
    let mut bench = page();
    bench.opened();
    for _ in 0..4 {
        bench.lost_link();
        assert!(bench.offer, "the platform connects all the same");
        bench.opened();
    }
}

#[test]
fn dials_without_it_that_fail_are_repeated_with_it() {
    let mut bench = page();
    bench.reach_a_server_that_does_not_know_it();
    bench.lost_link();
    let offered = offers(&mut bench, 4, Cause::Network);
    let (once, both) = (std::vec![false], std::vec![false, true]);
    assert_eq!(offered, [once.clone(), both.clone(), once, both]);
    let refused = offers(&mut bench, 1, Cause::Rejected { status: 400 });
    assert_eq!(refused, [[false, true]], "a server may demand it");
}

#[test]
fn both_dials_of_an_attempt_have_the_breakers_one_permit() {
    let mut bench = Bench::new(|config| {
        let guarded = Guarded { threshold: 1, ..Guarded::default() };
        config.retry = RetryStrategy::CircuitBreaker(guarded);
    });
    bench.connection.set_offers(true);
    bench.input(Input::Open);
    bench.lost(Cause::Subprotocol);
    assert!(!bench.offer);
    assert!(!bench.events.iter().any(|event| event.name() == "circuit.opened"));
    bench.opened();
    assert_eq!(bench.status(), Status::Connected);
}
