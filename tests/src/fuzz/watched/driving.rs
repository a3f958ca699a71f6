//! What each step says to the machine.

use std::time::Duration;

use steadfast_core::connection::{Input, Status};
use steadfast_core::heartbeat::PingId;
use steadfast_core::outbox::MessageId;
use steadfast_core::protocol::{Frame, Hello, Token, Welcome};

use super::Watched;
use crate::fuzz::at;
use crate::fuzz::steps::{Count, Message, Ping, Step, Which};

impl Watched {
    #[allow(clippy::too_many_lines, reason = "one arm for each kind of step")]
    pub(super) fn take(&mut self, step: Step) {
        self.dials.may_hasten(self.server.present(), &step);
        match step {
            Step::Asks(which, asks) => self.of(which, |socket| Input::Asks { socket, asks }),
            Step::Ack(which, count) => {
                let frame = Frame::Ack { received: self.count(count) };
                self.of(which, |socket| Input::Control { socket, frame });
            }
            Step::Alive(which) => self.of(which, |socket| Input::Alive { socket }),
            Step::Blocked(which, message) => {
                let message = self.named(message);
                let waits = matches!(which, Which::Current) && self.withheld(message);
                self.of(which, |socket| Input::Blocked { socket, message });
                let due = self.machine.poll_timeout().map(|due| due.at);
                let soon = self.server.present() + Duration::from_millis(100);
                let is_late = due.is_none_or(|due| due > soon) && self.status == Status::Connected;
                assert!(!waits || !is_late, "{message:?} is announced again by {soon:?}: {due:?}");
            }
            Step::Close => self.input(Input::Close),
            Step::ClosedCleanly(which) => {
                self.of(which, |socket| Input::ClosedCleanly { socket });
            }
            Step::CloseWithin(millis) => self.close_within(Duration::from_millis(millis.into())),
            Step::Deadline => {
                if let Some(due) = self.machine.poll_timeout() {
                    self.now = self.now.max(due.at);
                    self.timeout();
                }
            }
            Step::Hint(which, wish) => {
                self.of(which, |socket| Input::Hint { socket, hint: wish.hint() });
            }
            Step::Leap(nanos) => {
                self.now = at(nanos);
                self.timeout();
            }
            Step::Lost(which, why, wish) => {
                self.of(which, |socket| Input::Lost {
                    socket,
                    cause: why.cause(),
                    hint: wish.hint(),
                });
            }
            Step::MayHaveSlept(millis) => self.may_have_slept(Duration::from_millis(millis.into())),
            Step::NetworkChanged => self.puts_nothing_off(Input::NetworkChanged),
            Step::Nonsense(which) => {
                let hello = Hello { session: "s".into(), token: None, received: 0 };
                self.of(which, |socket| Input::Control { socket, frame: Frame::Hello(hello) });
            }
            Step::Open => self.want(Input::Open),
            Step::Opened(which, reliable) => {
                self.of(which, |socket| Input::Opened { socket, reliable });
            }
            Step::Pass => self.pass(),
            Step::Ping(which, id) => {
                let frame = Frame::Ping { id: PingId(id) };
                self.of(which, |socket| Input::Control { socket, frame });
            }
            Step::Pong(which, ping) => {
                let id = match ping {
                    Ping::Any(id) => PingId(id),
                    Ping::Last => self.last_ping.unwrap_or(PingId(0)),
                };
                self.of(which, |socket| Input::Pong { socket, id });
            }
            Step::Promise(which, seconds) => {
                let silence = Duration::from_secs(seconds.into());
                self.of(which, |socket| Input::Promise { socket, silence });
            }
            Step::Reached(which) => self.of(which, |socket| Input::Reached { socket }),
            Step::Received(which) => self.of(which, |socket| Input::Received { socket }),
            Step::Reconnect => self.want(Input::Reconnect),
            Step::Refused(which, message) => {
                let message = self.named(message);
                self.refusing = Some(message);
                self.of(which, |socket| Input::Refused { socket, message });
                self.refusing = None;
            }
            Step::Resume(reason) => {
                self.held.retain(|why| *why != reason.suspension());
                self.input(Input::Resume(reason.suspension()));
            }
            Step::Saved => {
                self.saving = false;
                self.input(Input::Saved);
            }
            Step::Send(bytes, ttl) => self.send(bytes.into(), ttl),
            Step::Sent(which, message) => {
                let message = self.named(message);
                if matches!(which, Which::Current) {
                    self.taken(message);
                }
                self.of(which, |socket| Input::Sent { socket, message });
            }
            Step::Slept(millis) => {
                self.input(Input::Slept(Duration::from_millis(millis.into())));
            }
            Step::Suspend(reason) => {
                self.held.push(reason.suspension());
                self.input(Input::Suspend(reason.suspension()));
            }
            Step::Timeout => self.timeout(),
            Step::Unread(which) => {
                let socket = self.socket.map(|socket| socket.id);
                self.of(which, |socket| Input::Unread { socket });
                let kept = self.socket.map(|socket| socket.id);
                assert_eq!(socket, kept, "nobody is judged by what cannot be read");
            }
            Step::Wait(millis) => self.now = self.now + Duration::from_millis(millis.into()),
            Step::Welcome(which, count, resumed) => {
                let (token, received) = (Token::new("t"), self.count(count));
                let Some(token) = token else { return };
                let welcome = Welcome { token, received, resumed, max_idle: None };
                let frame = Frame::Welcome(welcome);
                self.of(which, |socket| Input::Control { socket, frame });
            }
        }
    }

    pub(super) fn named(&self, message: Message) -> MessageId {
        let next = || {
            let announced = self.kept.iter().find(|kept| kept.was_announced);
            announced.or(self.kept.front()).map(|kept| kept.message)
        };
        match message {
            Message::Any(id) => MessageId(id),
            Message::Next => next().or(self.passed).unwrap_or(MessageId(0)),
        }
    }

    pub(super) fn count(&self, count: Count) -> u64 {
        match count {
            Count::Any(count) => count.min(Frame::MAX_COUNT),
            Count::Right => self.kept.iter().filter(|kept| kept.was_announced).count() as u64,
            Count::Small(count) => count.into(),
        }
    }
}
