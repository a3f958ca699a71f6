//! The life of alerts.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use core::time::Duration;

use super::alert::{Alert, AlertKind, AlertState, Severity};
use super::error::HealthError;
use super::reading::Reading;
use crate::event::EventKind;
use crate::time::Instant;

/// The alerts of a monitor: at most one of each kind that is not over, and those that are. At most
/// 64 in all.
///
/// A program that stores them, and gives them to another monitor of the same sessions
/// ([`HealthMonitor::restore_alerts`](super::HealthMonitor::restore_alerts)), lets that one carry on
/// their lives: it raises nothing anew, and forgets no acknowledgement.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
pub struct Alerts {
    #[cfg_attr(feature = "serde", serde(with = "super::stored"))]
    live: LiveAlerts,
    over: VecDeque<Alert>,
    last_id: u32,
}

/// The alert of each kind, in the order of [`AlertKind::ALL`].
pub(super) type LiveAlerts = [Option<Live>; AlertKind::ALL.len()];

/// An alert that is not over.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
pub(super) struct Live {
    pub(super) alert: Alert,
    /// Since when the value has been on the good side.
    clear_since: Option<Instant>,
    /// Since when there has been nothing to judge by.
    unknown_since: Option<Instant>,
    /// Since when the severity would be less.
    lower_since: Option<Instant>,
    /// Number of sessions that should be reporting, for `NO_REPORTS`; 0 for the others. It does not
    /// fall while the alert is not over.
    #[cfg_attr(feature = "serde", serde(default))]
    expected: u64,
}

/// For how long a value has to be what it is, and whether that counts during an overload.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    pub(super) raise: Duration,
    pub(super) keep: Duration,
    /// While there is an alert of an overload it may begin, but is not raised.
    pub(super) yields: bool,
}

/// How long sessions that went silent are missed; after that they are taken as gone for good.
const LONGEST_SILENCE: Duration = Duration::from_hours(24);

/// The most alerts that are kept, of both kinds together.
const MOST: usize = 64;

impl Alerts {
    /// Those that were raised and are not over, in alphabetical order.
    pub fn active(&self) -> impl Iterator<Item = &Alert> {
        self.live().filter(|alert| alert.state != AlertState::Pending)
    }

    /// All of them: those that are not over, pending ones too, and then the others, the one that
    /// was over last first.
    pub fn all(&self) -> impl Iterator<Item = &Alert> {
        self.live().chain(self.over.iter().rev())
    }

    /// Somebody knows of an alert: it is silent until it grows worse.
    ///
    /// # Errors
    ///
    /// If there is no such alert, or it is not firing.
    pub fn acknowledge(&mut self, now: Instant, id: u32) -> Result<&Alert, HealthError> {
        let state = self.all().find(|alert| alert.id == id).map(|alert| alert.state);
        let live = self.live.iter_mut().flatten().map(|live| &mut live.alert);
        match (live.into_iter().find(|alert| alert.id == id), state) {
            (Some(alert), Some(AlertState::Firing)) => {
                alert.state = AlertState::Acknowledged;
                alert.acknowledged_at = Some(now);
                Ok(alert)
            }
            (_, Some(state)) => Err(HealthError::NotFiring { id, state }),
            (_, None) => Err(HealthError::UnknownAlert(id)),
        }
    }

    /// Leaves out what no monitor would have kept: stored alerts may come from anywhere.
    pub(super) fn tidy(&mut self) {
        while self.over.len() + AlertKind::ALL.len() > MOST {
            self.over.pop_front();
        }
    }

    /// Number of sessions that should be reporting by an alert that is not over; 0 without one, or
    /// once it is a day old.
    pub(super) fn expected_reports(&self, now: Instant) -> u64 {
        let live = self.live[AlertKind::NoReports as usize].as_ref();
        let recent =
            live.filter(|live| now.saturating_since(live.alert.began_at) < LONGEST_SILENCE);
        recent.map_or(0, |live| live.expected)
    }

    /// Forgets what has been over for so long.
    pub(super) fn forget(&mut self, now: Instant, keep: Duration) {
        while self
            .over
            .front()
            .and_then(|alert| alert.resolved_at)
            .is_some_and(|resolved| now.saturating_since(resolved) >= keep)
        {
            self.over.pop_front();
        }
    }

