-- A month of history in a file of its own. It names sequences and devices, but leads only by their id:
-- a person who is erased must not live on in old files. Times are milliseconds since 1970, UTC.
CREATE TABLE archive (
  instance    TEXT NOT NULL,
  month       TEXT NOT NULL,
  archived_at INTEGER NOT NULL
) STRICT;

CREATE TABLE messages (
  id            INTEGER PRIMARY KEY,
  enrollment_id INTEGER NOT NULL,
  step          INTEGER NOT NULL,
  lead_id       INTEGER NOT NULL,
  sequence_id   INTEGER NOT NULL,
  sequence      TEXT NOT NULL,
  version       INTEGER NOT NULL,
  device        TEXT NOT NULL,
  state         TEXT NOT NULL,
  reason        TEXT,
  code          TEXT,
  variant       INTEGER,
  tries         INTEGER NOT NULL,
  due_at        INTEGER NOT NULL,
  dispatched_at INTEGER,
  ended_at      INTEGER NOT NULL,
  delivered_at  INTEGER,
  read_at       INTEGER,
  gateway_id    TEXT,
  detail        TEXT,
  previous_id   INTEGER
) STRICT;

-- Tries that did not end their message.
CREATE TABLE attempts (
  enrollment_id INTEGER NOT NULL,
  step          INTEGER NOT NULL,
  device        TEXT NOT NULL,
  code          TEXT NOT NULL,
  variant       INTEGER,
  dispatched_at INTEGER NOT NULL,
  answered_at   INTEGER NOT NULL,
  detail        TEXT
) STRICT;
