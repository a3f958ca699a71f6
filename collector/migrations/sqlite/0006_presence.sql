-- How long the session may be silent after its last report, in milliseconds: after three times that
-- it is stale. What older clients are assumed to mean.
ALTER TABLE sessions ADD COLUMN next_in INTEGER NOT NULL DEFAULT 30000;

-- Until when a collector was running: while none is, no session becomes stale.
ALTER TABLE changes ADD COLUMN alive_at INTEGER NOT NULL DEFAULT 0;
