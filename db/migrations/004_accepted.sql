-- SPDX-License-Identifier: Apache-2.0
-- Known changes that somebody accepted, and baselines that follow the latest passing run.

ALTER TABLE baseline ADD COLUMN follows INTEGER NOT NULL DEFAULT 0;

-- Benchmarks of the host whose names match are judged against the level of this run from then on, until it expires.
CREATE TABLE acceptance (
    id          INTEGER PRIMARY KEY AUTOINCREMENT, -- people type it, so a number is never used twice
    host        INTEGER NOT NULL REFERENCES host,
    run         INTEGER NOT NULL REFERENCES run,
    pattern     TEXT NOT NULL,           -- GLOB over names of benchmarks
    reason      TEXT NOT NULL,
    author      TEXT,
    accepted_at REAL NOT NULL,
    expires     REAL                     -- NULL: never
) STRICT;
CREATE INDEX acceptance_host ON acceptance(host, accepted_at);
CREATE INDEX acceptance_run ON acceptance(run);
