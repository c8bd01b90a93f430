-- SPDX-License-Identifier: Apache-2.0
-- What was measured: hosts, builds, commits, runs, benchmarks, results and their samples.
--
-- Seconds, bytes and counts; times of day are seconds since 1970 (UTC). NULL is "not available". Numbers that are
-- unsigned 64-bit in C (seed, iterations) are kept as the signed number of the same bits. Enumerations are words
-- (db/tables.c). "pos" keeps the order of a list.

-- Facts of a host, a build or a moment. A set never changes once written: a host that gets another kernel gets
-- another set, and its earlier runs keep theirs.
CREATE TABLE fact_set (
    id INTEGER PRIMARY KEY
) STRICT;

CREATE TABLE fact (
    fact_set INTEGER NOT NULL REFERENCES fact_set ON DELETE CASCADE,
    pos      INTEGER NOT NULL,
    key      TEXT NOT NULL,
    title    TEXT,
    value    TEXT,
    why      TEXT,                       -- why there is no value
    PRIMARY KEY (fact_set, pos)
) STRICT, WITHOUT ROWID;

CREATE TABLE host (
    id          INTEGER PRIMARY KEY,
    fingerprint TEXT NOT NULL UNIQUE,
    name        TEXT NOT NULL            -- as of its last run
) STRICT;

CREATE TABLE build (
    id   INTEGER PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE            -- of compiler, flags and library versions
) STRICT;

CREATE TABLE git_commit (
    id      INTEGER PRIMARY KEY,
    hash    TEXT NOT NULL UNIQUE,
    parents TEXT,
    date    TEXT,
    subject TEXT
) STRICT;

CREATE TABLE run (
    id           INTEGER PRIMARY KEY AUTOINCREMENT, -- people type it, so a number is never used twice
    uuid         TEXT NOT NULL UNIQUE,
    host         INTEGER NOT NULL REFERENCES host,
    build        INTEGER NOT NULL REFERENCES build,
    git_commit   INTEGER REFERENCES git_commit,
    branch       TEXT,
    dirty        INTEGER NOT NULL,
    commit_why   TEXT,                   -- why there is no commit
    started      REAL NOT NULL,
    finished     REAL,
    state        TEXT NOT NULL,          -- open, complete, interrupted
    suites       TEXT,
    profile      TEXT,
    selection    TEXT,                   -- the filter on names; NULL: everything
    command      TEXT,
    version      TEXT,
    seed         INTEGER NOT NULL,
    host_facts   INTEGER NOT NULL REFERENCES fact_set,
    build_facts  INTEGER NOT NULL REFERENCES fact_set,
    before_facts INTEGER NOT NULL REFERENCES fact_set,
    after_facts  INTEGER REFERENCES fact_set
) STRICT;
CREATE INDEX run_started ON run(started);
CREATE INDEX run_host ON run(host, started);
CREATE INDEX run_build ON run(build, started);
CREATE INDEX run_commit ON run(git_commit, started);

CREATE TABLE benchmark (
    id         INTEGER PRIMARY KEY,
    name       TEXT NOT NULL,
    hash       TEXT NOT NULL,            -- of the definition: another hash is another series
    family     TEXT,
    op         TEXT,
    dtype      TEXT,
    variant    TEXT,
    threads    INTEGER NOT NULL,
    definition TEXT,
    UNIQUE (name, hash)
) STRICT;

CREATE TABLE param (
    benchmark INTEGER NOT NULL REFERENCES benchmark ON DELETE CASCADE,
    pos       INTEGER NOT NULL,
    name      TEXT NOT NULL,
    word      TEXT,                      -- where the parameter is a word; else it is the number
    number    INTEGER NOT NULL,
    PRIMARY KEY (benchmark, pos)
) STRICT, WITHOUT ROWID;

-- How a suite showed and judged a benchmark; one row per distinct content.
CREATE TABLE entry (
    id         INTEGER PRIMARY KEY,
    suite      TEXT,
    component  TEXT,
    section    TEXT,
    why        TEXT,
    unit       TEXT,
    unit_items REAL,
    target     REAL,
    priority   TEXT,
    threshold  REAL
) STRICT;
CREATE INDEX entry_component ON entry(component, suite);

CREATE TABLE series (
    id        INTEGER PRIMARY KEY,
    host      INTEGER NOT NULL REFERENCES host,
    build     INTEGER NOT NULL REFERENCES build,
    benchmark INTEGER NOT NULL REFERENCES benchmark,
    UNIQUE (host, build, benchmark)
) STRICT;

-- Samples are kept apart so that walking a history reads only these rows.
CREATE TABLE result (
    id      INTEGER PRIMARY KEY,
    run     INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
    series  INTEGER NOT NULL REFERENCES series,
    entry   INTEGER NOT NULL REFERENCES entry,
    started REAL NOT NULL,               -- of its run, here so that one index holds a series in order of time
    position INTEGER NOT NULL,           -- in the plan, from 0
    status  TEXT NOT NULL,
    message TEXT,
    signal  INTEGER NOT NULL,
    mode    TEXT NOT NULL,
    stop    TEXT NOT NULL,
    iterations INTEGER NOT NULL, samples INTEGER NOT NULL, rounds INTEGER NOT NULL,
    min REAL, max REAL, mean REAL, median REAL, stddev REAL, mad REAL, cv REAL,
    p5 REAL, p25 REAL, p75 REAL, p95 REAL, p99 REAL,
    ci_low REAL, ci_high REAL, ci_level REAL, sample_ci_low REAL, sample_ci_high REAL,
    ops_per_second REAL, bytes_per_second REAL, flops_per_second REAL, items_per_second REAL,
    mild_outliers INTEGER NOT NULL, severe_outliers INTEGER NOT NULL, rule_outliers INTEGER NOT NULL,
    multimodal INTEGER NOT NULL, trend INTEGER NOT NULL, trend_slope REAL,
    cost_flops REAL, cost_bytes REAL, cost_items REAL, cost_item TEXT,
    sampling_seconds REAL, wall_seconds REAL,
    UNIQUE (run, series)
) STRICT;
CREATE INDEX result_series ON result(series, started);

CREATE TABLE sample (
    result INTEGER PRIMARY KEY REFERENCES result ON DELETE CASCADE,
    data   BLOB NOT NULL,                -- doubles, little-endian: db/pack.h
    rounds BLOB NOT NULL                 -- 40 bytes each: db/pack.h
) STRICT;

CREATE TABLE metric_kind (
    id   INTEGER PRIMARY KEY,
    name TEXT,
    unit TEXT,
    why  TEXT                            -- why there is no value
) STRICT;
CREATE INDEX metric_kind_name ON metric_kind(name);

CREATE TABLE metric (
    result INTEGER NOT NULL REFERENCES result ON DELETE CASCADE,
    pos    INTEGER NOT NULL,
    kind   INTEGER NOT NULL REFERENCES metric_kind,
    value  REAL,
    PRIMARY KEY (result, pos)
) STRICT, WITHOUT ROWID;
