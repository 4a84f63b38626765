-- Messages of unknown fate: few, and the only ended ones that may still change.
CREATE TABLE unknowns (
  enrollment_id INTEGER NOT NULL,
  step          INTEGER NOT NULL,
  device_id     INTEGER NOT NULL,
  lead_id       INTEGER NOT NULL,
  sequence_id   INTEGER NOT NULL,
  version_id    INTEGER NOT NULL,
  variant       INTEGER NOT NULL,
  tries         INTEGER NOT NULL,
  resends       INTEGER NOT NULL,
  due_at        INTEGER NOT NULL,
  dispatched_at INTEGER NOT NULL,
  ended_at      INTEGER NOT NULL,
  detail        TEXT,
  previous_id   INTEGER,
  PRIMARY KEY (enrollment_id, step)
) STRICT, WITHOUT ROWID;

-- The months of history: ids of a month lie between first_id and the next month's first_id.
CREATE TABLE months (
  month    TEXT PRIMARY KEY CHECK (month GLOB '[0-9][0-9][0-9][0-9]_[0-9][0-9]'),
  first_id INTEGER NOT NULL UNIQUE,
  touched  INTEGER NOT NULL DEFAULT 0   -- raised when something of a message changes after it ended
) STRICT, WITHOUT ROWID;

-- What gateways told us later. Not in the history rows: those are only ever appended.
CREATE TABLE receipts (
  enrollment_id INTEGER NOT NULL,
  step          INTEGER NOT NULL,
  accepted_at   INTEGER,
  delivered_at  INTEGER,
  read_at       INTEGER,
  PRIMARY KEY (enrollment_id, step)
) STRICT, WITHOUT ROWID;

-- Tries that did not end their message. The last try of an ended message is in its history row.
CREATE TABLE retries (
  id            INTEGER PRIMARY KEY,
  enrollment_id INTEGER NOT NULL,
  step          INTEGER NOT NULL,
  device_id     INTEGER NOT NULL,
  code          TEXT NOT NULL,
  variant       INTEGER,
  dispatched_at INTEGER NOT NULL,
  answered_at   INTEGER NOT NULL,
  detail        TEXT
) STRICT;
-- What the last try of a waiting message came to. Few messages are tried twice.
CREATE INDEX retries_by_message ON retries (enrollment_id, step);
