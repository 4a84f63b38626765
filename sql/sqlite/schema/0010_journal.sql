-- What the file knows of the journal beside it and of its own home, so that a copy and a file that has
-- gone back in time are noticed.
ALTER TABLE meta ADD COLUMN journaled INTEGER NOT NULL DEFAULT 0;       -- the newest token that went to the journal
ALTER TABLE meta ADD COLUMN suppressions_at INTEGER NOT NULL DEFAULT 0; -- bytes of its suppressions that are kept here
ALTER TABLE meta ADD COLUMN home TEXT;                                  -- JSON: which machine, which file

-- Dispatches that only the journal remembers. A claim that meets one makes its message unknown. Found by
-- who was written to, whatever the enrollment is called now, or by the enrollment, wherever its lead has
-- moved to.
CREATE TABLE forgotten (
  id            INTEGER PRIMARY KEY,
  address       INTEGER NOT NULL,   -- fingerprints of the address and of the sequence's name
  sequence      INTEGER NOT NULL,
  step          INTEGER NOT NULL,
  enrollment_id INTEGER NOT NULL,
  dispatched_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX forgotten_by_address ON forgotten (address, sequence, step, enrollment_id);
CREATE INDEX forgotten_by_enrollment ON forgotten (enrollment_id, step);
CREATE INDEX forgotten_by_age ON forgotten (dispatched_at);
