-- All times are Unix milliseconds. Every table begins with the organisation, so that a query
-- that forgets it finds no index and stands out.

CREATE TABLE organizations (
    id         TEXT    NOT NULL PRIMARY KEY,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Only the SHA-256 of a key is kept: keys are 256 random bits, which nobody can guess from it.
CREATE TABLE keys (
    digest          BLOB    NOT NULL PRIMARY KEY,
    organization_id TEXT    NOT NULL REFERENCES organizations (id),
    kind            TEXT    NOT NULL CHECK (kind IN ('publishable', 'secret')),
    created_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The last known record of each session.
CREATE TABLE sessions (
    organization_id TEXT    NOT NULL REFERENCES organizations (id),
    session_id      TEXT    NOT NULL,
    as_of           INTEGER NOT NULL, -- what the record speaks of: an older one does not replace it
    heard_at        INTEGER NOT NULL, -- when its last report came in
    state           TEXT    NOT NULL, -- JSON
    PRIMARY KEY (organization_id, session_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_by_heard_at ON sessions (heard_at);

-- Every report once, for as long as a client might deliver it again.
CREATE TABLE reports (
    organization_id TEXT    NOT NULL REFERENCES organizations (id),
    batch_id        TEXT    NOT NULL,
    session_id      TEXT    NOT NULL,
    received_at     INTEGER NOT NULL,
    window_start    INTEGER NOT NULL,
    window_end      INTEGER NOT NULL,
    sdk             TEXT    NOT NULL,
    sampling        REAL    NOT NULL,
    activity        TEXT    NOT NULL, -- JSON
    events          TEXT    NOT NULL, -- JSON
    events_dropped  INTEGER NOT NULL,
    PRIMARY KEY (organization_id, batch_id)
) STRICT;

CREATE INDEX reports_by_received_at ON reports (received_at);
