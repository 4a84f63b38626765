-- What the file knows of itself, and who serves it. One row.
CREATE TABLE meta (
  id          INTEGER PRIMARY KEY CHECK (id = 1),
  instance    INTEGER NOT NULL,            -- identity for life, part of every idempotency key
  created_at  INTEGER NOT NULL,
  epoch       INTEGER NOT NULL DEFAULT 0,  -- raised by each take-over
  owner       TEXT                         -- JSON: pid, host, boot, since_at
) STRICT;
