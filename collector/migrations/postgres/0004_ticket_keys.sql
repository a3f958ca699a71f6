-- The key that a ticket was given for: when it ends, what the ticket opened ends, too. A ticket of an
-- older collector, which says no key, opens nothing here.
DELETE FROM tickets;
ALTER TABLE tickets ADD COLUMN key_digest BYTEA NOT NULL DEFAULT '';
