use alloc::collections::VecDeque;
use alloc::string::String;
use core::mem;
use core::time::Duration;

use super::advice::Advice;
use super::batch::{Report, ReportWindow};
use super::bounds;
use super::token::ReportToken;
use crate::activity::Activity;
use crate::connection::{Cause, ConnectionState, Status};
use crate::decimal;
use crate::error::{ConfigError, ensure, ensure_text};
use crate::event::{Event, EventKind};
use crate::retry::{Backoff, Failure, FailureClass, RetryStrategy};
use crate::rng::{Random as _, SeededRandom};
use crate::time::{Instant, earlier, millis, scaled};

/// Decides what a session reports, and when, and whether a report that was not taken is sent again.
///
/// One report is under way at a time, and stays the same until the collector has taken or refused
/// it (only the time of sending is new each time); events meanwhile are gathered for the
/// next. Nothing is counted twice, and what is kept is bounded: counters, a histogram and
/// [`Report::MAX_EVENTS`] events.
///
/// A collector may [advise](Advice) to report less often, or only a share of the windows. Then the
/// reporter draws one window of every n at random: the totals over all sessions stay right, and no session
/// is silent for more than twice the time that its report [announced](Report::next_in). What ends a
/// session is always told.
///
/// A driver hands every event of the connection to [`handle_event`](Self::handle_event), sends
/// what [`poll_output`](Self::poll_output) gives, and says with
/// [`handle_input`](Self::handle_input) what the result was.
#[derive(Clone, Debug)]
pub struct Reporter {
    config: ReporterConfig,
    advice: Advice,
    /// Random, so that batch ids of two reporters of one session never meet.
    prefix: String,
    next_batch: u32,
    window_start: Instant,
    activity: Activity,
    /// When the last event happened that counts.
    counted_until: Instant,
    events: VecDeque<Event>,
    events_dropped: u64,
    /// How many windows are left of those of which one is reported, and how many are when it is.
    windows_left: u32,
    drawn: u32,
    /// Of how many windows the one that is reported is drawn.
    windows: u32,
    /// Whether the last report said that the page was left.
    left: bool,
    due_at: Instant,
    pending: Option<Pending>,
    outputs: VecDeque<Report>,
    random: SeededRandom,
}

/// How a session reports. In JSON durations are milliseconds.
#[derive(Clone, Debug, PartialEq)]
pub struct ReporterConfig {
    /// The time between two reports. From 100 ms to a day; 30 s by default. Spread by a tenth, so
    /// that a fleet does not report in step.
    pub interval: Duration,
    /// Name and version of the package that reports, 1 to 64 bytes.
    pub sdk: String,
    /// Shows with every report that it comes from the client that began the session. Absent by
    /// default: then anybody with the key can report as this session. See
    /// [`Connection::keep_report_token`](crate::connection::Connection::keep_report_token).
    pub token: Option<ReportToken>,
}

/// Result of sending a report.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ReporterInput {
    /// The collector has it.
    Accepted {
        /// The report's [`Report::batch_id`].
        batch_id: String,
        /// What the collector asks for from now on.
        advice: Advice,
    },
    /// It did not arrive, or the collector cannot take it now. The same report will be sent again.
    Failed {
        /// The report's [`Report::batch_id`].
        batch_id: String,
        /// How long the collector asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// The collector will never take it. Its counts are lost, as those of its events.
    Refused {
        /// The report's [`Report::batch_id`].
        batch_id: String,
    },
}

/// How long after a page came back its session is reported again.
const SOON: Duration = Duration::from_secs(3);

#[derive(Clone, Debug)]
struct Pending {
    report: Report,
    backoff: Backoff,
    /// When to send it again; absent while it is under way.
    retry_at: Option<Instant>,
}

impl ReporterConfig {
    /// The defaults, for a package of this name and version.
    #[must_use]
    pub fn new(sdk: impl Into<String>) -> Self {
        Self { interval: Duration::from_secs(30), sdk: sdk.into(), token: None }
    }
}

