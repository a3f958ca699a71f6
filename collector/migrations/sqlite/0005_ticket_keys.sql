-- The key that a ticket was given for: when it ends, what the ticket opened ends, too.
DELETE FROM tickets;
ALTER TABLE tickets ADD COLUMN key_digest BLOB NOT NULL DEFAULT x'';
