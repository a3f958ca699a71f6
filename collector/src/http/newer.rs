//! Reads the report of a newer client, whose session has values that this version does not know.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use steadfast_core::connection::{MetadataValue, SessionFailure, Status};
use steadfast_core::quality::Quality;

/// Takes the values of a report's session out that are not known, and says how many there were. What
/// is left says as much as before:
///
/// - Without a known status the session is `CONNECTED` if the record says that a link is up (it has
///   `connectedAt` and no `disconnectedAt`), and otherwise `RECONNECTING`.
/// - Without a known quality too little is known to judge by.
/// - A failure whose reason or cause is not known, and facts of the metadata that are neither text,
///   number nor truth value, are left out.
pub(super) fn pass_over_unknown_values(report: &mut Value) -> u64 {
    let Some(session) = report.get_mut("session").and_then(Value::as_object_mut) else {
        return 0;
    };
    let mut unknown = 0;
    if session.get("status").is_some_and(is_new_name::<Status>) {
        let is_up = is_told(session, "connectedAt") && !is_told(session, "disconnectedAt");
        let status = if is_up { Status::Connected } else { Status::Reconnecting };
        session.insert("status".to_owned(), status.as_str().into());
        unknown += 1;
    }
    if session.get("connectionQuality").is_some_and(is_new_name::<Quality>) {
        session.remove("connectionQuality");
        unknown += 1;
    }
    let failure = session.get("failure").filter(|failure| failure.is_object());
    if failure.is_some_and(|failure| !is_known::<SessionFailure>(failure)) {
        session.remove("failure");
        unknown += 1;
    }
    if let Some(metadata) = session.get_mut("metadata").and_then(Value::as_object_mut) {
        let facts = metadata.len();
        metadata.retain(|_, fact| is_known::<MetadataValue>(fact));
        unknown += (facts - metadata.len()) as u64;
    }
    unknown
}

fn is_told(session: &Map<String, Value>, field: &str) -> bool {
    session.get(field).is_some_and(|at| !at.is_null())
}

/// Whether it is a name that none of the known values has.
fn is_new_name<T: DeserializeOwned>(value: &Value) -> bool {
    value.is_string() && !is_known::<T>(value)
}

fn is_known<T: DeserializeOwned>(value: &Value) -> bool {
    T::deserialize(value).is_ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn passed_over(session: &Value) -> (u64, Value) {
        let mut report = json!({ "session": session });
        let unknown = pass_over_unknown_values(&mut report);
        (unknown, report["session"].take())
    }

    #[test]
    fn whether_a_link_is_up_is_told_by_its_instants_where_the_status_is_not_known() {
        let status = |session: Value| passed_over(&session).1["status"].clone();
        assert_eq!(status(json!({ "status": "ROAMING", "connectedAt": 5 })), "CONNECTED");
        let down = json!({ "status": "ROAMING", "connectedAt": 5, "disconnectedAt": 7 });
        assert_eq!(status(down), "RECONNECTING");
        assert_eq!(status(json!({ "status": "ROAMING" })), "RECONNECTING");
        assert_eq!(status(json!({ "status": "FAILED" })), "FAILED");
    }

    #[test]
    fn what_is_not_a_value_at_all_is_left_to_be_refused() {
        for session in [json!({ "status": 5 }), json!({ "failure": "no" }), json!([]), json!({})] {
            assert_eq!(passed_over(&session), (0, session.clone()));
        }
        assert_eq!(pass_over_unknown_values(&mut json!("report")), 0);
    }
}
