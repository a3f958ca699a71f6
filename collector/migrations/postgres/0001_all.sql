-- The same tables as on SQLite. All times are Unix milliseconds.

CREATE TABLE organizations (
    id         TEXT   NOT NULL PRIMARY KEY,
    created_at BIGINT NOT NULL
);

-- One row, counted up by every commit of reports under its lock: so commits have an order,
-- whichever collector makes them, and what came after a revision can be asked for.
CREATE TABLE changes (
    id       INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    revision BIGINT  NOT NULL
);

INSERT INTO changes (id, revision) VALUES (1, 0);

-- Only the SHA-256 of a key is kept: keys are 256 random bits, which nobody can guess from it.
CREATE TABLE keys (
    digest          BYTEA  NOT NULL PRIMARY KEY,
    id              TEXT   NOT NULL,
    organization_id TEXT   NOT NULL REFERENCES organizations (id),
    kind            TEXT   NOT NULL CHECK (kind IN ('publishable', 'secret')),
    created_at      BIGINT NOT NULL,
    origins         TEXT   NOT NULL, -- JSON; none is any
    per_minute      BIGINT NOT NULL,
    expires_at      BIGINT
);

CREATE INDEX keys_by_organization ON keys (organization_id, created_at);

-- The last known record of each session.
CREATE TABLE sessions (
    organization_id TEXT   NOT NULL REFERENCES organizations (id),
    session_id      TEXT   NOT NULL,
    as_of           BIGINT NOT NULL, -- what the record speaks of: an older one does not replace it
    heard_at        BIGINT NOT NULL, -- when its last report came in
    state           TEXT   NOT NULL, -- JSON
    PRIMARY KEY (organization_id, session_id)
);

CREATE INDEX sessions_by_heard_at ON sessions (heard_at);

-- Every report once, for as long as a client might deliver it again.
CREATE TABLE reports (
    organization_id TEXT   NOT NULL REFERENCES organizations (id),
    batch_id        TEXT   NOT NULL,
    session_id      TEXT   NOT NULL,
    received_at     BIGINT NOT NULL,
    window_start    BIGINT NOT NULL,
    window_end      BIGINT NOT NULL,
    sdk             TEXT   NOT NULL,
    sampling        DOUBLE PRECISION NOT NULL,
    activity        TEXT   NOT NULL, -- JSON
    events          TEXT   NOT NULL, -- JSON
    events_dropped  BIGINT NOT NULL,
    revision        BIGINT NOT NULL,
    clock_skew      BIGINT, -- what was added to the client's instants
    PRIMARY KEY (organization_id, batch_id)
);

CREATE INDEX reports_by_received_at ON reports (received_at);
CREATE INDEX reports_by_revision ON reports (revision);
CREATE INDEX reports_by_session ON reports (organization_id, session_id, window_end);

-- What happened in a minute, merged; each writer has rows of its own, and readers merge those.
CREATE TABLE rollups (
    organization_id TEXT   NOT NULL REFERENCES organizations (id),
    minute          BIGINT NOT NULL, -- its begin
    writer          TEXT   NOT NULL,
    reports         BIGINT NOT NULL,
    activity        TEXT   NOT NULL, -- JSON
    PRIMARY KEY (organization_id, minute, writer)
);

CREATE INDEX rollups_by_minute ON rollups (minute);

-- Who does what only one of several collectors may do.
CREATE TABLE leases (
    name       TEXT   NOT NULL PRIMARY KEY,
    holder     TEXT   NOT NULL,
    expires_at BIGINT NOT NULL
);

-- Tickets of the live stream that wait to be used.
CREATE TABLE tickets (
    digest          BYTEA  NOT NULL PRIMARY KEY,
    organization_id TEXT   NOT NULL REFERENCES organizations (id),
    expires_at      BIGINT NOT NULL
);
