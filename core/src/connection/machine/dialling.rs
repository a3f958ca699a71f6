//! When to dial, when to give up, when to stop.

use core::time::Duration;

use super::judging::Loss;
use super::{Connection, Phase};
use crate::breaker::{Outcome, Permit};
use crate::connection::cause::Cause;
use crate::connection::failure::FailureReason;
use crate::connection::link::LinkState;
use crate::connection::output::{Output, SocketId};
use crate::connection::state::Status;
use crate::connection::suspension::Suspensions;
use crate::event::EventKind;
use crate::protocol::{Hint, close};
use crate::retry::Failure;
use crate::time::Instant;

/// Every eighth failed dial is followed by one with four times the reach timeout.
const PATIENT_EVERY: u32 = 8;
const PATIENT_BY: u32 = 4;

impl Connection {
    pub(super) fn open(&mut self) {
        self.closing = None;
        if matches!(self.phase, Phase::Idle) {
            self.begin();
            if self.suspensions.is_empty() {
                self.become_status(Status::Reconnecting);
                self.dial();
                self.tell_obliged();
            } else {
                if self.state.status == Status::Failed {
                    // It is wanted again, but nothing can be done for now.
                    self.become_status(Status::Reconnecting);
                }
                self.become_status(Status::Suspended);
                self.phase = Phase::Parked;
            }
        }
    }

    /// The user knows better than any timer, and than a system that says it is offline.
    pub(super) fn reconnect(&mut self) {
        self.closing = None;
        match self.phase {
            Phase::Idle => self.begin(),
            Phase::Dialling { .. } => self.abandon_dial(self.away()),
            Phase::Parked | Phase::Waiting { .. } => {}
            Phase::Up(LinkState { socket, .. }) => {
                self.outputs.push_back(Output::Close { socket, code: self.away() });
                self.link_down(Cause::ReconnectRequested);
            }
        }
        if self.state.status != Status::Reconnecting {
            self.become_status(Status::Reconnecting);
        }
        self.not_before = None;
        self.dial();
    }

    fn begin(&mut self) {
        let (backoff, attempts) = self.restored.take().unwrap_or_default();
        self.backoff = backoff;
        self.credentials.begin();
        self.state.reconnect_attempts = attempts;
    }

    pub(super) fn dial(&mut self) {
        if self.wait_as_obliged() {
            return;
        }
        let permit = match self.breaker.as_ref().map(|breaker| breaker.admit(self.now)) {
            Some(Err(rejection)) => {
                let until = self.now + rejection.retry_in;
                self.phase = Phase::Waiting { until, obliged: true };
                return;
            }
            permit => permit.and_then(Result::ok),
        };
        if let Some(transition) = permit.and_then(|permit| permit.transition()) {
            self.emit(transition.into());
        }
        // What a link said is of that link.
        self.hint = Hint::NONE;
        self.asked_again = false;
        if self.config.refreshable {
            self.credentials.dial(self.now);
        }
        self.offer.begin();
        if self.state.status == Status::Suspended {
            self.become_status(Status::Reconnecting);
        }
        self.dial_socket(self.now, permit);
    }

    /// Dials one socket of an attempt that has begun at `since`.
    pub(super) fn dial_socket(&mut self, since: Instant, permit: Option<Permit>) {
        let socket = SocketId(self.next_socket);
        self.next_socket = self.next_socket.wrapping_add(1);
        let last = since + self.patience();
        let reach = self.reach();
        self.phase = Phase::Dialling {
            socket,
            since,
            until: reach.map_or(last, |reach| last.min(self.now + reach)),
            permit,
            is_reached: reach.is_none(),
            is_open: false,
        };
        self.outputs.push_back(Output::Dial {
            socket,
            timeout: last.saturating_since(self.now),
            refresh: self.credentials.are_fresh(),
            offer: self.offer.is_made(),
        });
    }

    /// The time that a dial may take.
    fn patience(&self) -> Duration {
        self.backoff.connect_timeout(&self.config.retry, self.config.connect_timeout)
    }

    /// The time until the server's TCP has to answer: now and then more, for a path so slow that it
    /// never does within the usual time.
    fn reach(&self) -> Option<Duration> {
        let is_patient = self.backoff.failures() % PATIENT_EVERY == PATIENT_EVERY - 1;
        self.config.reach_timeout.map(|reach| if is_patient { reach * PATIENT_BY } else { reach })
    }

