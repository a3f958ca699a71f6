use serde_json::{Value, json};

/// The `number`th report of a session that connected once in each of its windows.
pub(crate) fn a_report(session_id: &str, number: u32) -> Value {
    let start = 1_000 * u64::from(number) + 1_000;
    json!({
        "version": 1,
        "batchId": format!("{session_id}-{number}"),
        "sdk": "steadfast-tests/1",
        "session": {
            "sessionId": session_id,
            "organizationId": "default",
            "status": "CONNECTED",
            "clientType": "test",
            "connectedAt": 1_000,
            "lastHeartbeat": start + 1_000,
            "reconnectAttempts": 0,
            "missedHeartbeats": 0,
            "totalDisconnections": number,
        },
        "window": { "start": start, "end": start + 1_000 },
        "activity": { "connects": 1 },
        "events": [],
        "eventsDropped": 0,
        "sampling": 1,
    })
}