impl Reporter {
    /// A reporter whose first window begins now.
    ///
    /// # Errors
    ///
    /// If the configuration makes no sense.
    pub fn new(config: ReporterConfig, seed: u64, now: Instant) -> Result<Self, ConfigError> {
        let range = Duration::from_millis(100)..=Duration::from_hours(24);
        let interval = config.interval;
        let allowed = "100 to 86400000 ms";
        ensure(range.contains(&interval), "report.interval", millis(interval), allowed)?;
        ensure_text("sdk", &config.sdk, 64)?;
        let mut random = SeededRandom::new(seed);
        let prefix =
            decimal::hexadecimal(random.next_u32()) + &decimal::hexadecimal(random.next_u32());
        let mut reporter = Self {
            config,
            advice: Advice::NONE,
            prefix,
            next_batch: 0,
            window_start: now,
            activity: Activity::default(),
            counted_until: now,
            events: VecDeque::new(),
            events_dropped: 0,
            windows_left: 0,
            drawn: 0,
            windows: 1,
            left: false,
            due_at: now,
            pending: None,
            outputs: VecDeque::new(),
            random,
        };
        reporter.schedule(now);
        Ok(reporter)
    }

    /// Something happened to the session.
    pub fn handle_event(&mut self, event: Event) {
        // The session has ended, as the last report said.
        if self.left {
            return;
        }
        self.count(&event);
        if matches!(event.kind, EventKind::Heartbeat { .. }) {
            return;
        }
        if self.events.len() >= Report::MAX_EVENTS {
            self.events.pop_front();
            self.events_dropped += 1;
        }
        self.events.push_back(event);
    }

    /// Something became of a report.
    pub fn handle_input(&mut self, now: Instant, input: ReporterInput) {
        let concerns = |pending: &Pending, batch_id: &str| pending.report.batch_id == batch_id;
        match input {
            ReporterInput::Accepted { batch_id, advice } => {
                if self.pending.take_if(|pending| concerns(pending, &batch_id)).is_some() {
                    self.heed(now, advice);
                }
            }
            ReporterInput::Refused { batch_id } => {
                self.pending.take_if(|pending| concerns(pending, &batch_id));
            }
            ReporterInput::Failed { batch_id, retry_after } => {
                let Some(pending) = self.pending.as_mut().filter(|p| concerns(p, &batch_id)) else {
                    return;
                };
                let retry_after = retry_after.map(|asked| asked.min(Advice::LONGEST_INTERVAL));
                let failure = Failure { retry_after, ..Failure::new(FailureClass::Overload) };
                let strategy = RetryStrategy::default();
                let wait = pending.backoff.failed(&strategy, failure, &mut self.random);
                pending.retry_at = Some(now + wait);
            }
        }
    }

    /// Sends what is due. `state` is the record of the session as of now.
    pub fn handle_timeout(&mut self, now: Instant, state: &ConnectionState) {
        if let Some(pending) = &mut self.pending
            && pending.retry_at.is_some_and(|at| at <= now)
        {
            self.outputs.push_back(pending.send(now));
        }
        if self.due_at <= now {
            self.schedule(now);
            if self.pending.is_none() {
                self.report_if_drawn(now, state);
            }
        }
    }

    /// Sends at once what was not taken yet, or else what was gathered since: the page or the
    /// program may be going away, but may also go on.
    pub fn hurry(&mut self, now: Instant, state: &ConnectionState) {
        if let Some(pending) = &mut self.pending {
            self.outputs.push_back(pending.send(now));
        } else if self.activity != Activity::default() || !self.events.is_empty() {
            self.schedule(now);
            self.report_if_drawn(now, state);
        }
    }

    /// Sends at once what was not taken yet and what was gathered since: the session ends, and
    /// the driver does not wait for the result.
    pub fn flush(&mut self, now: Instant, state: &ConnectionState) {
        if let Some(mut pending) = self.pending.take() {
            self.outputs.push_back(pending.send(now));
        }
        self.report(now, state, 1.0);
    }

    /// The page is left, and will perhaps never run again: sends at once what was not taken yet, and
    /// that the session has ended, with [`Cause::PageLeft`]. What happens from now on is not
    /// reported, as the page runs no more, or for moments only. Does nothing if the session has
    /// ended already.
    pub fn leave(&mut self, now: Instant, state: &ConnectionState) {
        let from = state.status;
        if self.left || from == Status::Disconnected {
            return;
        }
        let cause = Cause::PageLeft;
        if from == Status::Connected {
            let kind = EventKind::Disconnected { cause, planned: cause.is_planned() };
            self.handle_event(Event { at: now, kind });
        }
        let to = Status::Disconnected;
        self.handle_event(Event { at: now, kind: EventKind::StatusChanged { from, to } });
        let mut state = state.clone();
        (state.status, state.disconnected_at, state.connection_quality) = (to, Some(now), None);
        self.flush(now, &state);
        self.left = true;
    }

