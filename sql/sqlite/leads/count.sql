-- Erased leads are no leads any more; their rows only keep what was sent countable.
SELECT (SELECT count(*) FROM leads)
     - (SELECT count(*) FROM leads WHERE address >= 'erased:' AND address < 'erased;')
