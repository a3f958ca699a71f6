-- The key that a report came with, and the share of the report that counts in the organisation's
-- figures. Older reports count whole.
ALTER TABLE reports ADD COLUMN key_id text NOT NULL DEFAULT '';
ALTER TABLE reports ADD COLUMN share double precision NOT NULL DEFAULT 1;
