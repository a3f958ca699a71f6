-- The key that a report came with, and the share of the report that counts in the organisation's
-- figures. Older reports count whole.
ALTER TABLE reports ADD COLUMN key_id TEXT NOT NULL DEFAULT '';
ALTER TABLE reports ADD COLUMN share REAL NOT NULL DEFAULT 1;
