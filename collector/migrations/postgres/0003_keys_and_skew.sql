-- Counted up by every change of keys: so collectors remember keys, and know when to look again.
ALTER TABLE changes ADD COLUMN keys BIGINT NOT NULL DEFAULT 0;

-- What was added to the client's instants in the last record.
ALTER TABLE sessions ADD COLUMN clock_skew BIGINT;
