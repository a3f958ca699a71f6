use serde_json::{Map, Value, json};

/// A record of that name.
pub(super) fn named(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// Milliseconds since the Unix epoch.
pub(super) fn instant() -> Value {
    json!({ "type": "integer", "minimum": 0, "description": "Milliseconds since the Unix epoch" })
}

fn millis() -> Value {
    json!({ "type": "number", "minimum": 0, "description": "Milliseconds" })
}

fn count() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

fn number() -> Value {
    json!({ "type": "number" })
}

fn share() -> Value {
    json!({ "type": "number", "minimum": 0, "maximum": 1 })
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn truth() -> Value {
    json!({ "type": "boolean" })
}

fn one_of(names: &[&str]) -> Value {
    json!({ "type": "string", "enum": names })
}

fn list(of: &Value) -> Value {
    json!({ "type": "array", "items": of })
}

/// Fields that are there, and fields that may be.
fn object<const N: usize, const M: usize>(
    there: [(&str, Value); N],
    perhaps: [(&str, Value); M],
) -> Value {
    let required: Vec<String> = there.iter().map(|(name, _)| (*name).to_owned()).collect();
    let fields = there.into_iter().chain(perhaps);
    let properties: Map<String, Value> =
        fields.map(|(name, schema)| (name.to_owned(), schema)).collect();
    json!({ "type": "object", "required": required, "properties": properties })
}

/// Every record that the interface speaks of.
pub(super) fn all() -> Value {
    let mut all = Map::new();
    for part in [sessions(), health(), keys(), collector()] {
        if let Value::Object(part) = part {
            all.extend(part);
        }
    }
    Value::Object(all)
}

fn sessions() -> Value {
    json!({
        "Activity": object([("connects", count()), ("disconnections", count()),
            ("unplannedDisconnections", count()), ("failedAttempts", count()), ("heartbeats", count()),
            ("missedHeartbeats", count()), ("reconnections", count()), ("latency", json!({ "type": "object" }))], []),
        "ConnectionPage": object([("connections", list(&named("ConnectionState"))), ("total", count())], []),
        "ConnectionState": object([("sessionId", text()), ("organizationId", text()), ("status", named("Status")),
            ("clientType", text()), ("reconnectAttempts", count()), ("missedHeartbeats", count()),
            ("totalDisconnections", count())],
            [("userId", text()), ("connectedAt", instant()), ("lastHeartbeat", instant()),
            ("disconnectedAt", instant()), ("maxReconnectAttempts", count()),
            ("connectionQuality", named("Quality")), ("latency", millis()),
            ("metadata", json!({ "type": "object", "additionalProperties": { "type": ["string", "number", "boolean"] } })),
            ("clockSkew", json!({ "type": "integer" }))]),
        "Event": object([("at", instant()), ("name", text())], []),
        "Quality": one_of(&["EXCELLENT", "GOOD", "POOR", "CRITICAL"]),
        "Receipt": object([("accepted", truth()), ("duplicate", truth()), ("interval", millis()), ("sampling", share())], []),
        "Report": object([("version", json!({ "const": 1 })), ("batchId", text()), ("sdk", text()),
            ("session", named("ConnectionState")), ("window", object([("start", instant()), ("end", instant())], []))],
            [("activity", json!({ "type": "object" })), ("events", list(&named("Event"))), ("eventsDropped", count()),
            ("sentAt", instant()), ("sampling", json!({ "type": "number", "exclusiveMinimum": 0, "maximum": 1 }))]),
        "Rollups": object([("rollups", list(&object([("at", instant()), ("reports", count()), ("errorRate", share()),
            ("activity", named("Activity"))], [("p50", millis()), ("p90", millis()), ("p95", millis()), ("p99", millis())])))], []),
        "Status": one_of(&["CONNECTED", "DISCONNECTED", "FAILED", "RECONNECTING", "SUSPENDED"]),
        "TimeLine": object([("reports", list(&object([("batchId", text()), ("receivedAt", instant()), ("start", instant()),
            ("end", instant()), ("events", list(&named("Event"))), ("eventsDropped", count())],
            [("clockSkew", json!({ "type": "integer" }))])))], []),
    })
}

fn health() -> Value {
    let summary = || {
        object(
            [
                ("count", count()),
                ("average", millis()),
                ("p50", millis()),
                ("p95", millis()),
                ("p99", millis()),
            ],
            [],
        )
    };
    json!({
        "Alert": object([("id", count()), ("type", one_of(&["HIGH_ERROR_RATE", "HIGH_LATENCY",
            "LOW_CONNECTION_QUALITY", "SYSTEM_OVERLOAD"])), ("severity", one_of(&["LOW", "MEDIUM", "HIGH", "CRITICAL"])),
            ("status", one_of(&["ACKNOWLEDGED", "EXPIRED", "FIRING", "PENDING", "RESOLVED"])), ("value", number()),
            ("threshold", number()), ("beganAt", instant())],
            [("createdAt", instant()), ("acknowledgedAt", instant()), ("resolvedAt", instant())]),
        "Alerts": object([("alerts", list(&named("Alert")))], []),
        "Health": object([("metrics", named("HealthMetrics")), ("history", list(&object([("at", instant()),
            ("metrics", named("HealthMetrics"))], [])))], []),
        "HealthMetrics": object([("totalConnections", count()), ("healthyConnections", count()),
            ("unhealthyConnections", count()), ("statusDistribution", counts()), ("qualityDistribution", counts()),
            ("errorRate", share()), ("reconnectionRate", number()), ("disconnectionRate", number())],
            [("averageLatency", millis()), ("latencyP50", millis()), ("latencyP95", millis()), ("latencyP99", millis()),
            ("last5Minutes", summary()), ("lastHour", summary()), ("systemLoad", named("SystemLoad")),
            ("processingTime", millis())]),
        "HealthSummary": object([("metrics", named("HealthMetrics")), ("trends", object([], [("connections", named("Trend")),
            ("errors", named("Trend")), ("latency", named("Trend"))])), ("alerts", list(&named("Alert")))], []),
        "SystemLoad": object([], [("cpu", share()), ("queue", share()), ("loopLagP95", millis()), ("longTasks", share()),
            ("memoryUsed", count()), ("memoryTotal", count())]),
        "Trend": object([("direction", one_of(&["DECLINING", "DEGRADING", "GROWING", "IMPROVING", "STABLE", "WORSENING"])),
            ("slope", number()), ("change", number()), ("z", number())],
            [("forecast", object([("threshold", number()), ("expectedAt", instant()), ("earliestAt", instant())],
            [("latestAt", instant())]))]),
    })
}

/// Numbers of sessions by name.
fn counts() -> Value {
    json!({ "type": "object", "additionalProperties": count() })
}

fn keys() -> Value {
    let kind = || one_of(&["publishable", "secret"]);
    let key = || {
        [
            ("id", text()),
            ("kind", kind()),
            ("origins", list(&text())),
            ("perMinute", count()),
            ("createdAt", instant()),
        ]
    };
    let [id, kind_of, origins, per_minute, created_at] = key();
    json!({
        "Key": object(key(), [("expiresAt", instant())]),
        "KeyRotation": object([], [("overlap", millis())]),
        "Keys": object([("keys", list(&named("Key")))], []),
        "MadeKey": object([("key", text()), id, kind_of, origins, per_minute, created_at], [("expiresAt", instant())]),
        "WantedKey": object([("kind", kind())], [("origins", list(&text())), ("perMinute", count())]),
    })
}

fn collector() -> Value {
    json!({
        "LiveTicket": object([("ticket", text())], []),
        "Ready": object([("ready", truth()), ("restored", truth()), ("stopping", truth()),
            ("store", one_of(&["failing", "writable"]))], []),
        "Refusal": object([("error", object([("code", text()), ("message", text())], []))], []),
    })
}
