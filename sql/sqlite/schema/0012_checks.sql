-- What checks have looked at, so that the next one goes on from there. History is only ever appended
-- to: what held once holds for good, and at tens of millions of rows nobody waits to see it again.
CREATE TABLE check_marks (
  month    TEXT PRIMARY KEY,
  last_id  INTEGER NOT NULL,     -- rows up to this one kept every invariant
  ended_at INTEGER NOT NULL      -- when that one ended
) STRICT, WITHOUT ROWID;

-- What was sent in the rows up to the mark.
CREATE TABLE check_counts (
  month       TEXT NOT NULL,
  sequence_id INTEGER NOT NULL,
  step        INTEGER NOT NULL,
  sent        INTEGER NOT NULL,
  PRIMARY KEY (month, sequence_id, step)
) STRICT, WITHOUT ROWID;

-- Whose turn it is among the slices of what is too much for one check.
CREATE TABLE check_turns (
  id   INTEGER PRIMARY KEY CHECK (id = 1),
  turn INTEGER NOT NULL
) STRICT;
INSERT INTO check_turns (id, turn) VALUES (1, 0);