    /// Takes in what is known of the value; nothing, if there is nothing to judge by.
    pub(super) fn judge(
        &mut self,
        now: Instant,
        kind: AlertKind,
        reading: Option<&Reading>,
        patience: Patience,
    ) -> Option<EventKind> {
        let overload = |alert: &Alert| alert.kind == AlertKind::SystemOverload;
        let inhibited = patience.yields && self.active().any(overload);
        let slot = &mut self.live[kind as usize];
        let Some(live) = slot else {
            let reading = reading.filter(|reading| reading.raises)?;
            self.last_id = self.last_id.wrapping_add(1);
            *slot = Some(Live::new(now, self.last_id, kind, reading));
            return self.judge(now, kind, Some(reading), patience);
        };
        if live.alert.state == AlertState::Pending {
            let Some(reading) = reading.filter(|reading| reading.raises) else {
                *slot = None;
                return None;
            };
            live.alert.value = reading.value;
            live.expected = reading.expected;
            live.alert.severity = Severity::of(reading.times);
            if inhibited || now.saturating_since(live.alert.began_at) < patience.raise {
                return None;
            }
            live.alert.state = AlertState::Firing;
            live.alert.created_at = Some(now);
            return Some(EventKind::AlertCreated(Box::new(live.alert.clone())));
        }
        if let Some(state) = live.end(now, reading, patience.keep) {
            let mut alert = slot.take()?.alert;
            (alert.state, alert.resolved_at) = (state, Some(now));
            while self.over.len() + AlertKind::ALL.len() >= MOST {
                self.over.pop_front();
            }
            self.over.push_back(alert.clone());
            return Some(EventKind::AlertResolved(Box::new(alert)));
        }
        live.follow(now, reading?, patience.raise)
            .then(|| EventKind::AlertChanged(Box::new(live.alert.clone())))
    }

    fn live(&self) -> impl Iterator<Item = &Alert> {
        self.live.iter().flatten().map(|live| &live.alert)
    }
}

impl Live {
    fn new(now: Instant, id: u32, kind: AlertKind, reading: &Reading) -> Self {
        let alert = Alert {
            id,
            kind,
            severity: Severity::of(reading.times),
            state: AlertState::Pending,
            value: reading.value,
            threshold: reading.threshold,
            began_at: now,
            created_at: None,
            acknowledged_at: None,
            resolved_at: None,
        };
        Self {
            alert,
            clear_since: None,
            unknown_since: None,
            lower_since: None,
            expected: reading.expected,
        }
    }

    /// Whether, and how, it is over.
    fn end(
        &mut self,
        now: Instant,
        reading: Option<&Reading>,
        keep: Duration,
    ) -> Option<AlertState> {
        let unknown = since(&mut self.unknown_since, now, reading.is_none());
        let clear = since(&mut self.clear_since, now, reading.is_none_or(|known| known.clears));
        let over = |time: Option<Duration>| time.is_some_and(|time| time >= keep);
        if over(unknown) {
            Some(AlertState::Expired)
        } else if over(clear) && reading.is_some() {
            Some(AlertState::Resolved)
        } else {
            None
        }
    }

    /// Takes the value over: whether the severity has changed. It rises at once, and falls when it
    /// has been less for some time; that of an acknowledged alert stays, so that it fires again
    /// only if it grows worse than it was when somebody said to know.
    fn follow(&mut self, now: Instant, reading: &Reading, patience: Duration) -> bool {
        self.alert.value = reading.value;
        self.expected = reading.expected;
        let severity = Severity::of(reading.times);
        let lower = severity < self.alert.severity && self.alert.state == AlertState::Firing;
        let lower = since(&mut self.lower_since, now, lower);
        let rises = severity > self.alert.severity;
        let falls = lower.is_some_and(|time| time >= patience);
        if !rises && !falls {
            return false;
        }
        self.alert.severity = severity;
        self.lower_since = None;
        if rises {
            self.alert.state = AlertState::Firing;
            self.alert.acknowledged_at = None;
        }
        true
    }
}

/// For how long it has been so; absent if it is not.
fn since(began: &mut Option<Instant>, now: Instant, is_so: bool) -> Option<Duration> {
    if !is_so {
        *began = None;
        return None;
    }
    Some(now.saturating_since(*began.get_or_insert(now)))
}
