//! What of an alert's life is sent to webhooks.

use std::collections::BTreeSet;

use steadfast_core::event::{Event, EventKind};
use steadfast_core::health::{Alert, AlertState, Alerts};
use steadfast_core::time::Instant;

use super::Silence;

/// A change of an alert, for the history, and what is sent of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Announcement {
    /// The alert as it is now.
    pub alert: Alert,
    /// What is sent; nothing while the alert is silenced.
    pub event: Option<Event>,
    /// Whether it was sent that the alert is there.
    pub announced: bool,
}

/// What an organisation's silences make of the events of its alerts. `unannounced` are alerts that
/// were silenced since they were raised: they are sent as new once they are not, if they are firing
/// still; until then nothing else is sent of them.
pub(super) fn announce(
    now: Instant,
    alerts: &Alerts,
    events: &[Event],
    unannounced: &BTreeSet<u32>,
    silences: &[Silence],
) -> Vec<Announcement> {
    let is_silenced = |alert: &Alert| silences.iter().any(|silence| silence.covers(alert, now));
    let raised =
        |alert: &Alert| Event { at: now, kind: EventKind::AlertCreated(Box::new(alert.clone())) };
    let mut announcements = Vec::new();
    for event in events {
        let (alert, speaks) = match &event.kind {
            EventKind::AlertCreated(alert) | EventKind::AlertChanged(alert) => (alert, true),
            EventKind::AlertAcknowledged(alert) | EventKind::AlertResolved(alert) => (alert, false),
            _ => continue,
        };
        let is_new = matches!(event.kind, EventKind::AlertCreated(_));
        let waits = is_new || unannounced.contains(&alert.id);
        let quiet = if speaks { is_silenced(alert) } else { waits };
        let event = (!quiet).then(|| if waits { raised(alert) } else { event.clone() });
        let announced = !waits || event.is_some();
        announcements.push(Announcement { alert: (**alert).clone(), event, announced });
    }
    let known: BTreeSet<_> = announcements.iter().map(|one| one.alert.id).collect();
    let waiting = alerts.active().filter(|alert| {
        unannounced.contains(&alert.id)
            && !known.contains(&alert.id)
            && alert.state == AlertState::Firing
            && !is_silenced(alert)
    });
    announcements.extend(waiting.map(|alert| Announcement {
        alert: alert.clone(),
        event: Some(raised(alert)),
        announced: true,
    }));
    announcements
}
