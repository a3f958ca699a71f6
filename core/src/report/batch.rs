use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use super::advice::Advice;
use super::bounds;
use super::error::ReportError;
use super::token::ReportToken;
use crate::activity::Activity;
use crate::connection::{ConnectionState, Registration};
use crate::event::{Event, EventKind};
use crate::time::Instant;

/// What a client tells the collector of one session: its record, and what happened to it within a
/// window. Sent as JSON with `POST /v1/reports`, at most [`Report::MAX_BYTES`] long.
///
/// It never carries an address with its query, credentials for the server, or a message. Fields and events that a
/// later version adds are passed over.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
pub struct Report {
    /// The version of this form: [`Report::VERSION`].
    pub version: u32,
    /// Names the report: the same one delivered twice counts once. 1 to 64 of `A-Z a-z 0-9 _ -`.
    pub batch_id: String,
    /// What made it: name and version of the package.
    pub sdk: String,
    /// The record of the session as of the window's end.
    pub session: ConnectionState,
    /// The stretch of time it speaks of.
    pub window: ReportWindow,
    /// What happened within the window. Of links each count is at most 5, of heartbeats at most 20 for
    /// every second of the window, of ten seconds more, and of a day at most; a round-trip time is an
    /// hour at most.
    pub activity: Activity,
    /// The events within the window in order, but for heartbeats, which are counted only.
    #[cfg_attr(feature = "serde", serde(deserialize_with = "super::events::read"))]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<Event>"))]
    pub events: Vec<Event>,
    /// How many events are missing, because there were more than [`Report::MAX_EVENTS`].
    pub events_dropped: u64,
    /// The share of windows that are reported: one of 0.1 stands for ten. From
    /// [`Advice::LEAST_SAMPLING`] to 1.
    pub sampling: f64,
    /// The time from one window's end to the next, as configured or as the collector asked for. With
    /// the sampling it says when the next report is due: see [`next_in`](Self::next_in).
    #[cfg_attr(
        feature = "serde",
        serde(
            default,
            skip_serializing_if = "Option::is_none",
            with = "crate::time::serde_millis::option"
        )
    )]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Millis>"))]
    pub interval: Option<Duration>,
    /// When it was sent, by the client's clock; each time anew. It tells how far that clock is off.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub sent_at: Option<Instant>,
    /// Shows that it comes from the client that began the session, the same in all of its reports.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub token: Option<ReportToken>,
}

/// A stretch of time by the client's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReportWindow {
    /// Its begin.
    pub start: Instant,
    /// Its end.
    pub end: Instant,
}

impl Report {
    /// The version of the form that this crate writes and reads.
    pub const VERSION: u32 = 1;

    /// The longest body, in bytes: under the 64 KiB that browsers let a page send as it goes.
    pub const MAX_BYTES: usize = 60_000;

    /// The most events in one report.
    pub const MAX_EVENTS: usize = 64;

    /// The most events that can be missing.
    pub const MAX_EVENTS_DROPPED: u64 = 1_000_000_000;

    /// The interval that is assumed of a client that does not tell one: 30 s.
    pub const ASSUMED_INTERVAL: Duration = Duration::from_secs(30);

    /// The longest silence that a report can announce: a day.
    pub const LONGEST_SILENCE: Duration = Duration::from_hours(24);

    /// How long the session may be silent until its next report, if the collector answers with this
    /// advice: the interval divided by the share of windows that are reported, the greater of those
    /// that the report tells and the advice asks for. A client that tells no interval is assumed to
    /// report every 30 s, or as often as the length of this window says. At most a day.
    #[must_use]
    pub fn next_in(&self, advice: Advice) -> Duration {
        let window = self.window.end.saturating_since(self.window.start);
        let told = self.interval.unwrap_or_else(|| window.max(Self::ASSUMED_INTERVAL));
        let interval = advice.interval(told.min(Self::LONGEST_SILENCE));
        let windows = Advice::windows(self.sampling.min(advice.share()), interval);
        interval.saturating_mul(windows).min(Self::LONGEST_SILENCE)
    }

    /// Drops the events that this version does not know, as if there had been no room for them, and
    /// says how many there were.
    pub fn drop_unknown_events(&mut self) -> usize {
        let all = self.events.len();
        self.events.retain(|event| event.kind != EventKind::Unknown);
        let dropped = all - self.events.len();
        self.events_dropped = self.events_dropped.saturating_add(dropped as u64);
        dropped
    }

    /// Refuses a report that makes no sense, before anything of it is used.
    ///
    /// # Errors
    ///
    /// Names what is wrong, its value and what is allowed.
    pub fn validate(&self) -> Result<(), ReportError> {
        if self.version != Self::VERSION {
            return Err(ReportError::Version(self.version));
        }
        if !is_name(&self.batch_id, 1) {
            return Err(ReportError::BatchId(self.batch_id.chars().take(80).collect()));
        }
        if self.events.len() > Self::MAX_EVENTS {
            return Err(ReportError::Events { count: self.events.len(), max: Self::MAX_EVENTS });
        }
        if self.events_dropped > Self::MAX_EVENTS_DROPPED {
            return Err(ReportError::EventsDropped(self.events_dropped));
        }
        if !(Advice::LEAST_SAMPLING..=1.0).contains(&self.sampling) {
            return Err(ReportError::Sampling(self.sampling));
        }
        if self.window.end < self.window.start {
            return Err(ReportError::Window);
        }
        bounds::ensure_possible(&self.activity, self.window)?;
        crate::error::ensure_text("sdk", &self.sdk, 64)?;
        let state = &self.session;
        let registration = Registration {
            session_id: state.session_id.clone(),
            user_id: state.user_id.clone(),
            organization_id: state.organization_id.clone(),
            client_type: state.client_type.clone(),
            metadata: state.metadata.clone(),
        };
        Ok(registration.validate()?)
    }
}

/// Whether a text has `least` to 64 of `A-Z a-z 0-9 _ -`.
pub(super) fn is_name(text: &str, least: usize) -> bool {
    let valid = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (least..=64).contains(&text.len()) && text.bytes().all(valid)
}
