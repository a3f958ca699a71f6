-- The commit that began the session: a deletion of a user leaves what began after it.
ALTER TABLE sessions ADD COLUMN begun INTEGER NOT NULL DEFAULT 0;

-- Sessions that have not reported since there is this column.
UPDATE sessions SET user_id = json_extract(state, '$.userId') WHERE user_id IS NULL;
