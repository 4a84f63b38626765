-- A device's day and hour end at instants that are fixed when they begin, so that no change of a zone or
-- of the clock begins one a second time. A day that was counted before this ends with its calendar day.
ALTER TABLE paces ADD COLUMN day_ends_at INTEGER;
ALTER TABLE paces ADD COLUMN hour_ends_at INTEGER NOT NULL DEFAULT 0;
UPDATE paces SET hour_ends_at = (hour + 1) * 3600000;
ALTER TABLE paces DROP COLUMN hour;

-- The latest time that any dispatch of the device was ever marked at. Unlike last_dispatch_at it never
-- goes back, not even with the clock: what was marked before a suppression is told by it.
ALTER TABLE paces ADD COLUMN newest_mark_at INTEGER NOT NULL DEFAULT 0;
UPDATE paces SET newest_mark_at = coalesce(last_dispatch_at, 0);

-- When the machine started, by the wall clock that the last sender believed: another answer within the
-- same start means that the clock was set.
ALTER TABLE meta ADD COLUMN boot TEXT;
ALTER TABLE meta ADD COLUMN booted_at INTEGER;
-- The newest mark of a dispatch when the clock was last set, if it ever was: the times of those and of
-- later ones are by two clocks.
ALTER TABLE meta ADD COLUMN clock_set_at INTEGER;
