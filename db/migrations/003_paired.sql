-- SPDX-License-Identifier: Apache-2.0
-- Paired runs, what identical programs showed of this host's noise, and what the gate's own tests found.

CREATE TABLE trial (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid           TEXT NOT NULL UNIQUE,
    host           INTEGER NOT NULL REFERENCES host,
    started        REAL NOT NULL,
    finished       REAL,
    state          TEXT NOT NULL,        -- complete, interrupted
    base_label     TEXT,
    base_commit    INTEGER REFERENCES git_commit,
    base_code      TEXT,                 -- hash of the program's code; the same on both sides: identical programs
    current_label  TEXT,
    current_commit INTEGER REFERENCES git_commit,
    current_code   TEXT,
    suites         TEXT,
    selection      TEXT,                 -- the filter on names; NULL: everything
    command        TEXT,
    version        TEXT,
    seed           INTEGER NOT NULL,
    method         INTEGER NOT NULL      -- version of the statistics
) STRICT;
CREATE INDEX trial_host ON trial(host, started);
CREATE INDEX trial_base_commit ON trial(base_commit);
CREATE INDEX trial_current_commit ON trial(current_commit);

CREATE TABLE trial_verdict (
    trial          INTEGER NOT NULL REFERENCES trial ON DELETE CASCADE,
    pos            INTEGER NOT NULL,
    benchmark      INTEGER NOT NULL REFERENCES benchmark,
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
    screening      INTEGER NOT NULL,     -- the first so many rounds; the others confirm
    rounds         BLOB NOT NULL,        -- three doubles each, little-endian: ln(current/base), base, current
    PRIMARY KEY (trial, pos)
) STRICT, WITHOUT ROWID;
CREATE INDEX trial_verdict_benchmark ON trial_verdict(benchmark);

-- One session of identical programs: the change it showed of one benchmark that had not changed.
CREATE TABLE noise (
    id          INTEGER PRIMARY KEY,
    host        INTEGER NOT NULL REFERENCES host,
    benchmark   INTEGER NOT NULL REFERENCES benchmark,
    measured_at REAL NOT NULL,
    change      REAL NOT NULL,           -- ln(current/base)
    rounds      INTEGER NOT NULL
) STRICT;
CREATE INDEX noise_host ON noise(host, benchmark, measured_at);
CREATE INDEX noise_benchmark ON noise(benchmark);

-- One line of an operating curve: how often the gate called a planted change of that size what.
CREATE TABLE calibration (
    id           INTEGER PRIMARY KEY,
    host         INTEGER NOT NULL REFERENCES host,
    measured_at  REAL NOT NULL,
    version      TEXT,
    method       INTEGER NOT NULL,
    suites       TEXT,
    selection    TEXT,
    seed         INTEGER NOT NULL,
    neighbour    INTEGER NOT NULL,       -- with a process beside it that takes caches and processor
    threshold    REAL,                   -- NULL: the suite's
    effect       REAL NOT NULL,          -- planted; 0: identical programs
    gates        INTEGER NOT NULL,
    red          INTEGER NOT NULL,       -- gates with a benchmark called changed that was not
    unsettled    INTEGER NOT NULL,       -- gates that were inconclusive or blamed the environment
    asked        INTEGER NOT NULL,       -- benchmarks with the effect, over all gates
    regressed    INTEGER NOT NULL,       -- of them
    equivalent   INTEGER NOT NULL,
    inconclusive INTEGER NOT NULL,
    other        INTEGER NOT NULL,
    seconds      REAL NOT NULL,          -- median of a gate
    -- the same gates judged by others: gates red for nothing, and effects called
    mean_red    INTEGER NOT NULL, mean_called    INTEGER NOT NULL, -- mean > 1.10 x baseline mean
    mwu5_red    INTEGER NOT NULL, mwu5_called    INTEGER NOT NULL, -- U test of 9 repetitions and 5%
    mwu10_red   INTEGER NOT NULL, mwu10_called   INTEGER NOT NULL, -- and 10%
    minimum_red INTEGER NOT NULL, minimum_called INTEGER NOT NULL  -- minimum > 1.10 x baseline minimum
) STRICT;
CREATE INDEX calibration_host ON calibration(host, measured_at);
