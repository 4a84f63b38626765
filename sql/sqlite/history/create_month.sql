-- A month of history. `history_0000_00` stands for the month's own name. Its states are listed by OR: for each
-- row that is written, a list of three or more in IN makes a table of its own and drops it again.
CREATE TABLE history_0000_00 (
  id            INTEGER PRIMARY KEY,
  enrollment_id INTEGER NOT NULL,
  step          INTEGER NOT NULL,
  device_id     INTEGER NOT NULL,
  version_id    INTEGER NOT NULL,
  state         TEXT NOT NULL CHECK (state = 'sent' OR state = 'failed' OR state = 'cancelled'),
  reason        TEXT,
  code          TEXT,                      -- what the last try came to, unless simply 'sent'
  variant       INTEGER,
  tries         INTEGER NOT NULL,
  due_at        INTEGER NOT NULL,
  dispatched_at INTEGER,
  ended_at      INTEGER NOT NULL,
  gateway_id    TEXT,
  detail        TEXT,
  previous_id   INTEGER
) STRICT;
-- What was not sent is rare and asked for often.
CREATE INDEX history_0000_00_not_sent ON history_0000_00 (state, reason) WHERE state <> 'sent';