    /// The server's TCP has answered: it may take its time.
    pub(super) fn reached(&mut self, reached: SocketId) {
        // From here on nothing has stood still.
        self.asked_again &= !self.is_current(reached);
        self.asks(reached, true);
        if let Phase::Dialling { socket, is_reached, .. } = &mut self.phase {
            *is_reached |= *socket == reached;
        }
    }

    /// What the user's functions take is not the way to the server.
    pub(super) fn asks(&mut self, asked: SocketId, asks: bool) {
        let patience = self.patience();
        let Some(reach) = self.reach() else { return };
        if let Phase::Dialling { socket, since, until, is_reached: false, .. } = &mut self.phase
            && *socket == asked
        {
            let last = *since + patience;
            *until = if asks { last } else { last.min(self.now + reach) };
        }
    }

    pub(super) fn opened(&mut self, opened: SocketId, reliable: bool) {
        let Phase::Dialling { socket, is_open, .. } = &mut self.phase else { return };
        if *socket != opened || *is_open {
            return;
        }
        *is_open = true;
        self.credentials.opened();
        self.offer.opened();
        if reliable {
            self.say_hello(opened);
        } else {
            if self.delivery.take().is_some() || self.outbox.handed_over() > 0 {
                self.forget_handed_over();
            }
            self.up(false, None);
        }
    }

    /// The link is up. `missing` is the number of messages of the last one that the server has not received, where it tells.
    pub(super) fn up(&mut self, reliable: bool, missing: Option<u64>) {
        let Phase::Dialling { socket, since, permit, .. } = self.phase else { return };
        self.dial_ended(permit, Outcome::Success);
        let active = self.config.heartbeat.is_some();
        let took = self.now.saturating_since(since);
        let mut link =
            LinkState::new(socket, self.now, self.config.stable_after, active, reliable, took);
        link.promise(self.config.max_silence, self.now);
        self.phase = Phase::Up(link);
        self.state.connected_at = Some(self.now);
        self.state.last_heartbeat = Some(self.now);
        self.state.disconnected_at = None;
        self.asked_again = false;
        // A link proves more than what a system says of its network.
        self.suspensions = Suspensions::default();
        self.offline.refute();
        if !self.hidden {
            self.quality.resume();
        }
        self.emit(EventKind::RetrySuccess { attempt: self.state.reconnect_attempts, took });
        self.become_status(Status::Connected);
        self.patience.opened(self.now, missing);
        self.ping();
        self.transmit();
    }

    pub(super) fn connect_timed_out(&mut self) {
        if let Phase::Dialling { socket, .. } = self.phase {
            if self.asked_again {
                // This side stood still meanwhile, which says nothing of the server.
                self.abandon_dial(self.away());
                return self.try_soon();
            }
            self.outputs.push_back(Output::Close { socket, code: self.away() });
            self.lost(Cause::ConnectTimeout, Hint::NONE);
        }
    }

    /// What a dial says of the server, for a breaker in front of it.
    fn dial_ended(&mut self, permit: Option<Permit>, outcome: Outcome) {
        if let (Some(breaker), Some(permit)) = (&self.breaker, permit)
            && let Some(transition) = breaker.record(self.now, permit, outcome)
        {
            self.emit(transition.into());
        }
    }

    /// The dial failed, or the link went down, and it was not the user's doing.
    pub(super) fn lost(&mut self, cause: Cause, hint: Hint) {
        let hint = self.take_hint(hint);
        if self.tries_both(cause, hint) {
            return;
        }
        let loss = self.judge(cause);
        // Counted offline, too: that is a hint, and the server may have refused.
        self.credentials.failed(cause, self.now);
        if matches!(self.phase, Phase::Up(_)) {
            self.link_down(cause);
        } else {
            if let Phase::Dialling { permit, .. } = self.phase {
                if self.offline.explains(cause) {
                    self.give_back(permit);
                } else {
                    self.dial_ended(permit, Outcome::Failure);
                }
            }
            let (attempt, class) = (self.state.reconnect_attempts, Some(loss.class));
            self.emit(EventKind::RetryFailed { attempt, class, cause: Some(cause) });
        }
        self.phase = Phase::Idle;
        let may_refresh = self.may_refresh(cause);
        let finality = self.finality(cause).filter(|_| !may_refresh);
        let is_suspended = !self.suspensions.is_empty();
        let max = self.state.max_reconnect_attempts;
        if finality.is_some() || is_suspended {
            self.oblige(hint);
        }
        if let Some(reason) = finality {
            return self.fail(reason, cause);
        }
        if is_suspended {
            self.phase = Phase::Parked;
            return self.become_suspended();
        }
        if self.offline.explains(cause) {
            return self.wait_offline(cause, hint);
        }
        self.offline.refute();
        if may_refresh && !hint.asks_to_wait() && self.may_hurry() {
            if self.state.status != Status::Reconnecting {
                self.become_status(Status::Reconnecting);
            }
            return self.dial();
        }
        if max.is_some_and(|max| self.state.reconnect_attempts >= max) {
            self.oblige(hint);
            self.emit(EventKind::RetryExhausted { attempts: self.state.reconnect_attempts });
            return self.fail(FailureReason::AttemptsExhausted, cause);
        }
        if self.state.status != Status::Reconnecting {
            self.become_status(Status::Reconnecting);
        }
        self.schedule(loss, hint);
    }

