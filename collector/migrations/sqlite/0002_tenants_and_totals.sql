-- One row, counted up by every commit of reports: so commits have an order, and what came after
-- a revision can be asked for.
CREATE TABLE changes (
    id       INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    revision INTEGER NOT NULL
) STRICT;

INSERT INTO changes (id, revision) VALUES (1, 0);

-- A key is called by the begin of its digest, is limited, and is good until it expires.
ALTER TABLE keys ADD COLUMN id TEXT NOT NULL DEFAULT '';
ALTER TABLE keys ADD COLUMN origins TEXT NOT NULL DEFAULT '[]'; -- JSON; none is any
ALTER TABLE keys ADD COLUMN per_minute INTEGER NOT NULL DEFAULT 60000;
ALTER TABLE keys ADD COLUMN expires_at INTEGER;

UPDATE keys SET id = 'key_' || lower(substr(hex(digest), 1, 16));

CREATE INDEX keys_by_organization ON keys (organization_id, created_at);

ALTER TABLE reports ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
ALTER TABLE reports ADD COLUMN clock_skew INTEGER; -- what was added to the client's instants

CREATE INDEX reports_by_revision ON reports (revision);
CREATE INDEX reports_by_session ON reports (organization_id, session_id, window_end);

-- What happened in a minute, merged; each writer has rows of its own, and readers merge those.
CREATE TABLE rollups (
    organization_id TEXT    NOT NULL REFERENCES organizations (id),
    minute          INTEGER NOT NULL, -- its begin
    writer          TEXT    NOT NULL,
    reports         INTEGER NOT NULL,
    activity        TEXT    NOT NULL, -- JSON
    PRIMARY KEY (organization_id, minute, writer)
) STRICT, WITHOUT ROWID;

CREATE INDEX rollups_by_minute ON rollups (minute);

-- Who does what only one of several collectors may do.
CREATE TABLE leases (
    name       TEXT    NOT NULL PRIMARY KEY,
    holder     TEXT    NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Tickets of the live stream that wait to be used.
CREATE TABLE tickets (
    digest          BLOB    NOT NULL PRIMARY KEY,
    organization_id TEXT    NOT NULL REFERENCES organizations (id),
    expires_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
