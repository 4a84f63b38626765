-- Months of history that were moved to files of their own, and what they held, so that the counts,
-- which stay, can still be proven.
CREATE TABLE archives (
  month       TEXT PRIMARY KEY,
  first_id    INTEGER NOT NULL,
  last_id     INTEGER NOT NULL,
  messages    INTEGER NOT NULL,
  archived_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE archived_counts (
  month       TEXT NOT NULL,
  sequence_id INTEGER NOT NULL,
  step        INTEGER NOT NULL,
  state       TEXT NOT NULL,
  reason      TEXT NOT NULL,
  total       INTEGER NOT NULL,
  PRIMARY KEY (month, sequence_id, step, state, reason)
) STRICT, WITHOUT ROWID;
