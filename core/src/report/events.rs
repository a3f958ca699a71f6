//! Reads the events of a report, also those of a later version.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Deserializer};

use crate::event::{Event, EventKind};
use crate::time::Instant;

/// An event, or something that has a name and cannot be read: a later version has more events, and
/// more values of what they tell.
#[derive(Deserialize)]
#[serde(untagged)]
enum Readable {
    Known(Event),
    Unknown {
        #[serde(rename = "name")]
        _name: String,
    },
}

/// Reads what can be read; the rest is [`EventKind::Unknown`].
pub(super) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Event>, D::Error> {
    let events = Vec::<Readable>::deserialize(deserializer)?;
    let event = |readable| match readable {
        Readable::Known(event) => event,
        Readable::Unknown { .. } => Event { at: Instant::ORIGIN, kind: EventKind::Unknown },
    };
    Ok(events.into_iter().map(event).collect())
}
