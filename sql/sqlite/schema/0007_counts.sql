-- Counts, kept in the transaction that moves what they count. reason is '' where there is none.
CREATE TABLE message_counts (
  sequence_id INTEGER NOT NULL,
  step        INTEGER NOT NULL,
  state       TEXT NOT NULL CHECK (state IN
    ('pending','processing','sent','delivered','read','failed','unknown','cancelled')),
  reason      TEXT NOT NULL,
  total       INTEGER NOT NULL,
  PRIMARY KEY (sequence_id, step, state, reason)
) STRICT, WITHOUT ROWID;

CREATE TABLE enrollment_counts (
  sequence_id INTEGER NOT NULL,
  state       TEXT NOT NULL CHECK (state IN ('active','paused','finished','stopped')),
  total       INTEGER NOT NULL,
  PRIMARY KEY (sequence_id, state)
) STRICT, WITHOUT ROWID;

-- Days are UTC: days since 1970-01-01.
CREATE TABLE device_days (
  day       INTEGER NOT NULL,
  device_id INTEGER NOT NULL,
  sent      INTEGER NOT NULL,
  failed    INTEGER NOT NULL,
  unknown   INTEGER NOT NULL,
  retried   INTEGER NOT NULL,
  PRIMARY KEY (day, device_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE minutes (
  minute_at INTEGER PRIMARY KEY,
  sent      INTEGER NOT NULL,
  troubled  INTEGER NOT NULL
) STRICT;
