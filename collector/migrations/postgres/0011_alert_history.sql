-- Every alert that was raised, as long as minutes are kept.
CREATE TABLE alert_history (
    organization_id TEXT    NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    id              BIGINT  NOT NULL, -- the alert's
    began_at        BIGINT  NOT NULL,
    resolved_at     BIGINT,
    alert           TEXT    NOT NULL, -- JSON, as of the last event
    acknowledged_by TEXT,
    note            TEXT,
    announced       BIGINT  NOT NULL, -- 1 once it was sent to webhooks; 0 while it is silenced
    PRIMARY KEY (organization_id, id)
);

CREATE INDEX alert_history_by_resolved_at ON alert_history (resolved_at);
CREATE INDEX alert_history_unannounced ON alert_history (organization_id)
    WHERE announced = 0 AND resolved_at IS NULL;

-- Alerts that are not to be sent to webhooks for a time.
CREATE TABLE silences (
    id              TEXT    NOT NULL PRIMARY KEY,
    organization_id TEXT    NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    type            TEXT, -- none: all types
    severity        TEXT, -- none: all severities; otherwise up to this one
    created_at      BIGINT  NOT NULL,
    ends_at         BIGINT  NOT NULL,
    note            TEXT    NOT NULL,
    created_by      TEXT    NOT NULL
);

CREATE INDEX silences_by_ends_at ON silences (ends_at);

-- Where an organisation has its alerts sent, besides the receiver of the configuration.
CREATE TABLE webhook_endpoints (
    id              TEXT    NOT NULL PRIMARY KEY,
    organization_id TEXT    NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    format          TEXT    NOT NULL,
    url             TEXT    NOT NULL,
    secret          TEXT    NOT NULL, -- the key to sign with, or the routing key; empty for none
    created_at      BIGINT  NOT NULL,
    created_by      TEXT    NOT NULL
);

CREATE INDEX webhook_endpoints_by_organization ON webhook_endpoints (organization_id, created_at);

-- Absent for messages to the receiver of the configuration.
ALTER TABLE webhooks ADD COLUMN endpoint_id TEXT REFERENCES webhook_endpoints (id) ON DELETE CASCADE;

CREATE INDEX webhooks_by_endpoint ON webhooks (endpoint_id);
