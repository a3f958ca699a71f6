-- Keys have a name, may be read-only, and tell when they were used last.
ALTER TABLE keys ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE keys ADD COLUMN last_used BIGINT; -- exact to a minute
ALTER TABLE keys DROP CONSTRAINT keys_kind_check;
ALTER TABLE keys ADD CONSTRAINT keys_kind_check CHECK (kind IN ('publishable', 'read-only', 'secret'));

-- What was done with keys, alerts and stored data. Entries outlive the organisation and the keys that
-- they speak of, so nothing refers to those.
CREATE TABLE audit (
    id              BIGINT NOT NULL PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    organization_id TEXT   NOT NULL,
    at              BIGINT NOT NULL,
    key_id          TEXT   NOT NULL, -- the key's id, or `command` for the command line
    key_name        TEXT   NOT NULL,
    action          TEXT   NOT NULL,
    subject         TEXT   NOT NULL
);

CREATE INDEX audit_by_organization ON audit (organization_id, id);
CREATE INDEX audit_by_at ON audit (at);

-- What all collectors on the database share and nobody else knows.
CREATE TABLE secrets (
    name  TEXT  NOT NULL PRIMARY KEY,
    value BYTEA NOT NULL
);
