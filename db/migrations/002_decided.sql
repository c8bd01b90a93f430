-- SPDX-License-Identifier: Apache-2.0
-- What was decided: baselines, and verdicts with everything they were drawn from.

CREATE TABLE baseline (
    id     INTEGER PRIMARY KEY,
    name   TEXT NOT NULL,
    host   INTEGER NOT NULL REFERENCES host,
    run    INTEGER NOT NULL REFERENCES run,
    reason TEXT,
    set_at REAL NOT NULL,
    UNIQUE (name, host)
) STRICT;
CREATE INDEX baseline_run ON baseline(run);

-- One judging of a whole run. Judging again adds another: the last one counts, the earlier ones stay to be read.
CREATE TABLE judgement (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    run       INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
    base      INTEGER REFERENCES run ON DELETE SET NULL,
    method    INTEGER NOT NULL,          -- version of the statistics
    judged_at REAL NOT NULL
) STRICT;
CREATE INDEX judgement_run ON judgement(run);
CREATE INDEX judgement_base ON judgement(base);

CREATE TABLE verdict (
    judgement      INTEGER NOT NULL REFERENCES judgement ON DELETE CASCADE,
    pos            INTEGER NOT NULL,
    name           TEXT NOT NULL,
    decision       TEXT NOT NULL,
    reason         TEXT,
    base           REAL,
    current        REAL,
    ratio          REAL,
    low            REAL,
    high           REAL,
    level          REAL,
    p              REAL,
    p_adjusted     REAL,
    base_rounds    INTEGER NOT NULL,
    current_rounds INTEGER NOT NULL,
    floor          REAL,
    mde            REAL,
    threshold      REAL,
    warning        TEXT,
    PRIMARY KEY (judgement, pos)
) STRICT, WITHOUT ROWID;
