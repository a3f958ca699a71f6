-- Keys have a name, may be read-only, and tell when they were used last. The check of the kind stands
-- in the table's definition, so the table is made anew.
CREATE TABLE keys_with_names (
    digest          BLOB    NOT NULL PRIMARY KEY,
    organization_id TEXT    NOT NULL REFERENCES organizations (id),
    kind            TEXT    NOT NULL CHECK (kind IN ('publishable', 'read-only', 'secret')),
    created_at      INTEGER NOT NULL,
    id              TEXT    NOT NULL,
    name            TEXT    NOT NULL,
    origins         TEXT    NOT NULL, -- JSON; none is any
    per_minute      INTEGER NOT NULL,
    expires_at      INTEGER,
    last_used       INTEGER -- exact to a minute
) STRICT, WITHOUT ROWID;

INSERT INTO keys_with_names
    (digest, organization_id, kind, created_at, id, name, origins, per_minute, expires_at)
SELECT digest, organization_id, kind, created_at, id, '', origins, per_minute, expires_at FROM keys;

DROP TABLE keys;
ALTER TABLE keys_with_names RENAME TO keys;

CREATE INDEX keys_by_organization ON keys (organization_id, created_at);

-- What was done with keys, alerts and stored data. Entries outlive the organisation and the keys that
-- they speak of, so nothing refers to those.
CREATE TABLE audit (
    id              INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    organization_id TEXT    NOT NULL,
    at              INTEGER NOT NULL,
    key_id          TEXT    NOT NULL, -- the key's id, or `command` for the command line
    key_name        TEXT    NOT NULL,
    action          TEXT    NOT NULL,
    subject         TEXT    NOT NULL
) STRICT;

CREATE INDEX audit_by_organization ON audit (organization_id, id);
CREATE INDEX audit_by_at ON audit (at);

-- What all collectors on the database share and nobody else knows.
CREATE TABLE secrets (
    name  TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
