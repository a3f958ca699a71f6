-- Ended and stale sessions are kept for different times.
DROP INDEX sessions_by_heard_at;
CREATE INDEX sessions_by_ended ON sessions (ended, heard_at);

-- What was deleted, by number of the commit. Collectors that share the database follow deletions as they
-- follow reports. A row whose data is not removed yet is found after a restart.
CREATE TABLE deletions (
    revision        INTEGER NOT NULL,
    organization_id TEXT    NOT NULL, -- may be gone
    session_id      TEXT    NOT NULL, -- empty: the whole organisation
    deleted_at      INTEGER NOT NULL,
    done            INTEGER NOT NULL DEFAULT 0, -- whether all rows are removed
    PRIMARY KEY (revision, organization_id, session_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX deletions_to_do ON deletions (revision) WHERE done = 0;

-- Set while an organisation is being deleted: it takes no new keys.
ALTER TABLE organizations ADD COLUMN deleted_at INTEGER;
