//! The form in which alerts that are not over are stored: a list of them, in any order.

use alloc::vec::Vec;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::alert::AlertKind;
use super::alerts::{Live, LiveAlerts};

pub(super) fn serialize<S: Serializer>(
    live: &LiveAlerts,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let stored: Vec<_> = live.iter().flatten().collect();
    stored.serialize(serializer)
}

/// Takes lists of earlier versions too, which had a place for each kind that they knew. Of two alerts
/// of one kind the first counts.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<LiveAlerts, D::Error> {
    let stored = Vec::<Option<Live>>::deserialize(deserializer)?;
    let mut live = [const { None }; AlertKind::ALL.len()];
    for one in stored.into_iter().flatten() {
        live[one.alert.kind as usize].get_or_insert(one);
    }
    Ok(live)
}
