-- SPDX-License-Identifier: Apache-2.0
-- Verdicts on metrics beside time, and the values of metrics in the rounds of a run.

-- NULL: time, in seconds. The direction says which values are better: lower, higher, none (not judged), unknown.
ALTER TABLE verdict ADD COLUMN metric TEXT;
ALTER TABLE verdict ADD COLUMN unit TEXT;
ALTER TABLE verdict ADD COLUMN direction TEXT NOT NULL DEFAULT 'lower';
ALTER TABLE trial_verdict ADD COLUMN metric TEXT;
ALTER TABLE trial_verdict ADD COLUMN unit TEXT;
ALTER TABLE trial_verdict ADD COLUMN direction TEXT NOT NULL DEFAULT 'lower';

-- What the suites of a run want judged beside time: "items_per_second,instructions=1%".
CREATE TABLE suite_metrics (
    run     INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
    suite   TEXT NOT NULL,
    metrics TEXT NOT NULL,
    PRIMARY KEY (run, suite)
) STRICT, WITHOUT ROWID;

-- The values of the rounds that had one, doubles, little-endian: db/pack.h. metric.value is their mean. NULL: not kept.
ALTER TABLE metric ADD COLUMN rounds BLOB;
