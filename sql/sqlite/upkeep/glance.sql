-- The first thing that is wrong with the file. Indexes are not compared with their tables, which would
-- read both.
PRAGMA quick_check(1)
