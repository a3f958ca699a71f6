-- The alerts of each organisation, with what it takes to carry on their lives. Whoever writes them
-- says which revision they follow from: so nobody overwrites what somebody else wrote meanwhile.
CREATE TABLE alerts (
    organization_id TEXT    NOT NULL PRIMARY KEY REFERENCES organizations (id),
    revision        INTEGER NOT NULL,
    alerts          TEXT    NOT NULL -- JSON
) STRICT, WITHOUT ROWID;

-- What is to be said of alerts elsewhere, and was not taken there yet.
CREATE TABLE webhooks (
    id              TEXT    NOT NULL PRIMARY KEY, -- the same at every attempt
    organization_id TEXT    NOT NULL REFERENCES organizations (id),
    created_at      INTEGER NOT NULL,
    due_at          INTEGER NOT NULL, -- when it is tried next
    attempts        INTEGER NOT NULL,
    body            TEXT    NOT NULL -- JSON
) STRICT, WITHOUT ROWID;

CREATE INDEX webhooks_by_due_at ON webhooks (due_at);
