-- What each collector has to do, as it told last: the others show it, and one judges it.
CREATE TABLE loads (
    collector TEXT   NOT NULL PRIMARY KEY,
    load      TEXT   NOT NULL, -- JSON
    told_at   BIGINT NOT NULL
);
