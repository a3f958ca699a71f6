-- The token that reports of the session show: the first half of its SHA-256. Sessions of earlier clients have none.
ALTER TABLE sessions ADD COLUMN token BLOB;