    fn schedule(&mut self, loss: Loss, hint: Hint) {
        let attempt = self.state.reconnect_attempts.saturating_add(1);
        self.state.reconnect_attempts = attempt;
        let Hint { retry_after, spread, .. } = hint;
        let failure = Failure { retry_after, spread, ..Failure::new(loss.class) };
        let (retry, random) = (&self.config.retry, &mut self.random);
        let delay = if loss.had_held {
            self.backoff.interrupted(retry, failure, loss.cause.is_planned(), random)
        } else {
            self.backoff.climb(retry, failure, loss.course, random)
        };
        let (until, obliged) = (self.now + delay, hint.asks_to_wait());
        self.not_before = obliged.then_some(until);
        self.phase = Phase::Waiting { until, obliged };
        self.emit(EventKind::RetryAttempt { attempt, delay });
        self.hasten_before_close();
    }

    /// Lets go of a dial that says nothing of the server any more.
    pub(super) fn abandon_dial(&mut self, code: u16) {
        if let Phase::Dialling { socket, permit, .. } = self.phase {
            self.outputs.push_back(Output::Close { socket, code });
            self.give_back(permit);
        }
    }

    /// Nothing was learnt of the server.
    fn give_back(&self, permit: Option<Permit>) {
        if let (Some(breaker), Some(permit)) = (&self.breaker, permit) {
            breaker.give_back(permit);
        }
    }

    /// The close code for a link after which another will come. To a server that acknowledges, the
    /// usual one would say that the session is over.
    pub(super) fn away(&self) -> u16 {
        if self.delivery.is_some() { close::AWAY } else { close::DONE }
    }

    /// What goes with a link, whichever side ended it.
    pub(super) fn link_down(&mut self, cause: Cause) {
        if cause != Cause::ClosedByUser {
            self.tell_unknown();
        }
        let planned = cause.is_planned();
        if !planned {
            self.quality.disconnected(self.now);
        }
        let reliable = matches!(self.phase, Phase::Up(LinkState { reliable: true, .. }));
        self.outbox.socket_lost(reliable);
        self.drop_excess();
        self.unsaid = None;
        if let Some(delivery) = &mut self.delivery {
            delivery.link_lost();
            // The next hello will tell of it.
            self.has_to_save();
        }
        self.state.disconnected_at = Some(self.now);
        self.state.missed_heartbeats = 0;
        self.state.total_disconnections = self.state.total_disconnections.saturating_add(1);
        self.emit(EventKind::Disconnected { cause, planned });
    }

    pub(super) fn proved_stable(&mut self) {
        if let Phase::Up(link) = &mut self.phase {
            link.stable_at = None;
            self.backoff.reset();
            self.credentials.proved_stable();
            self.hastening.end_row();
            self.state.reconnect_attempts = 0;
        }
    }

    /// Whether this would come again, and how that is known. Under `steadfast.v1` a session that
    /// another link has taken over is lost whatever is configured: two clients would take it from
    /// each other for ever.
    fn finality(&self, cause: Cause) -> Option<FailureReason> {
        let (is_final, reason) = match (cause, cause.close_code()) {
            (_, Some(code)) => {
                let is_replaced = code == close::REPLACED && self.delivery.is_some();
                let is_fatal = is_replaced || self.config.fatal_close_codes.contains(&code);
                (is_fatal, FailureReason::FinalCloseCode)
            }
            (Cause::Rejected { status }, _) => {
                (self.config.fatal_statuses.contains(&status), FailureReason::FinalStatus)
            }
            _ => return None,
        };
        is_final.then_some(reason)
    }
}
