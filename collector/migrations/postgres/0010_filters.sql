-- What sessions are filtered by, so that those that made room in memory are found too. Of sessions
-- that were stored before, version and losses are known when they report again.
ALTER TABLE sessions ADD COLUMN sdk TEXT;
ALTER TABLE sessions ADD COLUMN first_heard BIGINT; -- when the first report came in
ALTER TABLE sessions ADD COLUMN lost_at BIGINT; -- when a link was lost last that nobody meant to lose
ALTER TABLE sessions ADD COLUMN lost_cause TEXT; -- JSON
ALTER TABLE sessions ADD COLUMN ended BOOLEAN NOT NULL DEFAULT false; -- whether the last status is DISCONNECTED

UPDATE sessions SET first_heard = heard_at;
UPDATE sessions SET ended = true WHERE state::json ->> 'status' = 'DISCONNECTED';

CREATE INDEX sessions_by_lost_at ON sessions (organization_id, lost_at) WHERE lost_at IS NOT NULL;
