-- Enrollments above an id have keys under a name of their own; those below the first have the instance's. The same
-- id is given out twice by two copies of a file, and by one that went back in time.
CREATE TABLE key_names (
  above    INTEGER PRIMARY KEY,  -- the newest enrollment when the name was begun
  instance INTEGER NOT NULL
) STRICT;
ALTER TABLE meta ADD COLUMN names_home TEXT;  -- JSON: where the newest name was begun, as home is
UPDATE meta SET names_home = home;
