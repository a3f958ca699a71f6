//! Was it the peer that was silent, or this side that did not listen?
//!
//! A machine that slept, a page that was frozen and a network that was gone say nothing of the
//! peer. What overlaps such a pause is never held against it: one probe decides afterwards. An open
//! socket proves nothing.

use core::time::Duration;

use super::{Connection, Phase};
use crate::connection::cause::Cause;
use crate::connection::link::LinkState;
use crate::connection::output::{Output, Timer};
use crate::connection::state::Status;
use crate::connection::suspension::Suspension;
use crate::event::EventKind;
use crate::protocol::{Hint, close};
use crate::time::earlier;

/// A link without heartbeats cannot be probed: after a longer pause it is replaced.
const TRUSTED_UNPROVED: Duration = Duration::from_secs(5);

/// A link without heartbeats cannot be asked. One that says nothing for this long while there may
/// be no network is replaced: what waits for it goes out on a link that has just been opened.
const SPEAKS_WITHIN: Duration = Duration::from_secs(5);

/// A timer that is late by no more than this says that this side goes on without standing still.
const PROMPT: Duration = Duration::from_millis(10);

/// The timers of a hidden page may be late by so much: Chromium runs them once a minute.
const THROTTLED: Duration = Duration::from_secs(65);

impl Connection {
    pub(super) fn suspend(&mut self, why: Suspension) {
        match why {
            Suspension::Hidden if !self.hidden => {
                self.hidden = true;
                self.let_go_at = self.config.suspend_hidden_after.map(|after| self.now + after);
                self.stop_judging();
            }
            Suspension::Hidden => {}
            Suspension::Offline => self.went_offline(),
            _ => self.hold(why),
        }
    }

    pub(super) fn resume(&mut self, why: Suspension) {
        if why == Suspension::Offline {
            return self.came_online();
        }
        let was_suspended = !self.suspensions.is_empty();
        self.suspensions.remove(why);
        if why == Suspension::Hidden && self.hidden {
            self.end_throttling();
            self.hidden = false;
            self.let_go_at = None;
            if !was_suspended {
                // A page that is looked at wants to know at once.
                self.quality.resume();
                return self.prove_or_hasten(Duration::ZERO);
            }
        }
        if was_suspended && self.suspensions.is_empty() {
            if !self.hidden {
                self.quality.resume();
            }
            let pause = self.now.saturating_since(self.suspended_at);
            self.prove_or_hasten(pause);
        }
    }

    /// A dial whose end was only throttled is over now, and is not taken for one that was paused.
    fn end_throttling(&mut self) {
        if let Phase::Dialling { until, .. } = &mut self.phase
            && self.now.saturating_since(*until) <= THROTTLED
        {
            *until = (*until).max(self.now);
        }
    }

    /// Everything was paused for so long without anybody having said so before.
    pub(super) fn paused(&mut self, pause: Duration) {
        if self.suspensions.is_empty() {
            self.asked_again = false;
            self.prove_or_hasten(pause);
        }
    }

    /// Everything was paused for so long, or the wall clock was set. No timer waits for any longer:
    /// either none has run meanwhile, or none has missed anything.
    pub(super) fn may_have_slept(&mut self, pause: Duration) {
        if !self.suspensions.is_empty() {
            return;
        }
        if self.is_stale(pause) {
            self.give_up();
        } else {
            self.prove_or_hasten(Duration::ZERO);
        }
    }

    pub(super) fn network_changed(&mut self) {
        if self.suspensions.is_empty() {
            self.prove_or_hasten(Duration::ZERO);
        }
    }

