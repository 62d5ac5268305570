/**
 * The schema of jobs.sqlite, as the steps by which it grew; a released step is never changed.
 * Source: our own. Deviation: none.
 *
 * Times are milliseconds since 1970 and are for people. What a program decides by is counters, because clocks are set
 * back: `position` says who came to wait first, `attempts` which attempt a late answer belongs to, and a pause before
 * the next try is the time from `failed_ms` to `not_before_ms`: a clock outside of it, on either side, ends it.
 */
const initial = `
CREATE TABLE jobs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  parameters TEXT NOT NULL,                   -- JSON with sorted names, so equal ones are equal texts
  state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'paused', 'done', 'failed', 'cancelled')),
  position INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  failures INTEGER NOT NULL DEFAULT 0,        -- in a row
  progress TEXT,                              -- JSON
  skipped INTEGER NOT NULL DEFAULT 0,         -- rows in skips
  created_ms INTEGER NOT NULL,
  started_ms INTEGER,
  finished_ms INTEGER,
  failed_ms INTEGER,
  not_before_ms INTEGER,
  error_code TEXT,
  error_message TEXT,
  result TEXT                                 -- JSON
) STRICT;
CREATE INDEX jobs_by_state ON jobs (state, position);

CREATE TABLE skips (
  job_id INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE,
  number INTEGER NOT NULL,                    -- from 0, in order
  place TEXT NOT NULL,
  code TEXT NOT NULL,
  message TEXT NOT NULL,
  PRIMARY KEY (job_id, number)
) STRICT, WITHOUT ROWID;
`;

export const migrations: readonly string[] = [initial];

/** "ImgJ" in SQLite's header. */
export const APPLICATION_ID = 0x49_6d_67_4a;
