-- The commit that began the session: a deletion of a user leaves what began after it.
ALTER TABLE sessions ADD COLUMN begun BIGINT NOT NULL DEFAULT 0;

-- Sessions that have not reported since there is this column.
UPDATE sessions SET user_id = state::json ->> 'userId' WHERE user_id IS NULL;