    /// A timer that is much too late says that this side was paused: its machine was stopped, its
    /// page frozen, its thread busy. Timers of a hidden page are throttled: they are late every time, and
    /// what arrives is not. That is no pause.
    pub(super) fn notice_a_pause(&mut self) {
        let mut drain_at = None;
        if let Phase::Up(link) = &mut self.phase {
            link.renew_silence();
            // Timers that follow each other closely are late every time in a hidden page.
            drain_at = link.drain_at.take();
        }
        let due = self.poll_timeout().filter(|due| due.timer != Timer::Close);
        if let Phase::Up(link) = &mut self.phase {
            link.drain_at = drain_at;
        }
        let Some(due) = due else { return };
        let late = self.now.saturating_since(due.at);
        let is_throttled = self.hidden && late <= THROTTLED;
        match &mut self.phase {
            Phase::Up(link) if late > link.tolerance(due.timer) => {
                let waits = due.timer == Timer::Silence && self.config.heartbeat.is_none();
                let was_asked = waits || link.owes_answer(self.hidden, self.now);
                // Asked twice, and twice there was time to answer: the peer may be dead although timers
                // are late every time.
                if was_asked && self.asked_again {
                    if !self.hidden {
                        link.leave_time_to_read(self.now);
                    }
                    return;
                }
                self.asked_again = was_asked;
                if !is_throttled {
                    self.prove_or_hasten(late);
                } else if was_asked {
                    self.demand(late);
                }
            }
            Phase::Up(link) if late > PROMPT && !self.hidden => link.leave_time_to_read(self.now),
            Phase::Dialling { .. } if late > LinkState::DIAL_TOLERANCE && !is_throttled => {
                self.dial_stood_still();
            }
            _ => {}
        }
    }

    /// The result of a dial may be seen before its timer is.
    pub(super) fn notice_a_pause_of_the_dial(&mut self) {
        if matches!(self.phase, Phase::Dialling { .. }) {
            self.notice_a_pause();
        }
    }

    /// What the peer said during a pause may be read before the timers run. The time that a pong lay there is no
    /// part of a round trip. Nothing has come for this long.
    pub(super) fn notice_a_pause_of_the_link(&mut self, gap: Duration) {
        if gap > LinkState::DIAL_TOLERANCE && !self.hidden && matches!(self.phase, Phase::Up(_)) {
            self.notice_a_pause();
        }
    }

    /// This side stood still while it dialled, so how long the server took is not known. Its answer may
    /// lie there unread.
    fn dial_stood_still(&mut self) {
        if let Phase::Dialling { since, until, .. } = &mut self.phase
            && !self.asked_again
        {
            (*since, *until) = (self.now, self.now + LinkState::DIAL_TOLERANCE);
            self.asked_again = true;
        }
    }

    /// The page has been hidden for long enough.
    pub(super) fn let_go(&mut self) {
        self.let_go_at = None;
        self.hold(Suspension::Hidden);
    }

    /// The probe after a pause was not answered, or a link that cannot be probed said nothing.
    pub(super) fn nothing_proved(&mut self) {
        let Phase::Up(link) = &self.phase else { return };
        let socket = link.socket;
        let (code, cause) = if self.config.heartbeat.is_some() {
            self.patience.gave_up(link.given_up(self.now));
            (close::AWAY, Cause::HeartbeatTimeout)
        } else {
            (self.away(), Cause::Suspended)
        };
        self.outputs.push_back(Output::Close { socket, code });
        self.replace(cause);
    }

    /// Nothing can be done from now on.
    fn hold(&mut self, why: Suspension) {
        if self.suspensions.is_empty() {
            self.suspended_at = self.now;
        }
        self.suspensions.insert(why);
        let keeps_the_link = why == Suspension::Frozen;
        match &mut self.phase {
            Phase::Idle => return,
            Phase::Up(link) if keeps_the_link => link.park(),
            Phase::Up(LinkState { socket, .. }) => {
                let socket = *socket;
                self.outputs.push_back(Output::Close { socket, code: self.away() });
                self.link_down(Cause::Suspended);
                let hint = self.take_hint(Hint::NONE);
                self.oblige(hint);
                self.phase = Phase::Parked;
            }
            Phase::Dialling { .. } => {
                self.abandon_dial(self.away());
                let hint = self.take_hint(Hint::NONE);
                self.oblige(hint);
                self.phase = Phase::Parked;
            }
            Phase::Parked | Phase::Waiting { .. } => self.phase = Phase::Parked,
        }
        self.stop_judging();
        self.become_suspended();
    }

