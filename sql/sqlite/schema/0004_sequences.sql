CREATE TABLE sequences (
  id            INTEGER PRIMARY KEY,
  name          TEXT NOT NULL UNIQUE,
  state         TEXT NOT NULL DEFAULT 'running' CHECK (state IN ('running','paused')),
  triggered_at  INTEGER,                 -- a campaign's audience was enrolled
  stagger_at    INTEGER NOT NULL DEFAULT 0   -- where the next enrolled lead's first message may begin
) STRICT;

-- Versions are never changed: running enrollments follow the one that they began with.
CREATE TABLE versions (
  id          INTEGER PRIMARY KEY,
  sequence_id INTEGER NOT NULL REFERENCES sequences (id),
  number      INTEGER NOT NULL,
  plan        TEXT NOT NULL,             -- JSON
  applied_at  INTEGER NOT NULL,
  UNIQUE (sequence_id, number)
) STRICT;