    /// The page that was left is back: sends at once that the session is there. Does nothing
    /// otherwise.
    pub fn come_back(&mut self, now: Instant, state: &ConnectionState) {
        if mem::take(&mut self.left) {
            let (from, to) = (Status::Disconnected, state.status);
            self.handle_event(Event { at: now, kind: EventKind::StatusChanged { from, to } });
            self.flush(now, state);
            // When there may be a link again.
            self.due_at = now + SOON;
        }
    }

    /// The next report to send.
    #[must_use]
    pub fn poll_output(&mut self) -> Option<Report> {
        self.outputs.pop_front()
    }

    /// When to call [`handle_timeout`](Self::handle_timeout).
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        earlier(Some(self.due_at), self.pending.as_ref().and_then(|pending| pending.retry_at))
    }

    /// Counts an event, unless a report could not claim that so much has happened.
    fn count(&mut self, event: &Event) {
        let mut activity = self.activity.clone();
        activity.record(&event.kind);
        let window = ReportWindow { start: self.window_start, end: event.at };
        if bounds::ensure_possible(&activity, window).is_ok() {
            self.activity = activity;
            self.counted_until = self.counted_until.max(event.at);
        }
    }

    fn heed(&mut self, now: Instant, advice: Advice) {
        let before = self.interval();
        self.advice = advice;
        if self.interval() != before {
            self.schedule(now);
        }
    }

    fn interval(&self) -> Duration {
        self.advice.interval(self.config.interval)
    }

    fn schedule(&mut self, now: Instant) {
        self.due_at = now + scaled(self.interval(), self.random.next_between(0.9, 1.1));
    }

    /// Reports the window, or passes over it if the collector wants to hear of a share only.
    fn report_if_drawn(&mut self, now: Instant, state: &ConnectionState) {
        if self.windows_left == 0 {
            // What was begun is finished first: a block that is cut short counts for too much.
            self.windows = Advice::windows(self.advice.share(), self.interval());
            self.windows_left = self.windows;
            // Below the number of windows, as a cast from a float saturates.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let drawn = (self.random.next_unit() * f64::from(self.windows)) as u32;
            self.drawn = drawn;
        }
        self.windows_left -= 1;
        if self.windows_left == self.drawn {
            return self.report(now, state, 1.0 / f64::from(self.windows));
        }
        self.activity = Activity::default();
        self.events_dropped += self.events.len() as u64;
        self.events.clear();
        self.window_start = now;
    }

    /// Reports the window, which was drawn with that probability.
    fn report(&mut self, now: Instant, state: &ConnectionState, sampling: f64) {
        let report = Report {
            version: Report::VERSION,
            batch_id: [&self.prefix, "-", &decimal::whole(self.next_batch.into())].concat(),
            sdk: self.config.sdk.clone(),
            session: state.clone(),
            window: ReportWindow {
                start: self.window_start,
                end: now.max(self.window_start).max(self.counted_until),
            },
            activity: mem::take(&mut self.activity),
            events: mem::take(&mut self.events).into(),
            events_dropped: mem::take(&mut self.events_dropped).min(Report::MAX_EVENTS_DROPPED),
            sampling,
            interval: Some(self.interval()),
            sent_at: None,
            token: self.config.token.clone(),
        };
        self.next_batch = self.next_batch.wrapping_add(1);
        self.window_start = now;
        let mut pending = Pending { report, backoff: Backoff::new(), retry_at: None };
        self.outputs.push_back(pending.send(now));
        self.pending = Some(pending);
    }
}

impl Pending {
    /// The report, as it is sent now.
    fn send(&mut self, now: Instant) -> Report {
        self.retry_at = None;
        self.report.sent_at = Some(now);
        self.report.clone()
    }
}

#[cfg(test)]
mod tests;
