-- Whose session it is, so that sessions that made room in memory are found. Older ones get it with
-- their next report.
ALTER TABLE sessions ADD COLUMN user_id TEXT;

CREATE INDEX sessions_by_user ON sessions (organization_id, user_id, heard_at);
