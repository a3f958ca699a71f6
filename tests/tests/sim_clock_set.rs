//! A machine whose wall clock is set again and again, or whose networks change as often: no wait gets
//! longer, and no dial goes on for ever.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail as the test does")]

use std::time::Duration;

use steadfast_core::connection::{
    Cause, Connection, ConnectionConfig, Input, Output, Registration, Status,
};
use steadfast_core::outbox::MessageId;
use steadfast_core::protocol::Hint;
use steadfast_core::time::Instant;

const SEEDS: u64 = 50;
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);

/// How often something happens.
const INTERVALS: [Duration; 4] =
    [Duration::from_millis(300), Duration::from_millis(1900), Duration::from_secs(7), MINUTE];

/// What is said each time. By how much a clock is set must not matter.
const NEWS: [Input; 3] = [
    Input::MayHaveSlept(Duration::from_secs(10)),
    Input::MayHaveSlept(Duration::from_hours(1)),
    Input::NetworkChanged,
];

#[derive(Clone, Copy, PartialEq)]
enum Server {
    /// Dials and pings are answered at once.
    Answers,
    /// Nothing is ever answered.
    Mute,
    /// The first dial is refused, with a wait.
    Refuses(Hint),
}

struct Client {
    connection: Connection,
    now: Instant,
    server: Server,
    dialled: Vec<Instant>,
    dropped: Vec<Instant>,
}

impl Client {
    fn new(seed: u64, server: Server) -> Self {
        let config = ConnectionConfig::new(Registration::new("s", "simulated"));
        let connection = Connection::new(config, seed, Instant::ORIGIN).unwrap();
        let (dialled, dropped) = (Vec::new(), Vec::new());
        let mut client = Self { connection, now: Instant::ORIGIN, server, dialled, dropped };
        client.input(Input::Open);
        client
    }

    fn input(&mut self, input: Input) {
        self.connection.handle_input(self.now, input);
        while let Some(output) = self.connection.poll_output() {
            let answer = match (output, self.server) {
                (Output::Dial { socket, .. }, server) => {
                    self.dialled.push(self.now);
                    match server {
                        Server::Answers => Input::Opened { socket, reliable: false },
                        Server::Mute => continue,
                        Server::Refuses(hint) => {
                            self.server = Server::Answers;
                            let cause = Cause::Rejected { status: 503 };
                            Input::Lost { socket, cause, hint }
                        }
                    }
                }
                (Output::Drop { .. }, _) => {
                    self.dropped.push(self.now);
                    continue;
                }
                (Output::Ping { socket, id }, Server::Answers) => Input::Pong { socket, id },
                _ => continue,
            };
            self.connection.handle_input(self.now, answer);
        }
    }

    /// Lives until `end`, and gets the news at every interval.
    fn run(&mut self, end: Instant, news: &Input, interval: Duration) {
        let mut next = self.now + interval;
        while self.now < end {
            let due = self.connection.poll_timeout().map_or(end, |due| due.at);
            self.now = due.min(next).min(end);
            if self.now == next {
                self.input(news.clone());
                next = next + interval;
            }
            self.connection.handle_timeout(self.now);
            self.input(Input::Saved);
        }
    }
}

fn each(mut case: impl FnMut(u64, &Input, Duration)) {
    for news in &NEWS {
        for interval in INTERVALS {
            (0..SEEDS).for_each(|seed| case(seed, news, interval));
        }
    }
}

#[test]
fn a_mute_server_is_dialled_again_after_the_connect_timeout() {
    each(|seed, news, interval| {
        let mut client = Client::new(seed, Server::Mute);
        client.run(Instant::ORIGIN + 60 * MINUTE, news, interval);
        let gap = |pair: &[Instant]| pair[1].saturating_since(pair[0]);
        let gaps = client.dialled.windows(2).map(gap);
        // A dial takes at most 5 minutes as time-outs grow, and a wait 12 s.
        assert!(gaps.clone().count() >= 11, "{news:?}, {interval:?}, seed {seed}");
        assert!(gaps.max() <= Some(6 * MINUTE), "{news:?}, {interval:?}, seed {seed}");
    });
}

#[test]
fn a_link_that_answers_is_kept() {
    each(|seed, news, interval| {
        let mut client = Client::new(seed, Server::Answers);
        client.run(Instant::ORIGIN + 10 * MINUTE, news, interval);
        assert_eq!(client.dialled.len(), 1, "{news:?}, {interval:?}, seed {seed}");
        assert_eq!(client.connection.state().status, Status::Connected);
    });
}

#[test]
fn a_wait_that_the_server_asked_for_ends_neither_sooner_nor_later() {
    let slot = 300 * SECOND;
    each(|seed, news, interval| {
        let mut client = Client::new(seed, Server::Refuses(Hint::slot(slot)));
        client.run(Instant::ORIGIN + 2 * slot, news, interval);
        let expected = [Instant::ORIGIN, Instant::ORIGIN + slot];
        assert_eq!(client.dialled, expected, "{news:?}, {interval:?}, seed {seed}");
    });
}

#[test]
fn a_message_lives_for_as_long_as_it_was_given() {
    let ttl = 100 * SECOND;
    each(|seed, news, interval| {
        let mut client = Client::new(seed, Server::Mute);
        let ttl = Some(ttl);
        client.input(Input::Send { message: MessageId(0), bytes: 8, ttl });
        client.run(Instant::ORIGIN + 5 * MINUTE, news, interval);
        let expected = [Instant::ORIGIN + 100 * SECOND];
        assert_eq!(client.dropped, expected, "{news:?}, {interval:?}, seed {seed}");
    });
}