    pub(super) fn stop_judging(&mut self) {
        let change = self.quality.suspend();
        self.quality_became(change);
    }

    /// The pause is over: a link that was kept has to prove itself, and an attempt that is waited
    /// for is made soon.
    pub(super) fn prove_or_hasten(&mut self, pause: Duration) {
        match &mut self.phase {
            // Nothing stood still. News that come again and again must not put its end off for ever.
            Phase::Dialling { .. } if pause.is_zero() => {}
            Phase::Dialling { until, since, .. } => {
                // This side stood still, so the dial is not over before an answer can be read.
                *until = (*until + pause).max(self.now + LinkState::DIAL_TOLERANCE);
                *since = *since + pause;
            }
            Phase::Idle => {}
            Phase::Parked => self.try_soon(),
            Phase::Up(_) => self.prove(pause),
            Phase::Waiting { .. } => self.hasten(),
        }
    }

    pub(super) fn prove(&mut self, pause: Duration) {
        if self.is_stale(pause) {
            return self.give_up();
        }
        self.demand(pause);
    }

    /// Asks the peer for a sign of life.
    fn demand(&mut self, pause: Duration) {
        let is_doubted = self.is_doubted();
        let is_connected = self.state.status == Status::Connected;
        let uploads = self.uploads();
        let Phase::Up(link) = &mut self.phase else { return };
        if let Some(config) = &self.config.heartbeat {
            if is_connected && pause.is_zero() && link.was_asked_lately(self.now) {
                return;
            }
            link.demand_proof(self.now, pause, config, &self.patience, uploads);
            self.ping();
        } else {
            link.unpark(self.now, pause);
            if is_doubted {
                return link.demand_speech(self.now, SPEAKS_WITHIN);
            }
            link.demand_nothing();
            if self.state.status == Status::Suspended {
                self.become_status(Status::Connected);
                self.transmit();
            }
        }
    }

    /// Whether a link was paused for longer than it can be trusted without an answer. Not if anything
    /// was heard on it within that time.
    fn is_stale(&self, pause: Duration) -> bool {
        let unproved = self.config.heartbeat.is_none().then_some(TRUSTED_UNPROVED);
        let silent = self.now.saturating_since(self.state.last_heartbeat.unwrap_or_default());
        let most = earlier(self.max_idle(), unproved);
        matches!(self.phase, Phase::Up(_)) && most.is_some_and(|most| pause > most && silent > most)
    }

    fn give_up(&mut self) {
        if let Phase::Up(LinkState { socket, .. }) = self.phase {
            self.outputs.push_back(Output::Close { socket, code: self.away() });
            self.replace(Cause::Suspended);
        }
    }

    /// Gives up a link for a reason that lies on this side, or may: others are not in the way.
    fn replace(&mut self, cause: Cause) {
        self.link_down(cause);
        let hint = self.take_hint(Hint::NONE);
        self.oblige(hint);
        self.phase = Phase::Idle;
        self.try_soon();
    }

    /// One attempt, within a second if that may be, or at the end of the wait that the server asked for.
    /// Failures stay counted.
    pub(super) fn try_soon(&mut self) {
        if self.state.status != Status::Reconnecting {
            self.become_status(Status::Reconnecting);
        }
        let soon = self.plan_attempt();
        let until = self.not_before(soon);
        let attempt = self.state.reconnect_attempts.max(1);
        self.state.reconnect_attempts = attempt;
        self.phase = Phase::Waiting { until, obliged: until > soon };
        let delay = until.saturating_since(self.now);
        self.emit(EventKind::RetryAttempt { attempt, delay });
        self.hasten_before_close();
    }
}
