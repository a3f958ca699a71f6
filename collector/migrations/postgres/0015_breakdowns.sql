-- What happened by client type, version, cause and metadata: in each minute, and in each hour for as
-- long as minutes are kept. As with roll-ups each writer has rows of its own, and readers merge those.
CREATE TABLE breakdowns (
    organization_id TEXT   NOT NULL REFERENCES organizations (id),
    key             TEXT   NOT NULL,
    minutes         BIGINT NOT NULL, -- the length of the step: 1 or 60
    start           BIGINT NOT NULL, -- its begin
    writer          TEXT   NOT NULL,
    figures         TEXT   NOT NULL, -- JSON
    PRIMARY KEY (organization_id, key, minutes, start, writer)
);

CREATE INDEX breakdowns_by_start ON breakdowns (minutes, start);
